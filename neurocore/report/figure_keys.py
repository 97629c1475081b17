"""Finding a figure among the many of a summary by its dotted key, or by its end, and naming it for readers."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from neurocore.errors import RunError

__all__ = ["find_key", "flat_figures", "label_of", "short_names"]

_UNITS = (
    ("_per_s_per_w", "/s/W"), ("_per_w", "/W"), ("_per_s", "/s"), ("_hz", " (Hz)"), ("_pj", " (pJ)"), ("_j", " (J)"),
    ("_w", " (W)"), ("_s", " (s)"), ("_v", " (V)"),
)  # fmt: skip


def flat_figures(facts: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted key and value of every number, text and flag in nested data; items of lists that have a name go by it."""
    if isinstance(facts, dict):
        for key, value in facts.items():
            yield from flat_figures(value, f"{above}.{key}" if above else str(key))
    elif isinstance(facts, list):
        for item in facts:
            if isinstance(item, dict) and isinstance(item.get("name"), str):
                rest = {key: value for key, value in item.items() if key != "name"}
                yield from flat_figures(rest, f"{above}.{item['name']}")
    else:
        yield above, facts


def find_key(word: str, keys: Iterable[str]) -> str:
    """The key that a word means: the same, or the only one that ends with it after a dot.

    Raises RunError for a word that means none or several.
    """
    known = list(keys)
    if word in known:
        return word
    ends = [key for key in known if key.endswith(f".{word}")]
    if len(ends) == 1:
        return ends[0]
    if ends:
        raise RunError(f"'{word}' means several figures", fix=f"one of {', '.join(ends)}")
    near = difflib.get_close_matches(word, known, n=3, cutoff=0.6)
    tails = {key.rpartition(".")[2]: key for key in known}
    near += [tails[tail] for tail in difflib.get_close_matches(word.rpartition(".")[2], tails, n=3, cutoff=0.6)]
    meant = f"did you mean {' or '.join(dict.fromkeys(near))}? " if near else ""
    top = sorted({key.partition(".")[0] for key in known})
    raise RunError(f"a run has no figure '{word}'", fix=f"{meant}figures begin with {', '.join(top)}")


def short_names(keys: Sequence[str]) -> dict[str, str]:
    """Key -> its shortest end, of whole parts, that no other of the keys has."""
    names = {}
    for key in keys:
        parts = key.split(".")
        ends = (".".join(parts[-count:]) for count in range(1, len(parts) + 1))
        names[key] = next((end for end in ends if not any(_ends(other, end) for other in keys if other != key)), key)
    return names


def _ends(key: str, end: str) -> bool:
    return key == end or key.endswith(f".{end}")


def label_of(key: str) -> str:
    """A figure's name for an axis: ``estimate.energy.power_w`` is ``power (W)``."""
    name = key.rpartition(".")[2]
    for end, unit in _UNITS:
        if name.endswith(end):
            name = name.removesuffix(end) + unit
            break
    name = name.replace("_", " ")
    return re.sub(r"\bg?sops\b", lambda match: match[0].upper(), name)
