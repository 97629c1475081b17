"""Numbers a person can read: counts, rates, times and sizes with their unit prefix."""

from __future__ import annotations

__all__ = ["counted", "human", "human_bytes", "human_seconds", "human_si"]

_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def counted(number: int, thing: str) -> str:
    """A number of things: ``counted(1, 'core')`` is ``'1 core'``, ``counted(2000, 'core')`` is ``'2,000 cores'``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def human(value: float, unit: str = "") -> str:
    """Three significant digits with a decimal prefix: ``human(2.68e9, 'SOPS')`` is ``'2.68 GSOPS'``."""
    for factor, prefix in _PREFIXES:
        if abs(value) >= factor:
            return f"{value / factor:.3g} {prefix}{unit}".rstrip()
    text = f"{value:.0f}" if float(value).is_integer() else f"{value:.3g}"
    return f"{text} {unit}".rstrip()


def human_bytes(size: float) -> str:
    """A size in binary multiples: ``human_bytes(2**20)`` is ``'1.0 MiB'``."""
    for factor, name in ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if size >= factor:
            return f"{size / factor:.1f} {name}"
    return f"{size:.0f} B"


def human_seconds(seconds: float) -> str:
    """A duration: microseconds to hours, two or three digits."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.3g} us"
    if seconds < 1:
        return f"{seconds * 1e3:.3g} ms"
    if seconds < 120:
        return f"{seconds:.3g} s"
    if seconds < 7200:
        return f"{seconds / 60:.1f} min"
    return f"{seconds / 3600:.1f} h"


def human_si(value: float, unit: str, *, digits: int = 3) -> str:
    """A physical value with the prefix that suits it: ``human_si(71.2e-3, 'W')`` is ``'71.2 mW'``."""
    for factor, prefix in (*_PREFIXES, (1.0, ""), (1e-3, "m"), (1e-6, "u"), (1e-9, "n"), (1e-12, "p")):
        if abs(value) >= factor * (1 - 0.5 * 10.0**-digits):  # what rounds up to the factor has its prefix
            return f"{_rounded(value / factor, digits)} {prefix}{unit}"
    return f"{value:.{digits}g} {unit}"


def _rounded(value: float, digits: int) -> str:
    """Significant digits without an exponent."""
    text = f"{value:.{digits}g}"
    return f"{float(text):.0f}" if "e" in text else text
