"""How ranks talk: one set of methods, in three forms. Here: alone, and a rehearsal of many ranks in one process."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["Alone", "Exchange", "Meeting", "Rehearsal"]

Packets = npt.NDArray[np.uint64]


class Exchange(Protocol):
    """What a rank needs of the others. Every rank calls the same methods in the same order.

    rank, ranks    : which one this is, and how many there are
    messages, sent : messages and bytes of packets that this rank has sent
    """

    rank: int
    ranks: int
    messages: int
    sent: int

    def connect(self, room: npt.NDArray[np.int64]) -> None:
        """Say once how many packets at most go to each rank in one exchange; int64[K]. 0: never any."""

    def begin(self, boxes: Sequence[Packets]) -> None:
        """Start to send one box to each rank; they must not change until ``finish``."""

    def finish(self) -> list[Packets]:
        """Wait for the boxes of all ranks to this one; good until the next ``begin``."""

    def smallest(self, value: int) -> int:
        """The smallest of the ranks' values."""

    def total(self, values: Sequence[int]) -> list[int]:
        """The sums of the ranks' values, each on its own: what all then decide alike."""

    def gather(self, array: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
        """Every rank's array at rank 0, in the order of ranks; nothing at the others."""


class Alone:
    """One rank: nobody to talk to."""

    rank, ranks, messages, sent = 0, 1, 0, 0

    def connect(self, room: npt.NDArray[np.int64]) -> None:
        """Nobody."""

    def begin(self, boxes: Sequence[Packets]) -> None:
        """Nothing to send."""

    def finish(self) -> list[Packets]:
        """Nothing comes."""
        return [np.zeros(0, np.uint64)]

    def smallest(self, value: int) -> int:
        """Its own."""
        return value

    def total(self, values: Sequence[int]) -> list[int]:
        """Its own."""
        return list(values)

    def gather(self, array: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
        """Its own."""
        return [array]


class Meeting:
    """Where the threads of a rehearsal meet: a place for what each has to say, and a barrier."""

    def __init__(self, ranks: int) -> None:
        self.ranks = ranks
        self.barrier = threading.Barrier(ranks)
        self.said: list[Any] = [None] * ranks


class Rehearsal:
    """One of several ranks that are threads of one process."""

    def __init__(self, meeting: Meeting, rank: int) -> None:
        self.rank, self.ranks = rank, meeting.ranks
        self.messages = self.sent = 0
        self._meeting = meeting
        self._room = self._come = np.zeros(meeting.ranks, np.int64)

    def _say(self, value: Any) -> list[Any]:
        """Say something, hear what all said. Raises BrokenBarrierError where another rank gave up."""
        self._meeting.said[self.rank] = value
        self._meeting.barrier.wait()
        heard = list(self._meeting.said)
        self._meeting.barrier.wait()
        return heard

    def connect(self, room: npt.NDArray[np.int64]) -> None:
        """See Exchange."""
        self._room = room
        self._come = np.array([other[self.rank] for other in self._say(room)])

    def begin(self, boxes: Sequence[Packets]) -> None:
        """See Exchange. Sends copies, as a network would."""
        to = np.nonzero(self._room)[0].tolist()
        self.messages += len(to)
        self.sent += sum(boxes[rank].nbytes for rank in to)
        self._heard = self._say([box.copy() for box in boxes])

    def finish(self) -> list[Packets]:
        """See Exchange."""
        boxes = [boxes[self.rank] for boxes in self._heard]
        assert all(len(box) <= most for box, most in zip(boxes, self._come, strict=True)), "more came than was said"
        return boxes

    def smallest(self, value: int) -> int:
        """See Exchange."""
        return int(min(self._say(value)))

    def total(self, values: Sequence[int]) -> list[int]:
        """See Exchange."""
        return [sum(column) for column in zip(*self._say(values), strict=True)]

    def gather(self, array: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
        """See Exchange. Gathers copies: their owners go on."""
        heard = self._say(array.copy())
        return heard if self.rank == 0 else []
