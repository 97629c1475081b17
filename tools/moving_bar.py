"""Make the recording of configs/events.yaml: four bars that cross the view of an event camera, one after the other.

``python tools/moving_bar.py [OUT]`` writes OUT (configs/events/bars.aedat4), the same bytes each time. A bright bar, 3
pixels wide, moves 1 pixel in 4 ms: to the right, to the left, down and up. Where its front comes, pixels become
brighter (on); where its back leaves, darker (off). As in a real camera only some pixels answer (35 %), their times
scatter, and some events are noise.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from neurocore.formats.events.aedat4 import EVENT
from tools.aedat4 import aedat4, description, event_packet

SIDE = 18
"""Pixels along x and along y."""
STEP_US, WIDTH, SWEEP_US, START_US = 4_000, 3, 100_000, 5_000_000
ANSWER, NOISE = 0.35, 6
"""Chance that a pixel answers an edge; stray events of a sweep."""
DIRECTIONS = ("right", "left", "down", "up")


def sweep(direction: str, begin_us: int, rng: np.random.Generator) -> np.ndarray:
    """The events of one bar, by time."""
    along, across, on = (grid.ravel() for grid in np.meshgrid(range(SIDE), range(SIDE), (True, False), indexing="ij"))
    answers = rng.random(len(along)) < ANSWER
    along, across, on = along[answers], across[answers], on[answers]
    events = np.zeros(len(along) + NOISE, EVENT)
    late = (along + WIDTH * ~on) * STEP_US + rng.integers(200, STEP_US - 200, len(along))
    if direction in ("left", "up"):
        along = SIDE - 1 - along
    x, y = (along, across) if direction in ("right", "left") else (across, along)
    for name, values in (("t", late), ("x", x), ("y", y), ("on", on)):
        stray = rng.integers(0, {"t": SWEEP_US, "on": 2}.get(name, SIDE), NOISE)
        events[name] = np.concatenate([values, stray])
    events["t"] += begin_us
    return events[np.argsort(events["t"], kind="stable")]


def recording() -> np.ndarray:
    """All events of the demo."""
    rng = np.random.default_rng(1)
    return np.concatenate([sweep(name, START_US + k * SWEEP_US, rng) for k, name in enumerate(DIRECTIONS)])


def file_bytes(compression: int = 0) -> bytes:
    """The recording as an AEDAT4 file, in packets of 10 ms as DV writes them."""
    events = recording()
    slot = (events["t"] - START_US) // 10_000
    packets = [(0, event_packet(events[slot == k])) for k in np.unique(slot)]
    return aedat4(description(SIDE, SIDE), packets, compression)


if __name__ == "__main__":
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "configs/events/bars.aedat4")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(file_bytes())
    print(f"wrote {out}: {len(recording()):,} events, {out.stat().st_size:,} bytes")
