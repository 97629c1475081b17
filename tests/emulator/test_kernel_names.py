"""No two functions of the kernels have one name: numba links cached code by name, and would take one for the other."""

from __future__ import annotations

import importlib
from collections import defaultdict
from pathlib import Path
from types import ModuleType

from numba.core.dispatcher import Dispatcher

import neurocore.emulator
from neurocore.emulator.kernel_few import _reset, _subtract
from neurocore.emulator.kernel_narrow import _drawn_reset, _plain_subtract

EMULATOR = Path(neurocore.emulator.__file__).parent


def dispatchers(module: ModuleType) -> list[Dispatcher]:
    """The compiled functions of a module, and those that they close over."""
    found, todo = [], [value for value in vars(module).values() if isinstance(value, Dispatcher)]
    while todo:
        one = todo.pop()
        found.append(one)
        closed = [cell.cell_contents for cell in one.py_func.__closure__ or ()]
        todo += [value for value in closed if isinstance(value, Dispatcher)]
    return found


def test_every_compiled_function_has_a_name_of_its_own():
    named = defaultdict(set)
    for path in sorted(EMULATOR.rglob("kernel_*.py")):
        module = ".".join(["neurocore.emulator", *path.relative_to(EMULATOR).with_suffix("").parts])
        for one in dispatchers(importlib.import_module(module)):
            named[one.py_func.__module__, one.py_func.__qualname__].add(one)
    assert len(named) > 50
    assert [name for name, functions in named.items() if len(functions) > 1] == []


def test_a_variant_is_named_after_its_constants():
    assert [one.py_func.__name__ for one in (_reset, _subtract)] == ["few_False", "few_True"]
    assert [one.py_func.__name__ for one in (_drawn_reset, _plain_subtract)] == [
        "update_core_True_False",
        "update_core_False_True",
    ]
