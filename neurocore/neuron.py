"""The neuron's parameters as arrays: one field per published symbol, the same for networks and chip images."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = ["NEURON_FIELDS", "RESET_MODES", "NeuronParameters"]

RESET_MODES: Final = {"absolute": 0, "linear": 1, "none": 2}
"""Names of gamma: V = R; V -= alpha + eta; V stays."""

NEURON_FIELDS: Final[dict[str, tuple[type[np.integer[Any]], str, int]]] = {
    # field: (dtype, published symbol, value of an unused neuron, which can never fire)
    "threshold": (np.int32, "alpha", 1),
    "threshold_noise_bits": (np.uint8, "TM", 0),
    "negative_threshold": (np.int32, "beta", 0),
    "negative_saturation": (np.uint8, "kappa", 1),
    "reset_mode": (np.uint8, "gamma", 0),
    "reset_potential": (np.int32, "R", 0),
    "leak": (np.int16, "lambda", 0),
    "leak_reversal": (np.uint8, "epsilon", 0),
    "stochastic_leak": (np.uint8, "c", 0),
    "initial_potential": (np.int32, "V0", 0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuronParameters:
    """Parameters of many neurons; every array has the same shape, [L] in a network or [C, N] in an image.

    threshold            : int32  alpha, 0..2^18-1: spike when V >= alpha + eta
    threshold_noise_bits : uint8  TM, 0..17: eta is uniform in 0..2^TM - 1; 0 draws nothing
    negative_threshold   : int32  beta, 0..2^18-1
    negative_saturation  : uint8  kappa: 1 holds V at -beta, 0 resets it below -(beta + eta)
    reset_mode           : uint8  gamma: 0 absolute, 1 linear, 2 none
    reset_potential      : int32  R, potential units
    leak                 : int16  lambda, -255..255, added each tick
    leak_reversal        : uint8  epsilon: 1 multiplies the leak by the sign of V
    stochastic_leak      : uint8  c: 1 adds sgn(lambda) when |lambda| >= rho, rho uniform in 0..255
    initial_potential    : int32  V before tick 0

    Source: Cassidy et al. 2013, "Cognitive computing building block", IJCNN; ranges of the silicon in docs/hardware.md.
    """

    threshold: npt.NDArray[np.int32]
    threshold_noise_bits: npt.NDArray[np.uint8]
    negative_threshold: npt.NDArray[np.int32]
    negative_saturation: npt.NDArray[np.uint8]
    reset_mode: npt.NDArray[np.uint8]
    reset_potential: npt.NDArray[np.int32]
    leak: npt.NDArray[np.int16]
    leak_reversal: npt.NDArray[np.uint8]
    stochastic_leak: npt.NDArray[np.uint8]
    initial_potential: npt.NDArray[np.int32]

    @classmethod
    def unused(cls, shape: tuple[int, ...]) -> NeuronParameters:
        """Parameters of neurons that never fire: threshold 1, no leak, floor 0."""
        return cls(**{name: np.full(shape, idle, dtype) for name, (dtype, _, idle) in NEURON_FIELDS.items()})

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Field name -> array, in the order of NEURON_FIELDS."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def shape(self) -> tuple[int, ...]:
        """The common shape of the arrays."""
        return self.threshold.shape

    @property
    def draws(self) -> npt.NDArray[np.bool_]:
        """bool[...]: which neurons draw randomness of their own (threshold noise or stochastic leak)."""
        return (self.threshold_noise_bits > 0) | (self.stochastic_leak > 0)
