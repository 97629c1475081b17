"""Compiles kernels into numba's cache: ``python tests/compile_kernels.py ordinary|others``, see conftest.py."""

from __future__ import annotations

import sys

from learning_strategies import random_learning_image
from network_strategies import random_network
from strategies import random_events, random_image

from neurocore.arch import ChipSpec
from neurocore.emulator.batch import run_batch
from neurocore.emulator.engine import Emulator
from neurocore.emulator.ranks.rehearsal import rehearse
from neurocore.mapper.pipeline import compile_network

TICKS = 5


def ordinary() -> None:
    """The kernels of a run, alone, on threads and on ranks, and the mapper's."""
    image = random_image(ChipSpec(name="random", grid=(2, 2)), 8)
    events = random_events(image, TICKS, 8)
    Emulator(image, threads=2).run(TICKS, events)
    rehearse(image, events, [TICKS], ranks=2)
    compile_network(random_network(1, stochastic=False))


def others() -> None:
    """The kernels of chips that learn and of batches."""
    image = random_learning_image(1)
    Emulator(image, threads=1).run(TICKS, random_events(image, TICKS, 1))
    plain = random_image(ChipSpec(name="random", grid=(2, 2)), 8)
    run_batch(plain, [random_events(plain, TICKS, 8)], TICKS)


if __name__ == "__main__":
    {"ordinary": ordinary, "others": others}[sys.argv[1]]()
