"""The columns of a core's listed events, in the queue of cores ahead (see scratch.py)."""

from __future__ import annotations

from typing import Final

__all__ = ["AHEAD", "BOUND", "BY_CHANCE", "FEW", "LISTED", "MANY", "OF_TYPE", "PLAIN"]

AHEAD: Final = 4
"""Cores whose events are listed ahead; a power of two. 2, 8 and 16 take 1.1 times as long (a full chip, Zen 3)."""

LISTED: Final = 16
PLAIN, BY_CHANCE, BOUND, FEW, MANY = range(5)
"""Columns of ``listed``: axons whose type has no stochastic weights; other axons; most that they add to a neuron;
events of a core that has few and light ones (kernel_few.py; then BOUND means nothing), and 1 more, else 0; plain axons
if they are listed by type, else 0."""
OF_TYPE: Final = 8
"""From this column on: plain axons of each type, where they are listed by type."""
