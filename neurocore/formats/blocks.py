"""From ``blocks:`` to populations and projections, before the network is built: below, no one knows of blocks.

The populations of a block named ``gate`` are called ``gate.NAME``, those of a block within it ``gate.inner.NAME``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from neurocore.formats.block_expansion import Expanded, Expansion
from neurocore.formats.block_models import BlockName, BlockUse
from neurocore.formats.block_names import Fault
from neurocore.formats.located_yaml import Document
from neurocore.formats.validation_errors import Problem, find_problem

__all__ = ["Expanded", "expand_blocks"]


class _Used(BaseModel):
    """The one key of a network that is read here."""

    model_config = ConfigDict(extra="ignore")
    blocks: dict[BlockName, BlockUse]


def expand_blocks(data: dict[str, Any], document: Document, folder: Path, fault: Fault) -> Expanded:
    """Replace the blocks of a network by what they are made of.

    data   : the network as dicts and lists; it is not changed
    fault  : makes the error for a path of the network's own file
    Raises ConfigError naming the file at fault: the network's, or the block's and where it is used.
    """
    try:
        used = _Used.model_validate(data).blocks
    except ValidationError as errors:
        raise fault(*_explained(find_problem(errors, data, _Used))) from None
    return Expansion(data, document, folder, fault).network(used)


def _explained(problem: Problem) -> Problem:
    path, text, fix = problem
    if text.startswith("unknown key") and len(path) == 3:
        return path, text, f"{fix}; parameters stand under with:"
    return problem
