"""Ranks as processes of an MPI job, over mpi4py: packets in buffers, sent and received without waiting."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.emulator.ranks.exchange import Packets
from neurocore.errors import MissingExtraError

__all__ = ["MpiExchange", "job_size", "receive", "wait", "world"]

_SIZES: Final = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS")
"""Set by the launchers of Open MPI, and of MPICH and its kin. Under neither, mpi4py is never imported."""

_PIECE: Final = 2**26
"""Most bytes of a message that carries a part of a recording: MPI counts with 32 bits."""

_PACKETS, _RECORDING, _FORM = 1, 2, 3

_LOOKS, _YIELDS, _SLEEPS = 20, 200, 100
"""How often a rank looks for messages before it lets others run, before it sleeps, and before it sleeps longer."""
_SLEEP_S, _LONGEST_SLEEP_S = 20e-6, 2e-3

_yield: Final = getattr(os, "sched_yield", None)


def job_size() -> int:
    """Ranks of the MPI job that this process was started in; 1 where it was not."""
    sizes = [os.environ[name] for name in _SIZES if os.environ.get(name, "").isdecimal()]
    return max(1, *map(int, sizes)) if sizes else 1


def world() -> Any:
    """The communicator of all ranks. Raises MissingExtraError without mpi4py."""
    try:
        from mpi4py import MPI
    except ImportError as error:
        raise MissingExtraError("mpi4py", "mpi") from error
    return MPI.COMM_WORLD


class MpiExchange:
    """One process of an MPI job. See Exchange.

    Only ranks with connections between them send each other messages; empty ones too, as a receiver must know.
    Waiting gives the processor to others: see ``wait``.
    """

    def __init__(self, comm: Any) -> None:
        self._comm = comm.Dup()
        self.rank, self.ranks = int(comm.Get_rank()), int(comm.Get_size())
        self.messages = self.sent = 0
        self._to: list[int] = []
        self._incoming: dict[int, Packets] = {}
        self._requests: list[Any] = []

    def connect(self, room: npt.NDArray[np.int64]) -> None:
        """See Exchange."""
        come = np.zeros(self.ranks, np.int64)
        wait([self._comm.Ialltoall(np.ascontiguousarray(room, np.int64), come)])
        self._to = [rank for rank in range(self.ranks) if room[rank]]
        self._incoming = {rank: np.empty(come[rank], np.uint64) for rank in range(self.ranks) if come[rank]}

    def begin(self, boxes: Sequence[Packets]) -> None:
        """See Exchange."""
        comm = self._comm
        self._requests = [comm.Irecv(box, source=rank, tag=_PACKETS) for rank, box in self._incoming.items()]
        self._requests += [comm.Isend(boxes[rank], dest=rank, tag=_PACKETS) for rank in self._to]
        self.messages += len(self._to)
        self.sent += sum(boxes[rank].nbytes for rank in self._to)

    def finish(self) -> list[Packets]:
        """See Exchange."""
        status = wait(self._requests)
        boxes = [np.zeros(0, np.uint64)] * self.ranks
        for (rank, box), told in zip(self._incoming.items(), status, strict=False):
            boxes[rank] = box[: told.Get_count() // box.itemsize]
        return boxes

    def smallest(self, value: int) -> int:
        """See Exchange."""
        from mpi4py import MPI

        found = np.zeros(1, np.int64)
        wait([self._comm.Iallreduce(np.array([value], np.int64), found, op=MPI.MIN)])
        return int(found[0])

    def total(self, values: Sequence[int]) -> list[int]:
        """See Exchange."""
        found = np.zeros(len(values), np.int64)
        wait([self._comm.Iallreduce(np.array(values, np.int64), found)])
        return [int(value) for value in found]

    def gather(self, array: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
        """See Exchange."""
        array = np.ascontiguousarray(array)
        if self.rank:
            wait([self._comm.isend((array.shape, array.dtype.str), dest=0, tag=_FORM)])
            for piece in _pieces(array):
                wait([self._comm.Isend(piece, dest=0, tag=_RECORDING)])
            return []
        found = [array]
        for rank in range(1, self.ranks):
            shape, dtype = receive(self._comm, rank, _FORM)
            found.append(np.empty(shape, dtype))
            for piece in _pieces(found[rank]):
                wait([self._comm.Irecv(piece, source=rank, tag=_RECORDING)])
        return found


def wait(requests: list[Any]) -> list[Any]:
    """Wait until requests are done; returns their statuses.

    An MPI's own waiting keeps the processor busy, and signals unheard: where ranks share processors with others, the
    one that is waited for then does not get its turn. So: look a few times, then let others run, then sleep.
    """
    from mpi4py import MPI

    status = [MPI.Status() for _ in requests]
    looked = 0
    while not MPI.Request.Testall(requests, status):
        looked = _rest(looked)
    return status


def receive(comm: Any, source: int, tag: int) -> Any:
    """An object that a rank sends. Waits as ``wait`` does."""
    looked = 0
    while not comm.iprobe(source=source, tag=tag):
        looked = _rest(looked)
    return comm.recv(source=source, tag=tag)


def _rest(looked: int) -> int:
    """Let others run; longer, the more often one has looked."""
    if looked >= _LOOKS + _YIELDS:
        time.sleep(min(_SLEEP_S * 2 ** min(20, (looked - _LOOKS - _YIELDS) // _SLEEPS), _LONGEST_SLEEP_S))
    elif looked >= _LOOKS:
        time.sleep(0) if _yield is None else _yield()
    return looked + 1


def _pieces(array: npt.NDArray[Any]) -> list[npt.NDArray[np.uint8]]:
    """The array's bytes in order, as views."""
    flat = array.reshape(-1).view(np.uint8)
    return [flat[first : first + _PIECE] for first in range(0, len(flat), _PIECE)]
