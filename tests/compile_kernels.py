"""Compiles kernels into numba's cache: ``python tests/compile_kernels.py ordinary|others``, see conftest.py."""

from __future__ import annotations

import sys
from contextlib import suppress

from learning_strategies import random_learning_image
from network_strategies import random_network
from strategies import random_events, random_image

from neurocore.arch import ChipSpec
from neurocore.emulator.batch import run_batch
from neurocore.emulator.engine import Emulator
from neurocore.emulator.ranks.rehearsal import rehearse
from neurocore.errors import CapacityError, ConfigError
from neurocore.mapper import annealing, colouring, overlap, packing, refine
from neurocore.mapper.pipeline import compile_network

TICKS = 5


def ordinary() -> None:
    """The kernels of a run, alone, on threads and on ranks."""
    image = random_image(ChipSpec(name="random", grid=(2, 2)), 8)
    events = random_events(image, TICKS, 8)
    Emulator(image, threads=2).run(TICKS, events)
    rehearse(image, events, [TICKS], ranks=2)


def others() -> None:
    """The kernels of chips that learn, of batches, and the mapper's."""
    image = random_learning_image(1)
    Emulator(image, threads=1).run(TICKS, random_events(image, TICKS, 1))
    plain = random_image(ChipSpec(name="random", grid=(2, 2)), 8)
    run_batch(plain, [random_events(plain, TICKS, 8)], TICKS)
    for module in (annealing, colouring, overlap, packing, refine):
        module.COMPILE_FROM = 0
    for seed in range(6):
        with suppress(CapacityError, ConfigError):
            compile_network(random_network(seed, stochastic=False))


if __name__ == "__main__":
    {"ordinary": ordinary, "others": others}[sys.argv[1]]()
