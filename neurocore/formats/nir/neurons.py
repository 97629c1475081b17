"""Neuron nodes as stages: parameters spread over the members, and what the chip has no neuron for refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.float_graph import Stage
from neurocore.formats.nir.nodes import RawNode, refused
from neurocore.formats.nir.options import NirOptions

__all__ = ["stage_of"]

Floats = npt.NDArray[np.float64]

_NO_SPIKES = "its output is a potential, and the chip's lines carry spikes"
_FIX_NO_SPIKES = "end the network in spiking neurons (IF, or LIF with --approximate lif=linear-leak)"


def stage_of(
    path: str, name: str, node: RawNode, shape: tuple[int, ...], options: NirOptions, remarks: list[str]
) -> Stage:
    """A neuron node (IF, LIF, Threshold) as a stage. Raises ConfigError with the node's name for others.

    path : name in the file; name : of the stage; remarks : what the user should know is added
    """
    size = math.prod(shape)

    def spread(key: str) -> Floats:
        value = node.array(key)
        if value.size == 1:
            return np.full(size, value.item())
        if value.size == size:
            return value.ravel()
        try:
            return np.broadcast_to(value, shape).ravel()
        except ValueError:
            reason = f"'{key}' of shape {list(value.shape)} for {' x '.join(map(str, shape))} neurons"
            raise refused(path, node.kind, reason, "one value, or one for each neuron") from None

    parameters: dict[str, Floats]
    match node.kind:
        case "Threshold":
            kind, parameters = "threshold", {"r": np.ones(size), "v_threshold": spread("threshold")}
        case "IF":
            kind, parameters = "if", {"r": spread("r"), "v_threshold": spread("v_threshold")}
            if not np.isfinite(parameters["r"]).all():
                raise refused(path, node.kind, "'r' is not finite")
            parameters["v_reset"] = _reset(path, node, size, spread, remarks)
        case "LIF":
            kind, parameters = _leaky(path, node, size, spread, options, remarks)
        case "CubaLIF":
            reason = "it filters its input in a second state (tau_syn), which the chip's neuron does not have"
            raise refused(path, node.kind, reason, "train with IF neurons, or LIF with --approximate lif=linear-leak")
        case _:
            raise refused(path, node.kind, _NO_SPIKES, _FIX_NO_SPIKES)
    return Stage(name=name, node=path, kind=kind, shape=shape, parameters=parameters)


def _reset(path: str, node: RawNode, size: int, spread: Any, remarks: list[str]) -> Floats:
    if "v_reset" in node.values:
        found: Floats = spread("v_reset")
        return found
    remarks.append(f"node '{path}': the file has no v_reset (written before NIR 1.0.5); 0 is taken")
    return np.zeros(size)


def _leaky(
    path: str, node: RawNode, size: int, spread: Any, options: NirOptions, remarks: list[str]
) -> tuple[str, dict[str, Floats]]:
    """A LIF: exact where dt = tau (no memory) or tau is infinite (no leak); else a leak that must be asked for."""
    tau, r, v_leak = spread("tau"), spread("r"), spread("v_leak")
    threshold, reset = spread("v_threshold"), _reset(path, node, size, spread, remarks)
    if (tau <= 0).any():
        raise refused(path, node.kind, f"tau is {tau[tau <= 0][0]:g}", "time constants above 0")
    if np.isinf(tau).all() and np.isinf(r).all():
        remarks.append(f"node '{path}': tau and r are infinite (snnTorch's beta = 1): an IF neuron with r = 1")
        return "if", {"r": np.ones(size), "v_threshold": threshold, "v_reset": reset}
    if np.isinf(tau).any() or np.isinf(r).any():
        raise refused(path, node.kind, "tau or r is infinite for some neurons only", "finite values")
    if options.dt is None:
        reason = "its leak depends on the length of a step, which NIR does not say"
        raise refused(path, node.kind, reason, "give --dt SECONDS (snnTorch exports for 1e-4, Norse for 1e-3)")
    # Files hold float32; there dt / tau and r * dt / tau are meant to be round, and are not in float64.
    if (options.dt / tau > 1 + 1e-5).any():
        reason = f"tau is {tau.min():g} s, less than a step of {options.dt:g} s"
        raise refused(path, node.kind, reason, "a smaller --dt")
    decay = (options.dt / tau).astype(np.float32).astype(np.float64)
    decay[np.abs(decay - 1) < 1e-5] = 1.0
    factor = (r * options.dt / tau).astype(np.float32).astype(np.float64)
    factor[np.abs(factor - np.rint(factor)) < 1e-5] = np.rint(factor[np.abs(factor - np.rint(factor)) < 1e-5])
    if (decay == 1).all():
        remarks.append(f"node '{path}': dt = tau, so it has no memory: it fires where its input exceeds the threshold")
        return "threshold", {"r": factor, "v_threshold": threshold - v_leak}
    if options.asks("lif") is None:
        reason = "its potential decays exponentially; the chip's leak is a constant"
        raise refused(path, node.kind, reason, "--approximate lif=linear-leak, which measures how far that is off")
    return "lif", {"r": factor, "decay": decay, "v_leak": v_leak, "v_threshold": threshold, "v_reset": reset}
