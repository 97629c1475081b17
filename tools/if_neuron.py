"""An integrate-and-fire neuron in floating point beside its fixed-point twin on the chip: errors and a picture.

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
from neurocore.report.palette import GRID, INK, SERIES, WARM, new_figure, tidy
from neurocore.report.rendering import write_figure
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
    def undecided(self) -> npt.NDArray[np.bool_]:
        """bool[T]: ticks at whose end one of the two has fired and the other has not yet."""
        ticks = np.arange(TICKS)
        done = [(ticks[:, None] >= spikes[None, :]).sum(axis=1) for spikes in (self.float_spikes, self.chip_spikes)]
        return np.asarray(done[0] != done[1])

    @property
    def rms_all_mv(self) -> float:
        """Root of the mean squared difference over all ticks."""
        return _rms(self.chip_mv - self.float_mv)

    @property
    def rms_mv(self) -> float:
        """The same without the undecided ticks, in which the difference is the whole reset."""
        return _rms((self.chip_mv - self.float_mv)[~self.undecided])

    @property
    def worst_mv(self) -> float:
        """Largest difference of a tick that is not undecided."""
        return float(np.abs(self.chip_mv - self.float_mv)[~self.undecided].max())

    @property
    def rms_before_mv(self) -> float:
        """Root of the mean squared difference before the first spike: what the staircase alone costs."""
        first = int(min(self.float_spikes[0], self.chip_spikes[0]))
        return _rms((self.chip_mv - self.float_mv)[:first])


def _rms(values: Floats) -> float:
    return float(np.sqrt(np.mean(values**2)))


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
    potential: Floats = (recording.potential[:, 0] * STEP_MV).astype(np.float64)
    return potential, recording.spike_tick[fired], image, recording


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


def draw(compared: Comparison, path: Path = PICTURE) -> None:
    """Both potentials in one picture, the trains above, what the chip's neuron can and cannot do below."""
    figure = new_figure(10, 7.4)
    trains, axes, difference = figure.subplots(3, 1, sharex=True, height_ratios=(0.8, 3.4, 1))
    trains.eventplot(train_times(), lineoffsets=range(len(WEIGHTS)), linelengths=0.7, colors=INK, linewidths=1.4)
    trains.set_yticks(range(len(WEIGHTS)), [f"{weight:g}" for weight in WEIGHTS])
    trains.set_ylabel("weight")
    trains.invert_yaxis()
    time = np.arange(TICKS)
    axes.plot(time, compared.float_mv, color=SERIES[0], linewidth=2.6, alpha=0.55, label="floating point")
    axes.plot(time, compared.chip_mv, color=INK, linewidth=1, drawstyle="steps-post", label="chip, fixed point")
    axes.axhline(THRESHOLD_MV, color=WARM, linewidth=1, linestyle="--")
    axes.annotate("threshold", (0, THRESHOLD_MV), xytext=(3, 3), textcoords="offset points", fontsize=9, color=WARM)
    for now, fired in zip(compared.float_spikes, compared.chip_spikes, strict=False):
        axes.axvspan(fired, fired + REFRACTORY_MS, color=GRID, alpha=0.6, linewidth=0)
        text = f"spike\n{now:.1f} ms (float)\ntick {fired} (chip)"
        axes.annotate(text, (fired, THRESHOLD_MV), xytext=(8, -44), textcoords="offset points", fontsize=9, color=INK)
    axes.set_ylim(-0.5, THRESHOLD_MV * 1.12)
    axes.set_ylabel("membrane potential\nabove rest (mV)")
    axes.legend(loc="upper right", frameon=False, ncols=2, fontsize=9)
    apart = np.where(compared.undecided, np.nan, compared.chip_mv - compared.float_mv)
    difference.plot(time, apart, color=SERIES[0], linewidth=1)
    difference.axhline(0, color=GRID, linewidth=0.8, zorder=0)
    difference.set_ylabel("chip - float\n(mV)")
    difference.set_xlabel("time (ms; a tick is 1 ms)")
    difference.set_xlim(0, TICKS)
    for each in (trains, axes, difference):
        tidy(each)
    figure.suptitle(
        "One integrate-and-fire neuron, four regular spike trains: floating point and the chip's fixed point\n"
        f"root mean square difference {compared.rms_mv:.2f} mV ({compared.rms_before_mv:.2f} mV before the first "
        f"spike), at most {compared.worst_mv:.2f} mV",
        fontsize=10.5,
        color=INK,
    )
    figure.supxlabel(caption(compared), fontsize=8.5, x=0.01, ha="left", color=INK)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_figure(figure, path)


def caption(compared: Comparison) -> str:
    """What the chip's neuron can and cannot express, and what stands in for it."""
    used = int(compared.image.neuron_used.sum())
    axons = int((compared.image.crossbar != 0).any(axis=2).sum())
    return (
        "A chip neuron has a constant leak, no exponential decay, no synaptic current, no refractory counter and four "
        "weights. Here:\n"
        f"- response t exp(-t/15 ms): a staircase of {STEP_MV:g} mV units, a delayed synapse for each step; after 15 "
        f"ticks relays pass the spike on ({stages()} in a row).\n"
        f"- {REFRACTORY_MS} ms at rest (grey): the neuron's own spike comes back in each of the next {REFRACTORY_MS} "
        "ticks with -30 mV; the floor holds the potential at rest.\n"
        "- not expressed: after a reset the float model's synaptic current flows on and lifts the potential (at 300 "
        "ms). The chip has only the steps\n  left in the staircase, which go down: the floor takes those that come "
        "at rest, later ones lower the next responses until rest is reached again.\n"
        f"Cost: {axons} axons and {used} neurons of one core. Lower panel: without the ticks in which only one of "
        f"the two has fired ({int(compared.undecided.sum())} of {TICKS})."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run both, print the figures, draw the picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--taps", action="store_true", help="print the synapses for the YAML and stop")
    parser.add_argument("--out", type=Path, default=PICTURE, help="where the picture goes")
    options = parser.parse_args(arguments)
    if options.taps:
        for stage in range(stages() + 1):
            print(f"after {stage} relays: {yaml_rows(stage)}")
        return 0
    compared = compare()
    draw(compared, options.out)
    print(f"float spikes  {', '.join(f'{now:.2f} ms' for now in compared.float_spikes)}")
    print(f"chip spikes   {', '.join(f'tick {now}' for now in compared.chip_spikes)}")
    print(f"difference    {compared.rms_mv:.3f} mV root mean square, at most {compared.worst_mv:.3f} mV")
    print(f"              (without the ticks in which only one of them has fired, {compared.undecided.sum()};")
    print(
        f"              {compared.rms_all_mv:.3f} mV with them, {compared.rms_before_mv:.3f} mV before the first spike)"
    )
    print(f"              a potential unit of the chip is {STEP_MV:g} mV")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
