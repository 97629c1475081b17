"""The table of docs/frames.md: shipped classifiers, measured again from their weights, beside what IBM published.

``python tools/frames.py`` streams the test images that each network of configs/frames comes with. ``--images FILE``
shows all of another file instead (MNIST's mnist.npz with test_images, or t10k-images-idx3-ubyte), ``--check`` also runs
the integer model, exit code 1 says that some vote of the chip differs. ``--docs`` writes the table into the page.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import neurocore as nc
from neurocore.errors import NeurocoreError
from neurocore.formats.file_writing import write_atomically
from neurocore.network import Network
from neurocore.report.frame_energy import FramePoint, draw_frame_energy
from neurocore.report.published_frames import PUBLISHED, PublishedFrames
from neurocore.training.plan import Plan
from neurocore.training.plan_yaml import read_plan
from neurocore.verbs.machine import machine_facts
from neurocore.verbs.run_folder import versions
from neurocore.verbs.shown_frames import frames_for
from neurocore.verbs.stream_result import StreamResult

if __package__ in (None, ""):  # called as a script
    sys.path.insert(0, str(Path(__file__).parents[1]))
from tools.frames_model import integer_votes

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "configs/frames"
PAGE = ROOT / "docs/frames.md"
PICTURE = ROOT / "docs/images/frames.png"
RESULTS = ROOT / "tools/bench/results/frames.json"
BEGIN, END = "<!-- frames: begin -->", "<!-- frames: end -->"
COLUMNS = (
    "network", "accuracy", "cores", "synaptic operations a frame", "tick", "frames/s", "mW", "frames/s/W", "uJ a frame",
    "emulator, frames/s",
)  # fmt: skip


def measure(path: Path, images: Path | None, *, check: bool, threads: int | None) -> dict[str, Any]:
    """One network: everything that the table says of it. Raises NeurocoreError for what cannot be read."""
    network = nc.read(path)
    plan = plan_of(path)
    shown: Any = images
    labels, pad = None, 0
    if images is None:
        coded, classify = network.run.stimulus["pixels"].images, network.run.classify
        assert coded is not None
        assert classify is not None
        shown, labels = np.asarray(coded.values), np.asarray(classify.labels)
    elif plan is not None:
        pad = plan.data.pad
    began = time.perf_counter()
    done = nc.stream(network, shown, labels=labels, pad=pad, threads=threads)
    facts = row_of(path.stem, done) | {"seconds": time.perf_counter() - began}
    if check:
        facts |= checked(network, plan, done, shown, labels, pad)
    return facts


def plan_of(path: Path) -> Plan | None:
    """The plan that a network was trained by, where it is there."""
    plan = path.parent / "plans" / path.name
    return read_plan(plan) if plan.is_file() else None


def row_of(name: str, done: StreamResult) -> dict[str, Any]:
    """A network's figures, from its stream."""
    throughput, scored = done.estimate.throughput, done.classifier
    return {
        "network": name,
        "frames": len(done.votes),
        "accuracy": None if scored is None else scored.accuracy,
        "cores": done.run.image.cores,
        "synaptic_operations_per_frame": done.operations_per_frame,
        "latency_ticks": done.facts["latency_ticks"],
        "limited_by": done.estimate.timing.limited_by,
        "voltage_v": done.estimate.energy.voltage_v,
        "nominal": throughput.nominal.as_dict(),
        "fastest": throughput.fastest.as_dict(),
        "emulator": done.facts["emulator"],
    }


def checked(
    network: Network, plan: Plan | None, done: StreamResult, images: Any, labels: Any, pad: int
) -> dict[str, Any]:
    """How many frames the chip and the integer model see differently."""
    if plan is None:
        raise NeurocoreError(f"'{network.name}' has no plan in {SHIPPED / 'plans'}", fix="leave --check out")
    pixels = frames_for(network, images, labels, first=0, count=None, pad=pad).pixels
    wrong = (integer_votes(network, plan, pixels) != done.votes).any(axis=1)
    return {"compared_frames": len(wrong), "mismatches": int(wrong.sum())}


def table(rows: Sequence[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """The rows of the table, as texts: two for each of ours, one for each published."""
    for facts in rows:
        for which in ("nominal", "fastest"):
            point, first = facts[which], which == "nominal"
            power = [point[f"power_w_{whose}"] for whose in ("whole_chip", "used_cores")]
            energy = [point[f"energy_per_frame_j_{whose}"] for whose in ("whole_chip", "used_cores")]
            accuracy = facts["accuracy"]
            yield (
                f"{facts['network']}, {which} tick",
                f"{accuracy:.2%}" if first and accuracy is not None else "",
                f"{facts['cores']:,}" if first else "",
                f"{facts['synaptic_operations_per_frame']:,.0f}" if first else "",
                f"{point['tick_s'] * 1e6:,.0f} us",
                f"{point['frames_per_s']:,.0f}",
                both(power, 1e3),
                both([point["frames_per_s"] / watt for watt in power], 1),
                both(energy, 1e6),
                f"{facts['emulator']['frames_per_s']:,.0f}" if first else "",
            )
    yield from map(published, PUBLISHED)


def published(one: PublishedFrames) -> tuple[str, ...]:
    """A row of IBM's."""
    rate = one.frames_per_s / one.power_w if one.frames_per_s and one.power_w else None
    return (
        f"{one.dataset}, {one.source}",
        f"{one.accuracy:.2%}",
        f"{one.cores:,}" if one.cores else "",
        "",
        f"{1e6 / one.frames_per_s:,.0f} us" if one.frames_per_s else "",
        f"{one.frames_per_s:,.0f}" if one.frames_per_s else "",
        f"{one.power_w * 1e3:.1f}" if one.power_w else "",
        f"{rate:,.0f}" if rate else "",
        digits(one.energy_per_frame_j * 1e6),
        "",
    )


def both(values: Sequence[float], factor: float) -> str:
    """Whole chip, then used cores."""
    return " / ".join(digits(value * factor) for value in values)


def digits(value: float) -> str:
    """Three digits; whole numbers from a hundred on."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """The table for the page, and the sentences that say what was measured."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
    lines += ["| " + " | ".join(cells) + " |" for cells in table(rows)]
    said = []
    for facts in rows:
        sentence = f"{facts['network']}: {facts['frames']:,} test images, {facts['emulator']['threads']} threads"
        if "mismatches" in facts:
            sentence += (
                f"; {facts['mismatches']} of {facts['compared_frames']:,} images with a vote that the integer model "
                f"does not give"
            )
        said.append(sentence)
    machine = machine_facts()
    said.append(f"emulated on {machine['processors']} processors ({machine['processor']})")
    return "\n".join([*lines, "", "\n".join(f"* {sentence}." for sentence in said)])


def with_table(page: str, text: str) -> str:
    """The page with the part between its marks replaced."""
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise NeurocoreError(f"{PAGE}: no {BEGIN} ... {END}", fix="put both marks into the page")
    return f"{before}{BEGIN}\n{text}\n{END}{after}"


def write_page(rows: Sequence[dict[str, Any]]) -> None:
    """The table and the picture of the page."""
    text = with_table(PAGE.read_text(encoding="utf-8"), markdown(rows))
    with write_atomically(PAGE, "w") as file:
        file.write(text)
    points = [
        FramePoint(
            name=facts["network"],
            accuracy=facts["accuracy"],
            whole_chip_j=facts["fastest"]["energy_per_frame_j_whole_chip"],
            used_cores_j=facts["fastest"]["energy_per_frame_j_used_cores"],
        )
        for facts in rows
        if facts["accuracy"] is not None
    ]
    with write_atomically(PICTURE) as file:
        draw_frame_energy(points).savefig(file, format="png", dpi=110)


def print_table(rows: Sequence[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    shown = Table(*COLUMNS, title="whole chip / used cores")
    for cells in table(rows):
        shown.add_row(*cells)
    Console(width=None if sys.stdout.isatty() else 200).print(shown)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("networks", nargs="*", type=Path, help="networks (default: configs/frames/*.yaml)")
    parser.add_argument("--images", type=Path, help="show these (default: the images each network comes with)")
    parser.add_argument("--threads", type=int, help="worker threads (default: all processors)")
    parser.add_argument("--check", action="store_true", help="compare every vote with the integer model")
    parser.add_argument("--out", type=Path, default=RESULTS, help=f"JSON (default: {RESULTS.relative_to(ROOT)})")
    parser.add_argument("--docs", action="store_true", help="write the table into docs/frames.md")
    options = parser.parse_args(arguments)
    rows = []
    try:
        for path in options.networks or sorted(SHIPPED.glob("*.yaml")):
            print(f"{path.stem} ...", file=sys.stderr)
            rows.append(measure(path, options.images, check=options.check, threads=options.threads))
        facts = {"rows": rows, "machine": machine_facts(), "versions": versions(), "made": time.strftime("%Y-%m-%d")}
        options.out.parent.mkdir(parents=True, exist_ok=True)
        with write_atomically(options.out, "w") as file:
            file.write(json.dumps(facts, indent=1) + "\n")
        if options.docs:
            write_page(rows)
    except NeurocoreError as error:
        print(f"frames: {error}", file=sys.stderr)
        return error.exit_code
    print_table(rows)
    wrong = [facts["network"] for facts in rows if facts.get("mismatches")]
    for facts in rows:
        if "mismatches" in facts:
            print(f"{facts['network']}: {facts['mismatches']} mismatches in {facts['compared_frames']:,} images")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
