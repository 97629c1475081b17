"""One call that runs an image from its initial state, by the kernels or by the scalar reference."""

from __future__ import annotations

from typing import Final

from neurocore.emulator.checks import check_events, check_probe
from neurocore.emulator.engine import Emulator, Progress
from neurocore.errors import RunError, closest
from neurocore.image import ChipImage
from neurocore.recording import Probe, Recording
from neurocore.spikes import AxonEvents

__all__ = ["BACKENDS", "run"]

BACKENDS: Final = ("numba", "reference")


def run(
    image: ChipImage,
    events: AxonEvents,
    ticks: int,
    *,
    seed: int = 0,
    threads: int | None = None,
    backend: str = "numba",
    probe: Probe | None = None,
    progress: Progress | None = None,
) -> Recording:
    """Run an image from its initial state.

    backend : "numba" (threads, fast) or "reference" (one scalar thread, the published equation as written)
    Other arguments as for Emulator. Raises RunError for an unknown backend.
    """
    match backend:
        case "numba":
            return Emulator(image, seed=seed, threads=threads).run(ticks, events, probe=probe, progress=progress)
        case "reference":
            from neurocore.emulator.reference import run_reference

            check_events(image, events)
            check_probe(image, probe or Probe.none(), ticks)
            return run_reference(image, events, ticks, seed=seed, probe=probe or Probe.none(), progress=progress)
        case _:
            raise RunError(f"no backend named '{backend}'", fix=closest(backend, BACKENDS))
