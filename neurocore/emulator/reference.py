"""The scalar reference: the published tick in plain Python, one neuron after the other. Obvious, and never optimised.

It shares no code with the kernels; docs/hardware.md is what both are written from.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neurocore.bits import pack_words
from neurocore.emulator.interrupt import deferred_interrupt
from neurocore.emulator.reference_learning import ReferenceLearning
from neurocore.image import ChipImage
from neurocore.recording import COUNTERS, Probe, Recording, Spikes
from neurocore.rng import KIND_NEURON, KIND_SYNAPSE, philox4x32
from neurocore.spikes import AxonEvents

__all__ = ["ReferenceChip", "run_reference"]

SLOTS = 16


def sign(value: int) -> int:
    """-1, 0 or 1."""
    return (value > 0) - (value < 0)


@dataclass(frozen=True, slots=True)
class Neuron:
    """One neuron's parameters as Python integers; names as in neurocore.neuron."""

    threshold: int
    threshold_noise_bits: int
    negative_threshold: int
    negative_saturation: int
    reset_mode: int
    reset_potential: int
    leak: int
    leak_reversal: int
    stochastic_leak: int
    weights: list[int]
    stochastic: list[bool]
    key: int
    target_core: int
    target_axon: int
    delay: int


class ReferenceChip:
    """A chip that runs one tick at a time.

    tick      : the next tick to run
    potential : membrane potentials, [core][neuron]
    counters  : [core][column], columns as in neurocore.recording.COUNTERS
    """

    def __init__(self, image: ChipImage, *, seed: int = 0) -> None:
        self.image = image
        self.spec = image.spec
        self.seed = seed
        self.tick = 0
        self.potential: list[list[int]] = image.neurons.initial_potential.tolist()
        self.counters = [[0] * len(COUNTERS) for _ in range(image.cores)]
        self.ring: list[list[set[int]]] = [[set() for _ in range(image.cores)] for _ in range(SLOTS)]
        self.neurons = [_neurons(image, core) for core in range(image.cores)]
        self.rows = [_rows(image, core) for core in range(image.cores)]
        self.axon_type: list[list[int]] = image.axon_type.tolist()
        self.axon_key: list[list[int]] = image.axon_key.tolist()
        self.xy: list[list[int]] = image.core_xy.tolist()
        self.learning = ReferenceLearning(image, image.learning, seed) if image.learning is not None else None

    def step(self, arrivals: Iterable[tuple[int, int]] = ()) -> list[tuple[int, int]]:
        """Run one tick.

        arrivals : (core, axon) of external spikes that are integrated in this very tick
        Returns (core, neuron) of the neurons that fired, in order.
        """
        for core, axon in arrivals:
            self._arrive(core, axon, self.tick)
        fired = [(core, neuron) for core in range(self.image.cores) for neuron in self._tick_of_core(core)]
        for core, neuron in fired:
            self._send(core, self.neurons[core][neuron])
        self.tick += 1
        return fired

    def _tick_of_core(self, core: int) -> list[int]:
        """Steps 1 to 6 for one core. Returns the neurons that fired."""
        active = sorted(self.ring[self.tick % SLOTS][core])
        self.ring[self.tick % SLOTS][core] = set()
        self._count(core, "axon_events", len(active))
        self._count(core, "neuron_updates", len(self.neurons[core]))
        self._integrate(core, active)
        fired = []
        for number, neuron in self.neurons[core].items():
            v = self._leak(neuron, self.potential[core][number])
            v, spike = self._threshold(neuron, v)
            self.potential[core][number] = self._clamp(neuron, v)
            if spike:
                fired.append(number)
        self._count(core, "spikes", len(fired))
        if self.learning is not None:
            self.learning.step(self.rows[core], core, active, fired, self.tick)
        return fired

    def _integrate(self, core: int, active: list[int]) -> None:
        """Step 2: every set bit of an active axon's crossbar row adds a weight."""
        for axon in active:
            kind = self.axon_type[core][axon]
            self._count(core, "synaptic_operations", len(self.rows[core][axon]))
            for number in self.rows[core][axon]:
                neuron = self.neurons[core].get(number)
                if neuron is None:
                    continue
                weight = neuron.weights[kind]
                if neuron.stochastic[kind]:
                    rho = self._synapse_draw(neuron.key, self.axon_key[core][axon])
                    weight = sign(weight) if abs(weight) >= rho else 0
                self.potential[core][number] += weight

    def _leak(self, neuron: Neuron, v: int) -> int:
        """Step 3: V += Omega * lambda, or its sign by chance."""
        step = neuron.leak
        if neuron.stochastic_leak:
            rho = self._neuron_draw(neuron.key) >> 24
            step = sign(step) if abs(step) >= rho else 0
        if not neuron.leak_reversal:
            return v + step
        leaked = v + sign(v) * step
        if self.spec.stop_at_zero and sign(leaked) == -sign(v):
            return 0
        return leaked

    def _threshold(self, neuron: Neuron, v: int) -> tuple[int, bool]:
        """Steps 4 and 5: fire and reset, or obey the negative threshold. Returns (V, fired)."""
        eta = 0
        if neuron.threshold_noise_bits:
            eta = self._neuron_draw(neuron.key) % 2**neuron.threshold_noise_bits
        if v >= neuron.threshold + eta:
            match neuron.reset_mode:
                case 0:
                    return neuron.reset_potential, True
                case 1:
                    return v - (neuron.threshold + eta), True
                case _:
                    return v, True
        if neuron.negative_saturation:
            return max(v, -neuron.negative_threshold), False
        bound = -(neuron.negative_threshold + eta)
        if v < bound or (self.spec.negative_inclusive and v == bound):
            match neuron.reset_mode:
                case 0:
                    return -neuron.reset_potential, False
                case 1:
                    return v - bound, False
        return v, False

    def _clamp(self, neuron: Neuron, v: int) -> int:
        """Step 6: the register's range, and the ceiling of a neuron that does not reset."""
        limit = self.spec.potential_limit
        v = max(-limit, min(limit, v))
        if neuron.reset_mode == 2 and self.spec.nonreset_ceiling:
            v = min(v, neuron.threshold + 2**neuron.threshold_noise_bits - 1)
        return v

    def _send(self, core: int, neuron: Neuron) -> None:
        """Step 7: the spike becomes a packet for one axon; output pins and unwired neurons send none."""
        if neuron.target_core < 0:
            return
        (x, y), (to_x, to_y) = self.xy[core], self.xy[neuron.target_core]
        self._count(core, "hops", abs(to_x - x) + abs(to_y - y))
        self._arrive(neuron.target_core, neuron.target_axon, self.tick + neuron.delay)

    def _arrive(self, core: int, axon: int, tick: int) -> None:
        slot = self.ring[tick % SLOTS][core]
        if axon in slot:
            self._count(core, "merged_spikes", 1)
        slot.add(axon)

    def crossbar(self) -> npt.NDArray[np.uint64]:
        """uint64[C, A, W]: the crossbars as they are now."""
        bits = np.zeros((self.image.cores, self.spec.axons, self.spec.neurons), bool)
        for core, rows in enumerate(self.rows):
            for axon, row in enumerate(rows):
                bits[core, axon, row] = True
        return pack_words(bits)

    def _count(self, core: int, counter: str, more: int) -> None:
        self.counters[core][COUNTERS.index(counter)] += more

    def _neuron_draw(self, key: int) -> int:
        """The 32-bit word of a neuron at this tick: eta in the low bits, rho of the leak in the top eight."""
        counter = (self.tick % 2**32, key // 4, 0, KIND_NEURON + 4 * (self.tick >> 32))
        return philox4x32(counter, (self.seed % 2**32, self.seed >> 32))[key % 4]

    def _synapse_draw(self, key: int, axon_key: int) -> int:
        """The 8-bit rho of one (axon, neuron) event at this tick."""
        counter = (self.tick % 2**32, key // 16, axon_key, KIND_SYNAPSE + 4 * (self.tick >> 32))
        words = philox4x32(counter, (self.seed % 2**32, self.seed >> 32))
        return words[key % 16 // 4] >> (8 * (key % 4)) & 255


def _neurons(image: ChipImage, core: int) -> dict[int, Neuron]:
    """The used neurons of a core by number."""
    fields = {name: array[core].tolist() for name, array in image.neurons.arrays().items()}
    del fields["initial_potential"]
    return {
        number: Neuron(
            **{name: values[number] for name, values in fields.items()},
            weights=image.weight[core, number].tolist(),
            stochastic=[bool(image.stochastic_weight[core, number] >> g & 1) for g in range(image.spec.axon_types)],
            key=int(image.neuron_key[core, number]),
            target_core=int(image.target_core[core, number]),
            target_axon=int(image.target_axon[core, number]),
            delay=int(image.delay[core, number]),
        )
        for number in np.flatnonzero(image.neuron_used[core]).tolist()
    }


def _rows(image: ChipImage, core: int) -> list[list[int]]:
    """For each axon of a core the neurons whose crossbar bit is set."""
    rows = []
    for words in image.crossbar[core].tolist():
        bits = sum(word << (64 * place) for place, word in enumerate(words))
        rows.append([number for number in range(bits.bit_length()) if bits >> number & 1])
    return rows


def run_reference(
    image: ChipImage,
    events: AxonEvents,
    ticks: int,
    *,
    seed: int = 0,
    probe: Probe | None = None,
    progress: Callable[[int], None] | None = None,
) -> Recording:
    """Run an image from its initial state with the scalar reference; arguments and result as for the engine's run.

    Ctrl-C ends the run after the tick in hand.
    """
    probe = probe or Probe.none()
    arrivals: dict[int, list[tuple[int, int]]] = {}
    for tick, core, axon in zip(events.tick.tolist(), events.core.tolist(), events.axon.tolist(), strict=True):
        arrivals.setdefault(tick, []).append((core, axon))
    chip = ReferenceChip(image, seed=seed)
    spikes: list[tuple[int, int, int]] = []
    totals = [np.zeros(len(COUNTERS), np.int64)]
    kept: list[int] = []
    potentials: list[list[int]] = []
    started = time.perf_counter()
    with deferred_interrupt() as stop:
        while chip.tick < ticks and not stop.is_set():
            tick = chip.tick
            spikes += [(tick, core, neuron) for core, neuron in chip.step(arrivals.get(tick, ()))]
            totals.append(np.array(chip.counters, np.int64).reshape(image.cores, len(COUNTERS)).sum(axis=0))
            if _looks(probe, tick):
                kept.append(tick)
                places = zip(probe.core.tolist(), probe.neuron.tolist(), strict=True)
                potentials.append([chip.potential[core][neuron] for core, neuron in places])
            if progress:
                progress(chip.tick)
    samples = slice(None) if probe.last is None else slice(-probe.last, None)
    rows: npt.NDArray[np.int64] = np.array(spikes, np.int64).reshape(-1, 3)
    return Recording(
        start_tick=0,
        ticks=chip.tick,
        spikes=Spikes(rows[:, 0], rows[:, 1].astype(np.int32), rows[:, 2].astype(np.int32)),
        counters=np.array(chip.counters, np.int64).reshape(image.cores, len(COUNTERS)),
        tick_counters=np.array(totals[1:]).reshape(-1, len(COUNTERS))
        - np.array(totals[:-1]).reshape(-1, len(COUNTERS)),
        probe=probe,
        probe_tick=np.array(kept, np.int64)[samples],
        potential=np.array(potentials, np.int32).reshape(len(kept), len(probe.core))[samples],
        seed=seed,
        wall_s=time.perf_counter() - started,
        learned=chip.crossbar() if chip.learning is not None else None,
    )


def _looks(probe: Probe, tick: int) -> bool:
    """Whether a probe keeps potentials at a tick."""
    if not len(probe.core) or tick < probe.start or (probe.stop is not None and tick >= probe.stop):
        return False
    return (tick - probe.start) % probe.interval == 0
