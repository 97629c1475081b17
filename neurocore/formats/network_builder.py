"""Building a network in Python, part by part; keywords are the keys of the YAML, and errors are as clear."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from pydantic import BaseModel, ValidationError

from neurocore.arch import ChipSpec
from neurocore.errors import ConfigError
from neurocore.formats.network_checks import check_kinds, check_meaning
from neurocore.formats.validation_errors import find_problem
from neurocore.formats.yaml_paths import YamlPath, format_path
from neurocore.network import Classify, Input, Network, Population, PotentialProbe, Projection, Stimulus

__all__ = ["NetworkBuilder"]

_Made = TypeVar("_Made", bound=BaseModel)


class NetworkBuilder:
    """A network in the making. Every keyword is a key of docs/network_format.md; arrays may be numpy arrays.

    >>> net = NetworkBuilder("pair", seed=1)
    >>> net.input("pixels", 16, poisson={"rate_hz": 100})
    'pixels'
    >>> net.population("features", 8, threshold=3, reset="linear", leak=-1, floor=0, output=True)
    'features'
    >>> net.connect("pixels", "features", pattern="random", fan_in=8, weight=1)
    >>> net.build(ticks=500).run.ticks
    500

    Each part is checked when it is given, names that it uses in :meth:`build`. Raises ConfigError with the YAML path.
    """

    def __init__(
        self,
        name: str,
        *,
        seed: int = 0,
        chip: str | dict[str, Any] | ChipSpec = "truenorth",
        description: str = "",
        mapping: dict[str, Any] | None = None,
    ) -> None:
        given = {"description": description, "mapping": mapping}
        self._top = {"name": name, "seed": seed, "chip": chip} | {key: item for key, item in given.items() if item}
        self._inputs: dict[str, Input] = {}
        self._populations: dict[str, Population] = {}
        self._projections: list[Projection] = []
        self._outputs: list[str] = []
        self._stimulus: dict[str, Stimulus] = {}
        self._probes: list[PotentialProbe] = []
        self._classify: Classify | None = None

    def input(self, name: str, shape: int | tuple[int, ...] | list[int], **stimulus: Any) -> str:
        """Pins through which spikes enter, and what drives them, such as ``poisson={"rate_hz": 20}``; else silent.

        Returns the name, to be used in :meth:`connect`.
        """
        self._new(name, "inputs")
        pins = _checked(Input, {"shape": shape}, ("inputs", name))
        if stimulus:
            self._stimulus[name] = _checked(Stimulus, stimulus, ("run", "stimulus", name))
        self._inputs[name] = pins
        return name

    def population(
        self,
        name: str,
        shape: int | tuple[int, ...] | list[int],
        *,
        output: bool = False,
        quantize: dict[str, Any] | None = None,
        **neuron: Any,
    ) -> str:
        """Neurons that share a description, such as ``threshold=3, reset="linear"``. Returns the name.

        output   : their spikes leave the chip
        quantize : allows floats in the parameters and incoming weights, such as ``{"scale": 64}``
        """
        self._new(name, "populations")
        data = {"shape": shape} | ({"neuron": neuron} if neuron else {}) | ({"quantize": quantize} if quantize else {})
        self._populations[name] = _checked(Population, data, ("populations", name))
        if output:
            self._outputs.append(name)
        return name

    def connect(self, source: str, target: str, **synapses: Any) -> None:
        """Synapses from a population or input to a population, such as ``weights=array, delay=2``."""
        data = {"from": source, "to": target} | synapses
        self._projections.append(_checked(Projection, data, ("projections", len(self._projections))))

    def probe(self, population: str, **what: Any) -> None:
        """Record membrane potentials, such as ``neurons=[0, 1], stop=200``; of all neurons and ticks by default."""
        neurons = what.get("neurons")
        what |= {"neurons": neurons.tolist()} if isinstance(neurons, np.ndarray) else {}
        data = {"population": population} | what
        self._probes.append(_checked(PotentialProbe, data, ("run", "probes", len(self._probes))))

    def classify(self, population: str | list[str], **how: Any) -> None:
        """Score an output population (or several) as a classifier: ``labels=array, classes=10, latency=3``."""
        self._classify = _checked(Classify, {"population": population} | how, ("run", "classify"))

    def build(self, *, ticks: int = 1000) -> Network:
        """The network; the builder may go on. Raises ConfigError for names that are used and do not exist."""
        run: dict[str, Any] = {"ticks": ticks}
        parts = {"stimulus": self._stimulus, "probes": self._probes, "classify": self._classify}
        run |= {key: part.copy() if isinstance(part, (dict, list)) else part for key, part in parts.items() if part}
        data = self._top | {
            "inputs": dict(self._inputs),
            "populations": dict(self._populations),
            "projections": list(self._projections),
            "outputs": list(self._outputs),
            "run": run,
        }
        network = _checked(Network, data, ())
        network.check_references()
        check_meaning(network)
        return network

    def _new(self, name: str, kind: str) -> None:
        if name in self._inputs or name in self._populations:
            raise ConfigError(f"there is already something named '{name}'", path=f"{kind}.{name}", fix="rename one")


def _checked(model: type[_Made], data: dict[str, Any], above: YamlPath) -> _Made:
    """A model made of plain data. Raises ConfigError with the path that the fault would have in YAML."""
    data = _without_numpy_scalars(data)
    try:
        made = model.model_validate(data)
    except ValidationError as errors:
        raise _located(find_problem(errors, data, model), above) from None
    for problem in check_kinds(data, made):
        raise _located(problem, above)
    return made


def _located(problem: tuple[YamlPath, str, str | None], above: YamlPath) -> ConfigError:
    path, text, fix = problem
    return ConfigError(text, path=format_path((*above, *path)), fix=fix)


def _without_numpy_scalars(value: Any) -> Any:
    """The same with ``numpy.int64(3)`` as 3; arrays and models stay."""
    match value:
        case dict():
            return {key: _without_numpy_scalars(item) for key, item in value.items()}
        case list() | tuple():
            return type(value)(_without_numpy_scalars(item) for item in value)
        case np.generic():
            return value.item()
    return value
