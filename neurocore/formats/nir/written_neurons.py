"""Populations as NIR's neurons: IF or Threshold, and a bias; what these cannot be is refused by name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.errors import ConfigError
from neurocore.graph import Group, NeuronGraph

__all__ = ["Written", "cannot_be_written", "written_neurons"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A population of N neurons.

    kind       : "IF" or "Threshold"
    parameters : float64[N] each, of that node
    bias       : float64[N]  added to the input in every step
    subtracts  : whether it needs a reset that takes the threshold off, which a file cannot say
    """

    kind: str
    parameters: dict[str, Floats]
    bias: Floats
    subtracts: bool = False


def written_neurons(group: Group, graph: NeuronGraph, spec: ChipSpec) -> Written:
    """A population in NIR's terms. Raises ConfigError naming the population and what it has that NIR lacks.

    Thresholds are written less 1/2, so that > and >= mean the same; where the threshold is subtracted, as they are.
    """
    here = {name: array[group.start : group.stop] for name, array in graph.neurons.arrays().items()}
    for words, found in (
        ("a noisy threshold", here["threshold_noise_bits"] > 0),
        ("a stochastic leak", (here["stochastic_leak"] > 0) & (here["leak"] != 0)),
        ("a leak that is reversed with the sign of V", (here["leak_reversal"] > 0) & (here["leak"] != 0)),
    ):
        if found.any():
            raise cannot_be_written(group, f"its neurons have {words}", int(np.argmax(found)))
    p = {name: array.astype(np.int64) for name, array in here.items()}
    threshold, leak, start = p["threshold"], _floats(p["leak"]), p["initial_potential"]
    excited, inhibited = _inputs(group, graph)
    no_input = ~excited & ~inhibited
    restless = no_input & (leak == 0) & (p["reset_mode"] == 0) & (p["reset_potential"] >= threshold)
    restless &= start >= threshold
    if restless.all():
        return Written(kind="Threshold", parameters={"threshold": np.full(group.size, -0.5)}, bias=0 * leak)
    forgets = (threshold == 1) & (p["negative_saturation"] == 1) & (p["negative_threshold"] == 0)
    forgets &= (p["reset_mode"] == 0) & (p["reset_potential"] == 0) & (start == 0)
    if forgets.all():
        return Written(kind="Threshold", parameters={"threshold": _floats(threshold) - 0.5}, bias=leak)
    floored = ~_has_no_floor(p, inhibited, spec)
    if floored.any():
        at = int(np.argmax(floored & ~forgets)) if (floored & ~forgets).any() else int(np.argmax(floored))
        word = "floor" if p["negative_saturation"][at] else "negative threshold"
        raise cannot_be_written(group, f"its neurons have a {word} that their potential can reach", at)
    modes = np.unique(p["reset_mode"])
    if len(modes) > 1 or modes[0] == 2:
        words = "resets of several kinds" if len(modes) > 1 else "the reset 'none'"
        raise cannot_be_written(group, f"its neurons have {words}")
    subtracts = bool(modes[0])
    if subtracts and start.any():
        reason = "its neurons have an initial potential and the reset 'linear'"
        raise cannot_be_written(group, reason, int(np.argmax(start != 0)))
    if (threshold - start < 1).any():
        at = int(np.argmax(threshold - start < 1))
        raise cannot_be_written(group, "a threshold is not above the initial potential: it fires without input", at)
    # V counts from where it starts: NIR's starts at 0.
    parameters = {
        "r": np.ones(group.size),
        "v_threshold": _floats(threshold - start) - (0.0 if subtracts else 0.5),
        "v_reset": np.zeros(group.size) if subtracts else _floats(p["reset_potential"] - start),
    }
    return Written(kind="IF", parameters=parameters, bias=leak, subtracts=subtracts)


def cannot_be_written(group: Group, reason: str, member: int | None = None) -> ConfigError:
    """The error for a population that NIR cannot express."""
    where = "" if member is None or group.size == 1 else f" (the first is {group.label(group.start + member)})"
    fix = "NIR's neurons have a threshold, a reset value and a bias; write .yaml, .npz or .json instead"
    return ConfigError(f"cannot be written as NIR: {reason}{where}", path=f"populations.{group.name}", fix=fix)


def _floats(values: npt.NDArray[np.int64]) -> Floats:
    return values.astype(np.float64)


def _inputs(group: Group, graph: NeuronGraph) -> tuple[Flags, Flags]:
    """Which members have synapses with positive, and with negative weights."""
    found = []
    for sign in (1, -1):
        targets = graph.target[(graph.weight * sign > 0) & (graph.target >= group.start) & (graph.target < group.stop)]
        found.append(np.isin(np.arange(group.start, group.stop), targets))
    return found[0], found[1]


def _has_no_floor(p: dict[str, npt.NDArray[np.int64]], inhibited: Flags, spec: ChipSpec) -> Flags:
    """Which neurons have none but the register's end, or one that their potential never gets to."""
    saturates, beta = p["negative_saturation"] == 1, p["negative_threshold"]
    none = saturates & (beta >= min(spec.threshold_limit, spec.potential_limit))
    none |= ~saturates & (p["reset_mode"] == 1) & (beta == 0) & (not spec.negative_inclusive)
    lowest = np.minimum(0, p["initial_potential"])
    lowest = np.where(p["reset_mode"] == 0, np.minimum(lowest, p["reset_potential"]), lowest)
    above = lowest > -beta if spec.negative_inclusive else lowest >= -beta
    return none | (above & ~inhibited & (p["leak"] >= 0))
