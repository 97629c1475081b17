"""Populations' spikes as tables of other simulators, NEST and SANA-FE, and as plain tables and archives of ticks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import NeurocoreError
from neurocore.formats.file_writing import write_atomically, write_npz
from neurocore.trains import PopulationSpikes

__all__ = ["write_nest", "write_pins_csv", "write_populations_npz", "write_sanafe"]

_ROWS: Final = 2**16


def write_nest(spikes: Sequence[PopulationSpikes], path: Path, tick_s: float) -> None:
    """The table of NEST's spike_recorder: ``sender`` and ``time_ms`` with a tab between, by time.

    Senders are numbered from 1 over the populations, as NEST numbers nodes that are made in their order; a spike of
    tick t has the time t * tick_s. Source: NEST 3, RecordingBackendASCII.
    Raises NeurocoreError where the file cannot be written.
    """
    tick_ms = tick_s * 1e3
    decimals = next((n for n in range(3, 10) if abs(round(tick_ms, n) - tick_ms) <= 1e-12 * tick_ms), None)

    def rows(tick: npt.NDArray[Any], neuron: npt.NDArray[Any]) -> str:
        times = (tick * tick_ms).tolist()
        texts = map(repr, times) if decimals is None else (f"{time:.{decimals}f}" for time in times)
        return "".join(f"{number + 1}\t{text}\n" for number, text in zip(neuron.tolist(), texts, strict=True))

    # NEST's readers skip three lines: two of comments, one of names
    _write(
        spikes, path, "# spikes in the layout of NEST's spike_recorder\n# written by neurocore\nsender\ttime_ms\n", rows
    )


def write_sanafe(spikes: Sequence[PopulationSpikes], path: Path) -> None:
    """SANA-FE's spike trace: ``neuron,timestep`` with neurons as GROUP.NUMBER; its first time step, tick 0 here, is 1.

    Source: SANA-FE 2, sim_trace_record_spikes. Raises NeurocoreError where the file or a name cannot be written.
    """
    for one in spikes:
        if set(one.name) & set(',"\r\n'):
            raise NeurocoreError(
                f"{path}: the population '{one.name}' cannot be named in this table", fix="choose another"
            )
    starts = np.cumsum([0, *(one.size for one in spikes)])
    names = [one.name for one in spikes]

    def rows(tick: npt.NDArray[Any], neuron: npt.NDArray[Any]) -> str:
        group = np.searchsorted(starts, neuron, side="right") - 1
        index = neuron - starts[group]
        found = zip(group.tolist(), index.tolist(), tick.tolist(), strict=True)
        return "".join(f"{names[g]}.{i},{t + 1}\n" for g, i, t in found)

    _write(spikes, path, "neuron,timestep\n", rows)


def write_pins_csv(spikes: PopulationSpikes, path: Path) -> None:
    """One population as ``tick,index``, as an input's stimulus reads it. Raises NeurocoreError."""

    def rows(tick: npt.NDArray[Any], neuron: npt.NDArray[Any]) -> str:
        return "".join(f"{t},{i}\n" for t, i in zip(tick.tolist(), neuron.tolist(), strict=True))

    _write([spikes], path, "tick,index\n", rows)


def write_populations_npz(spikes: Sequence[PopulationSpikes], path: Path) -> None:
    """Arrays ``tick`` and ``index`` of one population; NAME.tick and NAME.index of several. Raises NeurocoreError."""
    arrays: dict[str, npt.NDArray[Any]] = {}
    for one in spikes:
        prefix = f"{one.name}." if len(spikes) > 1 else ""
        arrays |= {f"{prefix}tick": one.tick.astype(np.int64), f"{prefix}index": one.neuron.astype(np.int32)}
    write_npz(path, arrays, compress=True)


def _write(
    spikes: Sequence[PopulationSpikes],
    path: Path,
    header: str,
    rows: Callable[[npt.NDArray[Any], npt.NDArray[Any]], str],
) -> None:
    """All spikes by tick, then by their neuron's number over all populations, some thousands at a time."""
    starts = np.cumsum([0, *(one.size for one in spikes)])
    tick = np.concatenate([one.tick for one in spikes] or [np.zeros(0, np.int64)])
    numbers = [one.neuron + start for one, start in zip(spikes, starts[:-1], strict=True)]
    neuron = np.concatenate(numbers or [np.zeros(0, np.int64)]).astype(np.int64)
    order = np.lexsort((neuron, tick))
    with write_atomically(path, "w") as file:
        file.write(header)
        for first in range(0, len(order), _ROWS):
            part = order[first : first + _ROWS]
            file.write(rows(tick[part], neuron[part]))
