"""How kernels are compiled: inlined into their callers, and cached on disk by the text of every file of the emulator.

numba's own cache looks only at the file of the function that is called; a change in a file that it inlines would go
unseen, and an old kernel would go on running.
"""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from numba import njit, types
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.extending import intrinsic

__all__ = ["called", "inlined", "kernel", "own_registers", "spliced"]


@cache
def _sources() -> str:
    """A digest of the emulator's source files."""
    found = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()


class _KernelCache(FunctionCache):
    """numba's cache with the sources' digest in its files' names.

    A digest in the keys alone would not do: an index that names classes which newer sources lack cannot be read.
    """

    def __init__(self, py_func: Callable[..., Any]) -> None:
        super().__init__(py_func)
        self._mine = f"{self._impl.filename_base}-{_sources()[:16]}"
        self._cache_file = IndexDataCacheFile(
            cache_path=self._cache_path, filename_base=self._mine, source_stamp=self._impl.locator.get_source_stamp()
        )

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled, and remove what other sources left of this kernel."""
        super().save_overload(sig, data)
        for path in Path(self._cache_path).glob(f"{glob.escape(self._impl.filename_base)}[-.]*.nb[ic]"):
            if not path.name.startswith(f"{self._mine}."):
                path.unlink(missing_ok=True)


def _cached(compiled: Any) -> Any:
    if os.environ.get("NUMBA_DISABLE_JIT", "0") in ("", "0"):
        compiled._cache = _KernelCache(compiled.py_func)
    return compiled


_PART: Any = {"_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""No reference counts: numba would touch those of all arrays at every call, and a full chip would take one thread four
times as long. Nothing is allocated. And only kernels call parts: they need no way in from Python or C."""


def _told_apart(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a function that is made several times, with other constants, a name of its own each time.

    Code from numba's cache is linked by name: module, function and a number that counts what a process has compiled.
    Two kernels from processes that compiled in another order may give one name to two variants, and one kernel then
    calls the other's.
    """
    constants = [cell.cell_contents for cell in function.__closure__ or ()]
    told = "".join(f"_{value}" for value in constants if isinstance(value, (bool, int)))
    function.__name__ += told
    function.__qualname__ += told
    return function


def inlined(function: Callable[..., Any]) -> Any:
    """A part of a kernel, compiled into each kernel that calls it. It may not make arrays."""
    return njit(forceinline=True, **_PART)(_told_apart(function))


def spliced(function: Callable[..., Any]) -> Any:
    """A part of a kernel whose statements numba puts in the place of the call: compiled with its caller, not before.

    Worth it for the parts around all others: what they call would be made into machine code once more for each.
    """
    return njit(inline="always", **_PART)(function)


def called(function: Callable[..., Any]) -> Any:
    """A part of a kernel with registers of its own: loops that have all to themselves take two thirds of their time
    inside a kernel of ten loops. Calls own_registers() first. Takes numbers and places (see lanes.py), as an array is
    seven arguments.
    """
    named = _told_apart(function)
    return njit(forceinline=False, **_PART)(named)  # False is said, as a caller's choice would be taken over


if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):

    def own_registers() -> None:
        """Nothing."""

else:

    @intrinsic
    def own_registers(typingctx: Any) -> Any:
        """Keeps LLVM from inlining the function that calls this; see ``called``."""

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            builder.function.attributes.add("noinline")
            return context.get_dummy_value()

        return types.void(), codegen


def kernel(function: Callable[..., Any]) -> Any:
    """A kernel for one thread, kept on disk."""
    return _cached(njit(nogil=True)(function))
