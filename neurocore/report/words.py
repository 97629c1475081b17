"""Counts and rates in words, the same in text and pictures."""

from __future__ import annotations

from neurocore.units import counted

__all__ = ["counted", "number", "sentence", "short"]


def number(value: float) -> str:
    """Three digits below a hundred, whole numbers with thousands marked from there."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def short(name: str, most: int = 40) -> str:
    """A name with its middle left out where it is longer than ``most`` characters, for places of limited width."""
    if len(name) <= most:
        return name
    head = (most - 3) // 2
    return f"{name[:head]}...{name[len(name) - (most - 3 - head) :]}"


def sentence(text: str) -> str:
    """A clause as a sentence: with a capital letter and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
