"""A population's neuron description as arrays of published parameters, every range checked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.errors import ConfigError
from neurocore.mapper.values import as_numbers, flat_values, in_range, to_integers
from neurocore.network import Population
from neurocore.neuron import NEURON_FIELDS, RESET_MODES, NeuronParameters

__all__ = ["join_parameters", "population_parameters"]


def population_parameters(
    name: str, population: Population, spec: ChipSpec, scale: npt.NDArray[np.float64] | None = None
) -> NeuronParameters:
    """Parameters of one population, flat arrays of its size. Raises ConfigError with the YAML path.

    scale : float64[size], potential units per 1.0 of each neuron, where the population is quantized
    """
    neuron, shape = population.neuron, population.shape
    remedy = population.quantize.remedy if population.quantize else None
    size = int(np.prod(shape, dtype=np.int64))

    def potential(field: str, low: int, high: int) -> npt.NDArray[np.int64]:
        path = f"populations.{name}.neuron.{field}"
        values = to_integers(flat_values(getattr(neuron, field), shape, path), scale, path)
        in_range(values, low, high, path, remedy=remedy)
        return values

    def flags(field: str) -> npt.NDArray[np.int64]:
        path = f"populations.{name}.neuron.{field}"
        values = flat_values(as_numbers(getattr(neuron, field), path).astype(np.int64), shape, path)
        in_range(values, 0, 1, path)
        return values

    bits_path = f"populations.{name}.neuron.threshold_noise_bits"
    noise_bits = to_integers(flat_values(neuron.threshold_noise_bits, shape, bits_path), None, bits_path)
    in_range(noise_bits, 0, spec.noise_bits_limit, bits_path)
    if neuron.floor is not None:
        beta, kappa = -potential("floor", -spec.threshold_limit, 0), 1
    elif neuron.negative_threshold is not None:
        beta, kappa = potential("negative_threshold", 0, spec.threshold_limit), 0
    else:
        # Without a lower bound V goes down to the register's end: saturate at the largest beta there is.
        beta, kappa = np.full(size, lowest_floor(spec)), 1
    limit = spec.potential_limit
    values = {
        "threshold": potential("threshold", 0, spec.threshold_limit),
        "threshold_noise_bits": noise_bits,
        "negative_threshold": beta,
        "negative_saturation": np.full(size, kappa),
        "reset_mode": np.full(size, RESET_MODES[neuron.reset]),
        "reset_potential": potential("reset_potential", -limit, limit),
        "leak": potential("leak", -spec.leak_limit, spec.leak_limit),
        "leak_reversal": flags("leak_reversal"),
        "stochastic_leak": flags("stochastic_leak"),
        "initial_potential": potential("initial_potential", -limit, limit),
    }
    if neuron.reset != "absolute" and "reset_potential" in neuron.model_fields_set:
        raise ConfigError(
            f"has no meaning with reset '{neuron.reset}'",
            path=f"populations.{name}.neuron.reset_potential",
            fix="leave it out, or use reset: absolute",
        )
    return NeuronParameters(**{key: array.astype(NEURON_FIELDS[key][0]) for key, array in values.items()})


def lowest_floor(spec: ChipSpec) -> int:
    """The negative threshold of a neuron for which neither a floor nor a negative threshold is given."""
    return min(spec.threshold_limit, spec.potential_limit)


def join_parameters(parts: list[NeuronParameters]) -> NeuronParameters:
    """Parameters of several populations, one after the other."""
    return NeuronParameters(**{key: np.concatenate([part.arrays()[key] for part in parts]) for key in NEURON_FIELDS})
