"""The one family of errors that neurocore raises for bad input, and the "did you mean" helper."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "CapacityError",
    "ConfigError",
    "ImageError",
    "MissingExtraError",
    "NeurocoreError",
    "RunError",
    "SpikeFileError",
    "closest",
]


class NeurocoreError(Exception):
    """Base of every error a user can cause. ``exit_code`` is what the command line returns for it.

    problem : what was found, in one sentence
    fix     : what is allowed or what to try, or None
    """

    exit_code = 2

    def __init__(self, problem: str, *, fix: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix

    def where(self) -> str:
        """The place of the problem (file, line, path), or an empty string."""
        return ""

    def __str__(self) -> str:
        place = self.where()
        text = f"{place}: {self.problem}" if place else self.problem
        return f"{text}\n  fix: {self.fix}" if self.fix else text


class _InFile(NeurocoreError):
    """An error with a place: file, 1-based line and YAML path, each optional and fillable later by the reader."""

    def __init__(
        self,
        problem: str,
        *,
        path: str = "",
        file: str | None = None,
        line: int | None = None,
        fix: str | None = None,
    ) -> None:
        super().__init__(problem, fix=fix)
        self.path = path
        self.file = file
        self.line = line

    def where(self) -> str:
        """``file:line: path``, as far as known."""
        place = self.file or ""
        if place and self.line is not None:
            place = f"{place}:{self.line}"
        return ": ".join(part for part in (place, self.path) if part)


class ConfigError(_InFile):
    """A network or chip description says something neurocore cannot accept."""


class SpikeFileError(_InFile):
    """A spike file or stimulus cannot be read or does not fit the network."""


class ImageError(_InFile):
    """A chip image, model or recording file is damaged, of another version, or not what it claims to be."""

    def __init__(
        self,
        problem: str,
        *,
        path: str = "",
        file: str | None = None,
        line: int | None = None,
        fix: str | None = None,
    ) -> None:
        if fix is None and file is not None:
            fix = "copy the file again, or make it anew from its source"
        super().__init__(problem, path=path, file=file, line=line, fix=fix)


class CapacityError(_InFile):
    """A network is well formed but does not fit the chip.

    constraint : which limit, in the words of docs/mapping.md ("axons per core", "neurons per core", "cores" ...)
    needs, has : the two numbers that collide
    """

    exit_code = 1

    def __init__(self, problem: str, *, constraint: str, needs: int, has: int, path: str = "", fix: str) -> None:
        super().__init__(problem, path=path, fix=fix)
        self.constraint = constraint
        self.needs = needs
        self.has = has


class RunError(NeurocoreError):
    """A run cannot start or go on with the given options."""


class MissingExtraError(NeurocoreError):
    """An optional package is needed and not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"this needs the package '{package}', which is not installed",
            fix=f"pip install 'neurocore[{extra}]'",
        )


def closest(found: object, allowed: Iterable[str]) -> str:
    """A fix line for a wrong word: the nearest allowed word if one is near, and the list of all.

    found   : the word that was given
    allowed : the words that would have been accepted
    """
    words = sorted(allowed)
    near = difflib.get_close_matches(str(found), words, n=1, cutoff=0.6)
    listing = f"allowed here: {', '.join(words)}" if words else "nothing is allowed here"
    return f"did you mean '{near[0]}'? {listing}" if near else listing
