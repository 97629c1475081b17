"""Reading a training plan from YAML; its errors name file, line and path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from neurocore.errors import ConfigError
from neurocore.formats.located_yaml import Document, load_yaml
from neurocore.formats.network_checks import check_kinds
from neurocore.formats.overrides import apply_overrides
from neurocore.formats.validation_errors import find_problem
from neurocore.formats.yaml_paths import YamlPath, find_path, format_path, shown
from neurocore.training.plan import Plan

__all__ = ["located", "read_plan"]


def read_plan(path: Path, overrides: dict[str, Any] | None = None) -> Plan:
    """Read and check a plan.

    overrides : dotted paths ("training.epochs", "layers[0].channels") and their new values
    Raises ConfigError naming file, line and YAML path, or the option.
    """
    document = load_yaml(path)
    data: Any = document.value
    if not isinstance(data, dict):
        fix = "a plan is a mapping with keys such as name: and layers:; docs/training.md has one"
        raise document.error((), f"found {shown(data)} at the top", fix)
    changed: dict[YamlPath, str] = {}
    if overrides:
        data, changed = apply_overrides(data, overrides)
    if "neurocore_training" not in data:
        kind = "it looks like a network, which `neurocore run` takes; " if "populations" in data else ""
        fix = f"{kind}a plan begins with neurocore_training: 1"
        raise document.error((), "this is no training plan: the key 'neurocore_training' is missing", fix)
    try:
        plan = Plan.model_validate(data)
    except ValidationError as errors:
        raise _error(document, changed, *find_problem(errors, data, Plan)) from None
    for problem in check_kinds(data, plan):
        raise _error(document, changed, *problem)
    try:
        plan.check_layers()
    except ConfigError as error:
        raise _error(document, changed, find_path(data, error.path)[0], error.problem, error.fix) from None
    return plan


def located(error: ConfigError, path: Path, overrides: dict[str, Any] | None = None) -> ConfigError:
    """The same error with file and line of its YAML path in the plan, or the option. Arguments as for read_plan."""
    document = load_yaml(path)
    data, changed = apply_overrides(document.value, overrides or {})
    return _error(document, changed, find_path(data, error.path)[0], error.problem, error.fix)


def _error(
    document: Document, changed: dict[YamlPath, str], place: YamlPath, problem: str, fix: str | None
) -> ConfigError:
    options = [option for begin, option in changed.items() if place[: len(begin)] == begin]
    if options:
        return ConfigError(problem, path=format_path(place), file=options[0], fix=fix)
    return document.error(place, problem, fix)
