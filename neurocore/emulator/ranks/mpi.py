"""Ranks as processes of an MPI job, over mpi4py: packets in buffers, sent and received without waiting."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.emulator.ranks.exchange import Packets
from neurocore.errors import MissingExtraError

__all__ = ["MpiExchange", "job_size", "world"]

_SIZES: Final = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS")
"""Set by the launchers of Open MPI, and of MPICH and its kin. Under neither, mpi4py is never imported."""

_PIECE: Final = 2**26
"""Most bytes of a message that carries a part of a recording: MPI counts with 32 bits."""

_PACKETS, _RECORDING = 1, 2


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
        self._comm.Alltoall(np.ascontiguousarray(room, np.int64), come)
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
        from mpi4py import MPI

        status = [MPI.Status() for _ in self._requests]
        MPI.Request.Waitall(self._requests, status)
        boxes = [np.zeros(0, np.uint64)] * self.ranks
        for (rank, box), told in zip(self._incoming.items(), status, strict=False):
            boxes[rank] = box[: told.Get_count(MPI.UINT64_T)]
        return boxes

    def smallest(self, value: int) -> int:
        """See Exchange."""
        from mpi4py import MPI

        found = np.zeros(1, np.int64)
        self._comm.Allreduce(np.array([value], np.int64), found, op=MPI.MIN)
        return int(found[0])

    def gather(self, array: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
        """See Exchange."""
        array = np.ascontiguousarray(array)
        forms = self._comm.gather((array.shape, array.dtype.str), root=0)
        if self.rank:
            for piece in _pieces(array):
                self._comm.Send(piece, dest=0, tag=_RECORDING)
            return []
        found = [array] + [np.empty(shape, dtype) for shape, dtype in forms[1:]]
        for rank in range(1, self.ranks):
            for piece in _pieces(found[rank]):
                self._comm.Recv(piece, source=rank, tag=_RECORDING)
        return found


def _pieces(array: npt.NDArray[Any]) -> list[npt.NDArray[np.uint8]]:
    """The array's bytes in order, as views."""
    flat = array.reshape(-1).view(np.uint8)
    return [flat[first : first + _PIECE] for first in range(0, len(flat), _PIECE)]
