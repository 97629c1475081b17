"""An integrate-and-fire neuron in floating point beside its fixed-point twin on the chip: prints the errors, draws both.

The float model is a leaky integrate-and-fire neuron whose response to a spike is w * t * exp(-t / 15 ms): the synaptic
current and the membrane decay with the same time constant. Four regular spike trains drive it; after a spike the
potential rests for 30 ms while the current decays on. The chip's neuron is the one of configs/if_neuron.yaml.

    python tools/if_neuron.py           write docs/images/if_neuron.png and print spike times and errors
    python tools/if_neuron.py --taps    print the synapses of the YAML, as this file designs them
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from neurocore.image import ChipImage
from neurocore.recording import Recording
from neurocore.report.figures import write_figure
from neurocore.report.palette import GRID, INK, SERIES, WARM, new_figure, tidy
from neurocore.verbs.running import run

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / "configs" / "if_neuron.yaml"
PICTURE = ROOT / "docs" / "images" / "if_neuron.png"

WEIGHTS = (0.7, 1.2, 0.9, 0.8)
STARTS = (100, 50, 50, 100)
PERIODS = (300, 200, 100, 150)
TICKS = 1000
TAU_MS = 15.0
THRESHOLD_MV = 15.0
REFRACTORY_MS = 30
STEP_MV = 0.2
"""One potential unit of the chip's neuron: its responses are staircases of this step (quantize: {scale: 5})."""
DELAY = 15
"""The chip's longest delay; a response lasts longer, so relays (population line) pass each spike on."""

Floats = npt.NDArray[np.float64]
Tap = tuple[int, int, int]
"""(train, ticks after its spike, potential units)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Both neurons over the same input. T ticks.

    float_mv, chip_mv         : float64[T]  potential above rest at the end of each millisecond
    float_spikes, chip_spikes : float64[], int64[]  ms
    """

    float_mv: Floats
    chip_mv: Floats
    float_spikes: Floats
    chip_spikes: npt.NDArray[np.int64]
    image: ChipImage
    recording: Recording

    @property
    def rms_mv(self) -> float:
        """Root of the mean squared difference over all ticks."""
        return float(np.sqrt(np.mean((self.float_mv - self.chip_mv) ** 2)))

    @property
    def worst_mv(self) -> float:
        """Largest difference of a tick."""
        return float(np.abs(self.float_mv - self.chip_mv).max())

    @property
    def rms_before_mv(self) -> float:
        """The same up to the first spike of either: what the staircase alone costs."""
        first = int(min(self.float_spikes[0], self.chip_spikes[0]))
        return float(np.sqrt(np.mean((self.float_mv[:first] - self.chip_mv[:first]) ** 2)))


def kernel(ms: npt.ArrayLike) -> Floats:
    """The response t * exp(-t / tau) to a spike at 0, per unit of weight; 0 before it."""
    t = np.maximum(0.0, np.asarray(ms, np.float64))
    return t * np.exp(-t / TAU_MS)


def train_times() -> list[list[int]]:
    """Spike times of the four trains, ms."""
    return [list(range(start, TICKS, period)) for start, period in zip(STARTS, PERIODS, strict=True)]


def float_neuron(steps_per_ms: int = 100) -> tuple[Floats, Floats]:
    """The float model: potential at every whole millisecond (before that millisecond's spikes act) and spike times.

    With equal time constants the two decays integrate exactly: over a step h, V becomes (V + h * x) * exp(-h / tau)
    and the current x decays by the same factor.
    """
    h = 1.0 / steps_per_ms
    decay = float(np.exp(-h / TAU_MS))
    arriving = np.zeros(TICKS)
    for weight, times in zip(WEIGHTS, train_times(), strict=True):
        arriving[times] += weight
    potential, spikes = np.zeros(TICKS), []
    v = x = 0.0
    resting_until = -1.0
    for ms in range(TICKS):
        potential[ms] = v
        x += float(arriving[ms])
        for step in range(1, steps_per_ms + 1):
            now = ms + step * h
            v, x = (v + h * x) * decay, x * decay
            if now <= resting_until:
                v = 0.0
            elif v >= THRESHOLD_MV:
                spikes.append(now)
                v, resting_until = 0.0, now + REFRACTORY_MS
    return potential, np.array(spikes)


def taps() -> list[Tap]:
    """The responses as staircases: at each tick the step to the nearest multiple of STEP_MV. Each ends at rest."""
    found = []
    for train, weight in enumerate(WEIGHTS):
        ticks = np.arange(0, 200)
        level = np.rint(weight * kernel(ticks) / STEP_MV).astype(int)
        found += [(train, int(t) + 1, int(step)) for t, step in enumerate(np.diff(level)) if step]
    return found


def yaml_rows(stage: int) -> list[list[float]]:
    """Synapses onto the cell that leave after ``stage`` relays: [source, target, weight in mV, delay]."""
    trains = len(WEIGHTS)
    return [
        [train + trains * max(0, stage - 1), 0, round(units * STEP_MV, 3), after - DELAY * stage]
        for train, after, units in taps()
        if (after - 1) // DELAY == stage
    ]


def stages() -> int:
    """How many relays in a row the longest response needs."""
    return max(after - 1 for _, after, _ in taps()) // DELAY


def chip_neuron(config: Path = CONFIG) -> tuple[Floats, npt.NDArray[np.int64], ChipImage, Recording]:
    """Run the YAML: potential of the cell in mV at the end of each tick, its spike ticks, image and recording."""
    result = run(config, threads=1)
    image, recording = result.image, result.recording
    core, neuron = int(recording.probe.core[0]), int(recording.probe.neuron[0])
    fired = (recording.spike_core == core) & (recording.spike_neuron == neuron)
    return recording.potential[:, 0] * STEP_MV, recording.spike_tick[fired], image, recording


def compare(config: Path = CONFIG) -> Comparison:
    """Run both."""
    float_mv, float_spikes = float_neuron()
    chip_mv, chip_spikes, image, recording = chip_neuron(config)
    return Comparison(
        float_mv=float_mv,
        chip_mv=chip_mv,
        float_spikes=float_spikes,
        chip_spikes=chip_spikes,
        image=image,
        recording=recording,
    )
