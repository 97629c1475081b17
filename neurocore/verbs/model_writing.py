"""Writing chips for other emulators: RANC's input.json, IBM's corelet models, and the spikes that go with them."""

from __future__ import annotations

from pathlib import Path

from neurocore.errors import NeurocoreError, closest
from neurocore.formats.ibm_corelet_writer import write_model
from neurocore.formats.ibm_spikes import write_sfti
from neurocore.formats.ranc_writer import write_ranc
from neurocore.image import ChipImage
from neurocore.spikes import AxonEvents
from neurocore.verbs.sources import Source, compile_source, open_for_run
from neurocore.verbs.stimulate import network_events, read_events

__all__ = ["MODEL_FORMATS", "write_json_model"]

MODEL_FORMATS = ("corelet", "ranc")


def write_json_model(
    source: str | Path,
    out: Path,
    *,
    to: str | None = None,
    input: str | Path | None = None,
    ticks: int | None = None,
) -> tuple[str, ...]:
    """Write a network, image or model as a .json model with the spikes that drive it. Returns remarks.

    to    : "corelet" or "ranc"; if left out, "ranc" for images of RANC's chip and for files called input.json
    input : spikes addressed to axons, instead of the network's stimulus or the model's packets
    ticks : of the network's stimulus; its own ``run.ticks`` if left out
    RANC's file holds its spikes as packets; with a corelet model goes NAME.sfti.
    """
    opened = open_for_run(source, ticks=ticks)
    image = opened.image or compile_source(opened).image
    if to is None:
        to = "ranc" if image.spec.name == "ranc" or out.name == "input.json" else "corelet"
    events = _events(opened, image, input)
    match to:
        case "ranc":
            return (*opened.remarks, *write_ranc(image, out, events))
        case "corelet":
            spikes = out.with_suffix(".sfti")
            if events is not None:
                write_sfti(events, spikes)
            wrote = (f"wrote {spikes}",) if events is not None else ()
            return (*opened.remarks, *wrote, *write_model(image, out))
        case _:
            raise NeurocoreError(f"there is no model format '{to}'", fix=closest(to, MODEL_FORMATS))


def _events(opened: Source, image: ChipImage, given: str | Path | None) -> AxonEvents | None:
    if given is not None:
        return read_events(given)
    if opened.network is not None:
        network = opened.network
        return network_events(opened, image, network.run.ticks)[1] if network.run.stimulus else None
    return opened.events
