"""Reading a training plan from YAML; its errors name file, line and path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from neurocore.errors import ConfigError
from neurocore.formats.located_yaml import load_yaml
from neurocore.formats.network_checks import check_kinds
from neurocore.formats.overrides import apply_overrides
from neurocore.formats.validation_errors import find_problem
from neurocore.formats.yaml_paths import YamlPath, find_path, format_path, shown
from neurocore.training.plan import Plan

__all__ = ["read_plan"]


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

    def error(place: YamlPath, problem: str, fix: str | None) -> ConfigError:
        options = [option for begin, option in changed.items() if place[: len(begin)] == begin]
        if options:
            return ConfigError(problem, path=format_path(place), file=options[0], fix=fix)
        return document.error(place, problem, fix)

    if "neurocore_training" not in data:
        kind = "it looks like a network, which `neurocore run` takes; " if "populations" in data else ""
        fix = f"{kind}a plan begins with neurocore_training: 1"
        raise error((), "this is no training plan: the key 'neurocore_training' is missing", fix)
    try:
        plan = Plan.model_validate(data)
    except ValidationError as errors:
        raise error(*find_problem(errors, data, Plan)) from None
    for problem in check_kinds(data, plan):
        raise error(*problem)
    try:
        plan.check_layers()
    except ConfigError as problem:
        raise error(find_path(data, problem.path)[0], problem.problem, problem.fix) from None
    return plan
