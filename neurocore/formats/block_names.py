"""Ports stand for populations wherever a network names some: outputs, probes, the classifier, regions of the chip."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from neurocore.errors import ConfigError
from neurocore.formats.block_files import Place
from neurocore.formats.block_wiring import Scope
from neurocore.formats.yaml_paths import YamlPath

__all__ = ["Fault", "with_names"]

Fault = Callable[[YamlPath, str, str | None], ConfigError]
"""Makes the error for a path, a problem and a fix."""


def with_names(
    data: dict[str, Any], scope: Scope, populations: Mapping[str, Any], place: Place, fault: Fault
) -> dict[str, Any]:
    """The network's data with ports replaced by populations, wherever it names some.

    populations : those of blocks
    place       : of the network's outputs
    fault       : makes the error for a path of the network
    """
    data = dict(data)
    outputs = data.get("outputs")
    if isinstance(outputs, list):
        data["outputs"] = [
            _leaving(scope, name, number, populations, place, fault) for number, name in enumerate(outputs)
        ]
    run = data.get("run")
    if isinstance(run, dict):
        run = dict(run)
        if isinstance(run.get("probes"), list):
            run["probes"] = [_with_population(probe, scope) for probe in run["probes"]]
        if "classify" in run:
            run["classify"] = _with_population(run["classify"], scope)
        data["run"] = run
    mapping = data.get("mapping")
    if isinstance(mapping, dict) and isinstance(mapping.get("regions"), dict):
        regions = {scope.population(str(name)): region for name, region in mapping["regions"].items()}
        data["mapping"] = mapping | {"regions": regions}
    return data


def _leaving(scope: Scope, name: Any, number: int, populations: Mapping[str, Any], place: Place, fault: Fault) -> Any:
    if not isinstance(name, str) or name.partition(".")[0] not in scope.parts:
        return name
    inner = scope.population(name)
    if inner != name or name in populations:
        return inner
    try:
        return scope.source(name, place / number)
    except ConfigError as error:
        raise fault(("outputs", number), error.problem, error.fix) from None


def _with_population(described: Any, scope: Scope) -> Any:
    if isinstance(described, dict) and isinstance(described.get("population"), str):
        return described | {"population": scope.population(described["population"])}
    return described
