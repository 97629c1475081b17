"""predictions.csv and predictions.npz in a run folder: what a classifier said of each frame of a stream."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ImageError
from neurocore.formats.file_writing import write_atomically, write_npz
from neurocore.formats.files import open_npz
from neurocore.network import Classify
from neurocore.report.classifier import ClassifierResult, score

__all__ = ["CSV_NAME", "NPZ_NAME", "read_score", "write_predictions"]

CSV_NAME: Final = "predictions.csv"
NPZ_NAME: Final = "predictions.npz"


def write_predictions(
    folder: Path,
    votes: npt.NDArray[np.int64],
    labels: npt.NDArray[np.int64] | None,
    *,
    first: int = 0,
    names: tuple[str, ...] = (),
) -> None:
    """Write both files.

    votes  : int64[F, K]; labels : int64[F] or None
    first  : number of the first frame; names : of the frames' files, or none

    predictions.csv : a row a frame: frame, file (where there are names), label (where known), predicted, votes_0 ...
    predictions.npz : frame int64[F], predicted int64[F], votes int64[F, K], and label int64[F] where known
    """
    frames, predicted = np.arange(first, first + len(votes)), votes.argmax(axis=1)
    columns: dict[str, Any] = {"frame": frames.tolist()}
    columns |= {"file": names} if names else {}
    columns |= {"label": labels.tolist()} if labels is not None else {}
    columns |= {"predicted": predicted.tolist()}
    columns |= {f"votes_{number}": votes[:, number].tolist() for number in range(votes.shape[1])}
    with write_atomically(folder / CSV_NAME, "w") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(columns)
        table.writerows(zip(*columns.values(), strict=True))
    arrays = {"frame": frames.astype(np.int64), "predicted": predicted.astype(np.int64), "votes": votes}
    write_npz(folder / NPZ_NAME, arrays | ({"label": labels} if labels is not None else {}), compress=True)


def read_score(folder: Path, wanted: Classify) -> ClassifierResult:
    """The score of all frames, from predictions.npz. Raises ImageError naming the file and the array."""
    path = folder / NPZ_NAME
    with open_npz(path) as file:
        file.expect("votes", np.int64, (None, wanted.classes))
        file.expect("label", np.int64, (file.headers["votes"].shape[0],))
        votes, labels = file.read("votes"), file.read("label")
    for name, array in (("votes", votes), ("label", labels)):
        if not len(array) or (array < 0).any() or (name == "label" and (array >= wanted.classes).any()):
            raise ImageError("holds numbers that cannot be there", file=str(path), path=name, fix="run again")
    return score(votes, labels, wanted)
