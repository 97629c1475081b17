"""+, -, * and the logic of vector types in kernels: one LLVM instruction each.

As typed operators, not as functions that numba inlines: each use of such a function copies its code, which took an
eighth of the time of compiling all kernels.
"""

from __future__ import annotations

import operator
from typing import Any

from numba import types
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import lower_builtin

__all__ = ["define_operators"]

_INSTRUCTIONS = {
    operator.add: "add",
    operator.sub: "sub",
    operator.mul: "mul",
    operator.and_: "and_",
    operator.or_: "or_",
    operator.xor: "xor",
}


def define_operators(kind: types.Type) -> None:
    """Let kernels write a + b, a & b ... of two values of a type that is a vector of whole numbers."""
    for python, instruction in _INSTRUCTIONS.items():
        _define(python, instruction, kind)


def _define(python: Any, instruction: str, kind: types.Type) -> None:
    @infer_global(python)
    class _Rule(ConcreteTemplate):
        cases = (signature(kind, kind, kind),)

    @lower_builtin(python, kind, kind)
    def operate(context: Any, builder: Any, found: Any, operands: Any) -> Any:
        return getattr(builder, instruction)(*operands)
