"""The run folder of a stream: predictions beside what every run leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurocore.formats.image_file import save_image
from neurocore.formats.recording_file import save_recording
from neurocore.verbs.predictions_file import write_predictions
from neurocore.verbs.run_folder import new_folder
from neurocore.verbs.running import SPIKES_NAME, write_run
from neurocore.verbs.sources import IMAGE_NAME
from neurocore.verbs.stream_result import StreamResult

__all__ = ["write_stream"]


def write_stream(folder: Path, force: bool, result: StreamResult, plan: dict[str, Any], config: bytes | None) -> None:
    """Write it, whole or not at all.

    plan : what run.json says; config : the network's YAML as it was read
    """
    run, first = result.run, int(result.facts["first_frame"])
    with new_folder(folder, force) as aside:
        save_image(run.image, aside / IMAGE_NAME, compress=True)
        save_recording(run.recording, aside / SPIKES_NAME, image_digest=plan["image_digest"], compress=True)
        write_predictions(aside, result.votes, result.labels, first=first, names=result.names)
        if config is not None:
            (aside / "config.yaml").write_bytes(config)
        write_run(aside, run, plan, plan["report"])
