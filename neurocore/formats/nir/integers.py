"""One stage in the chip's integers: weights, threshold, leak, reset, start; and what was rounded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.float_graph import FloatGraph, Link, Stage
from neurocore.formats.nir.nodes import refused
from neurocore.formats.nir.options import NirOptions
from neurocore.formats.nir.scale import Scale, exact_scale, near_scale, rounding_scale

__all__ = ["WIDEST", "Integers", "in_integers"]

WIDEST = 4
"""A weight may be this many times the chip's limit: it is then laid out as parallel synapses, which add up."""

Whole = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Integers:
    """A stage of N neurons.

    neuron  : keywords of neurocore.network.Neuron
    weights : for each link its weights, int64[S]
    steady  : (delay in ticks, int64[N]): what a unit that fires in every tick adds to the neurons, for biases
    remarks : what the user should know
    """

    neuron: dict[str, Any]
    weights: list[Whole]
    steady: list[tuple[int, Whole]]
    remarks: tuple[str, ...]


def in_integers(stage: Stage, links: list[Link], graph: FloatGraph, spec: ChipSpec, options: NirOptions) -> Integers:
    """Find each neuron's scale and apply it.

    Raises ConfigError with the node's name where there is no exact scale and none was asked for, or values are out of
    the chip's range.
    """
    p, size, shift = stage.parameters, stage.size, graph.shift[stage.name]
    row = np.concatenate([np.zeros(0, np.int64), *(link.row for link in links)])
    value = np.concatenate([np.zeros(0), *(link.weight * p["r"][link.row] for link in links)])
    leak_at = p.get("v_leak", np.zeros(size))
    threshold, reset = p["v_threshold"] - leak_at, p.get("v_reset", leak_at) - leak_at
    remembers = stage.kind != "threshold"
    subtracts = remembers and graph.reset == "subtract"
    if subtracts and leak_at.any():
        raise refused(stage.node, "LIF", "v_leak is not 0, and the threshold is to be subtracted", "--reset value")
    kept = [threshold] if subtracts else [reset] if remembers else []
    synapse = np.concatenate([np.full(len(link.row), bool(link.source)) for link in links] or [np.zeros(0, bool)])
    scale, remarks = _scale(stage, row, value, synapse, kept, threshold, spec, options)
    if stage.kind == "lif":
        scale = scale.enlarged(_room(scale, row, value, threshold, spec))
    whole = scale.nearest(value, row)
    if options.asks("weights") is not None:
        remarks += _rounded(stage, scale, whole, row, value)
    first = np.cumsum([0, *(len(link.row) for link in links)])
    weights = [whole[a:b] for a, b in zip(first[:-1], first[1:], strict=True)]
    bias, late = _biases(links, weights, size)
    base = 0
    if subtracts:
        alpha, base = scale.nearest(threshold), -1 if graph.fires == "above" else 0
    else:
        alpha = scale.floor(threshold) + 1 if graph.fires == "above" else scale.ceil(threshold)
    if remembers and (alpha < 1).any():
        at = int(np.argmax(alpha < 1))
        reason = f"neuron {at} has v_threshold {p['v_threshold'][at]:g} and fires without input"
        raise refused(stage.node, stage.kind.upper(), reason, "thresholds above the resting potential")
    neuron: dict[str, Any] = {"threshold": alpha}
    if stage.kind == "threshold":
        lift = bias - (alpha - 1)
        fits = (lift <= 0) & (lift >= -spec.leak_limit)
        neuron |= {"threshold": np.ones(size, np.int64), "leak": np.where(fits, lift, 0), "floor": 0}
        steady = np.where(fits, 0, lift)
        neuron["initial_potential"] = steady if shift == 0 else 0
    else:
        neuron["reset"] = "linear" if subtracts else "absolute"
        if not subtracts and reset.any():
            neuron["reset_potential"] = scale.nearest(reset)
        if stage.kind == "lif":
            decay = scale.nearest(p["decay"] * threshold / 2)
            neuron |= {"leak": -np.minimum(decay, spec.leak_limit), "leak_reversal": True}
            start, steady = np.full(size, base), bias
            if (decay == 0).any() or (decay > spec.leak_limit).any():
                remarks.append(
                    f"node '{stage.node}': the constant leak of some neurons is 0 or beyond the chip's limit"
                )
        else:
            start = base - shift * bias
            highest = np.where(bias < 0, start + bias, base)
            fits = (np.abs(bias) <= spec.leak_limit) & (highest < alpha) & (np.abs(start) <= spec.threshold_limit)
            neuron["leak"], steady = np.where(fits, bias, 0), np.where(fits, 0, bias)
            start = np.where(fits, start, base)
        # What the unit adds comes from tick 1 on: where that is too late for step 0, V starts with it.
        neuron["initial_potential"] = start + steady if shift == 0 else start
    _check_range(stage, alpha, neuron, spec)
    added = [(max(shift, 1), steady)] if steady.any() else []
    added += [(shift + after, extra) for after, extra in late]
    return Integers(neuron=neuron, weights=weights, steady=added, remarks=tuple(remarks))


def _scale(
    stage: Stage,
    row: Whole,
    value: Floats,
    synapse: npt.NDArray[np.bool_],
    kept: list[Floats],
    threshold: Floats,
    spec: ChipSpec,
    options: NirOptions,
) -> tuple[Scale, list[str]]:
    """Scales of a stage's neurons, exact unless asked otherwise."""
    size, every = stage.size, np.arange(stage.size)
    rows = np.concatenate([row, *(every for _ in kept)])
    values = np.concatenate([value, *kept])
    ask = options.asks("weights")
    if ask is None or ask == "rounding":
        scale = exact_scale(size, rows, values)
        wide = np.zeros(size, np.int64)
        np.maximum.at(wide, row[synapse], np.abs(scale.nearest(value[synapse], row[synapse])))
        good = scale.found & (wide <= WIDEST * spec.weight_limit)
        if good.all():
            return scale, []
        if ask == "rounding":
            scale = near_scale(size, rows, values, WIDEST * spec.weight_limit)
            if scale.found.all():
                return scale, []
            good = scale.found
        at = int(np.argmin(good))
        most = WIDEST * spec.weight_limit
        reason = (
            f"no factor makes the weights of neuron {at} ({_few(value[row == at])}), its bias and its "
            f"{'threshold' if options.reset == 'subtract' else 'v_reset'} whole numbers of at most {most:,}"
        )
        fix = "--approximate weights=N rounds to N bits (2 to 9)"
        if ask is None:
            fix += "; weights=rounding takes what is whole but for the rounding of float32"
        raise refused(stage.node, _shown_kind(stage), reason, fix)
    if not synapse.any():
        synapse = np.ones(len(row), bool)
    most = 2 ** (int(ask) - 1) - 1
    return rounding_scale(size, row[synapse], value[synapse], most, threshold, spec.threshold_limit), []


def _shown_kind(stage: Stage) -> str:
    return "Threshold" if stage.kind == "threshold" else stage.kind.upper()


def _few(values: Floats) -> str:
    different = list(dict.fromkeys(f"{one:.6g}" for one in values.tolist()))
    return ", ".join(different[:4]) + (", ..." if len(different) > 4 else "")


def _rounded(stage: Stage, scale: Scale, whole: Whole, row: Whole, value: Floats) -> list[str]:
    """How far rounding is from the floats, in words."""
    wanted = value * scale.ratio(row)
    worst, largest = np.abs(whole - wanted).max(initial=0), np.abs(wanted).max(initial=0)
    share = worst / largest if largest else 0.0
    return [f"node '{stage.node}': weights rounded, at most {share:.2g} of the largest off"]


def _room(scale: Scale, row: Whole, value: Floats, threshold: Floats, spec: ChipSpec) -> Whole:
    """How many times larger a factor may be: the finer the scale, the finer the leak."""
    widest = np.zeros(len(threshold), np.int64)
    np.maximum.at(widest, row, np.abs(scale.nearest(value, row)))
    room = np.minimum(spec.weight_limit // np.maximum(widest, 1), spec.threshold_limit // (scale.ceil(threshold) + 2))
    return np.maximum(room, 1)


def _biases(links: list[Link], weights: list[Whole], size: int) -> tuple[Whole, list[tuple[int, Whole]]]:
    """What is added in every step, int64[N]; and what is from some later step on."""
    bias = np.zeros(size, np.int64)
    late: dict[int, Whole] = {}
    for link, whole in zip(links, weights, strict=True):
        if not link.source:
            for steps in np.unique(link.steps).tolist():
                mine = link.steps == steps
                into = bias if steps == 0 else late.setdefault(steps, np.zeros(size, np.int64))
                np.add.at(into, link.row[mine], whole[mine])
    return bias, list(late.items())


def _check_range(stage: Stage, alpha: Whole, neuron: dict[str, Any], spec: ChipSpec) -> None:
    """Raise for thresholds and potentials that the chip's registers do not hold."""
    limit = spec.threshold_limit
    for what, found in (("threshold", alpha), ("v_reset", np.asarray(neuron.get("reset_potential", 0)).ravel())):
        bad = np.abs(found) > limit
        if bad.any():
            at = int(np.argmax(bad))
            reason = f"the {what} of neuron {at} is {int(found[at]):,} of its weights' units"
            fix = f"at most {limit:,}: coarser weights, for example --approximate weights=6"
            raise refused(stage.node, _shown_kind(stage), reason, fix)
