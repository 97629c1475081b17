"""Each verb of the command line once in earnest, on a network small enough to read."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

VERBS = (
    "check",
    "compile",
    "run",
    "resume",
    "verify",
    "show",
    "report",
    "compare",
    "convert",
    "remap",
    "batch",
    "bench",
    "estimate",
    "sweep",
)


def test_help_names_every_verb(neurocore):
    told = neurocore("--help")
    assert told.code == 0
    assert all(f"\n    {verb}" in told.out for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(neurocore, verb):
    told = neurocore(verb, "--help")
    assert told.code == 0
    assert f"usage: neurocore {verb}" in told.out


def test_help_loads_neither_numba_nor_matplotlib_nor_pydantic():
    script = (
        "import sys; from neurocore.cli.main import build_parser; build_parser().format_help(); print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numba", "matplotlib", "numpy", "pydantic", "rich"} & set(loaded)


def test_a_word_that_is_no_verb_is_bad_input(neurocore):
    assert neurocore("emulate").code == 2


def test_check_says_how_full_the_chip_is(neurocore):
    told = neurocore("check", "small.yaml")
    assert (told.code, told.err) == (0, "")
    lines = told.out.splitlines()
    assert lines[0] == "small: fits truenorth"
    assert lines[5] == "  cores                             1  of 4,096; at least 1 (neurons 1, axons 1, copies 1)"
    assert [line.split()[0] for line in lines[-11:-3]] == [
        *("pass", "expand", "prune", "realise", "partition", "place", "assemble", "all")
    ]
    assert lines[-3].startswith("  memory   200.0 MiB   for 60 ticks, and 20 bytes a spike (160 B at 20 Hz)")
    assert lines[-2].endswith(" at most to make a stimulus of 144 spikes at axons")
    assert lines[-1] == "  disk      35.0 KiB   for 60 ticks, and 20 bytes a spike (160 B at 20 Hz)"
    facts = neurocore("check", "small.yaml", "--json").json()
    assert (facts["needs"]["ticks"], facts["needs"]["spikes"]) == (60, 8)
    assert (facts["fits"], facts["cores"], facts["cores_available"]) == (True, 1, 4096)
    assert (facts["mapping"]["bound"], facts["mapping"]["passes"][0]["pass"]) == (1, "expand")


def test_check_looks_at_probes_and_stimuli(neurocore, place):
    text = (place / "small.yaml").read_text()
    (place / "small.yaml").write_text(text.replace("[0, 2]", "[0, 3]"))
    told = neurocore("check", "small.yaml")
    assert told.code == 2
    assert told.err == (
        "neurocore: small.yaml:18: run.probes[0].neurons: neuron 3 does not exist\n  fix: 'noisy' has neurons 0..2\n"
    )


def test_compile_writes_an_image_that_runs_like_the_network(neurocore):
    assert neurocore("compile", "small.yaml", "-o", "chip.npz").code == 0
    facts = neurocore("check", "small.yaml", "--json").json()
    assert neurocore("show", "chip.npz", "--json").json()["digest"] == facts["digest"]


def test_a_network_that_does_not_fit_is_a_failed_check(neurocore):
    told = neurocore("check", "small.yaml", "--set", "chip.preset=tiny", "--set", "inputs.eyes.shape=40")
    assert told.code == 1
    assert told.err == (
        "neurocore: small.yaml:7: populations.middle: middle[0] needs 40 axons (40 sources; 40 of type 0), a core has "
        "16; so do 3 more neurons\n  fix: at most 16 sources fit at these weights: a sparse or local projection, fewer "
        "different weights per source, an extra layer in between, or mapping: {fan_in: split}, which is not exact\n"
    )


def test_run_writes_a_folder_that_holds_everything(neurocore, place):
    told = neurocore("run", "small.yaml", "--out", "first")
    assert told.code == 0
    names = {path.name for path in (place / "first").iterdir()}
    assert names >= {"run.json", "config.yaml", "image.npz", "spikes.npz", "summary.txt", "summary.json", "figures"}
    assert {path.name for path in (place / "first/figures").iterdir()} >= {"raster.png", "core_map.png"}
    facts = json.loads((place / "first/run.json").read_text())
    assert (facts["ticks"], facts["seed"], facts["interrupted"]) == (60, 5, False)
    assert (place / "first/summary.txt").read_text() == told.out


def test_run_never_replaces_a_run_unasked(neurocore, place):
    assert neurocore("run", "small.yaml", "--out", "first", "-q", "--no-report").code == 0
    before = (place / "first/spikes.npz").read_bytes()
    told = neurocore("run", "small.yaml", "--out", "first", "--seed", "9", "--no-report")
    assert told.code == 2
    assert told.err == ("neurocore: first already holds a run\n  fix: give --force to replace it, or another --out\n")
    assert (place / "first/spikes.npz").read_bytes() == before
    assert neurocore("run", "small.yaml", "--out", "first", "--seed", "9", "--force", "--no-report").code == 0
    assert (place / "first/spikes.npz").read_bytes() != before


def test_run_never_touches_a_folder_that_is_no_run(neurocore, place):
    (place / "mine").mkdir()
    (place / "mine/thesis.txt").write_text("years of work")
    told = neurocore("run", "small.yaml", "--out", "mine", "--force")
    assert told.code == 2
    assert told.err == "neurocore: mine holds files that are not a run\n  fix: choose another --out\n"
    assert (place / "mine/thesis.txt").read_text() == "years of work"


def test_same_seed_same_spikes_on_any_backend_and_threads(neurocore):
    neurocore("run", "small.yaml", "--out", "a", "--threads", "1", "--no-report")
    neurocore("run", "small.yaml", "--out", "b", "--threads", "2", "--no-report")
    neurocore("run", "small.yaml", "--out", "c", "--backend", "reference", "--no-report")
    assert neurocore("compare", "a", "b").code == 0
    told = neurocore("compare", "a", "c")
    assert told.code == 0
    assert "0 missing, 0 extra" in told.out


def test_compare_names_the_first_difference(neurocore):
    neurocore("run", "small.yaml", "--out", "a", "--no-report")
    neurocore("run", "small.yaml", "--out", "b", "--seed", "6", "--no-report")
    told = neurocore("compare", "a", "b")
    assert told.code == 1
    assert "first difference: " in told.out
    assert neurocore("compare", "a", "b", "--json").json()["same"] is False


def test_an_image_runs_with_input_spikes_from_a_file(neurocore, place):
    neurocore("compile", "small.yaml", "-o", "chip.npz")
    (place / "in.csv").write_text("tick,core,axon\n" + "".join(f"{tick},0,0\n" for tick in range(10)))
    told = neurocore("run", "chip.npz", "--input", "in.csv", "--ticks", "20", "--out", "r", "--json", "--no-report")
    assert told.code == 0
    facts = told.json()
    assert facts["axon_events"] >= 10


def test_an_image_needs_to_be_told_how_long(neurocore):
    neurocore("compile", "small.yaml", "-o", "chip.npz")
    told = neurocore("run", "chip.npz")
    assert (told.code, told.err) == (2, "neurocore: an image does not say how long to run\n  fix: give --ticks N\n")


def test_no_files_writes_nothing(neurocore, place):
    assert neurocore("run", "small.yaml", "--no-files").code == 0
    assert {path.name for path in place.iterdir()} == {"small.yaml"}


def test_set_changes_one_value_and_run_json_remembers_it(neurocore, place):
    told = neurocore(
        "run", "small.yaml", "--out", "r", "--set", "populations.middle.neuron.threshold=1000", "--no-report"
    )
    assert told.code == 0
    facts = json.loads((place / "r/run.json").read_text())
    assert facts["changes"] == {"populations.middle.neuron.threshold": 1000}
    assert json.loads((place / "r/summary.json").read_text())["spikes"] == 0


def test_verify_proves_mapping_threads_and_kernels(neurocore):
    told = neurocore("verify", "small.yaml")
    assert told.code == 0
    lines = told.out.splitlines()
    assert len(lines) == 4 and all(line.startswith("ok  ") for line in lines)
    assert [line.split(": ")[0] for line in lines][:2] == [
        "ok    logical = mapped, population middle",
        "ok    logical = mapped, population noisy",
    ] or "copies" in told.out
    assert neurocore("verify", "small.yaml", "--json").json()["passed"] is True


def test_report_makes_the_same_summary_again(neurocore, place):
    first = neurocore("run", "small.yaml", "--out", "r")
    for path in (place / "r/figures").iterdir():
        path.unlink()
    again = neurocore("report", "r")
    assert again.code == 0
    assert again.out == first.out
    assert (place / "r/figures/raster.png").stat().st_size > 1000


def test_convert_turns_runs_and_spikes_into_other_files(neurocore, place):
    neurocore("run", "small.yaml", "--out", "r", "--no-report")
    assert neurocore("convert", "r", "-o", "all.csv").code == 0
    spikes = np.load(place / "r/spikes.npz", allow_pickle=False)["spike_tick"]
    assert len((place / "all.csv").read_text().splitlines()) == len(spikes) + 1
    assert neurocore("convert", "r", "-o", "out.sfcp").code == 0
    assert neurocore("compare", "r", "out.sfcp").code == 0
    (place / "in.csv").write_text("tick,core,axon\n1,0,0\n5,0,3\n")
    assert neurocore("convert", "in.csv", "-o", "in.sfti").code == 0
    assert neurocore("convert", "in.sfti", "-o", "back.csv").code == 0
    assert (place / "back.csv").read_text() == (place / "in.csv").read_text()


def test_convert_refuses_pairs_without_meaning(neurocore, place):
    told = neurocore("convert", "small.yaml", "-o", "small.pdf")
    assert told.code == 2
    assert told.err.startswith("neurocore: cannot convert small.yaml to small.pdf\n  fix: allowed: ")


def test_a_missing_file_is_named(neurocore):
    for verb in ("check", "run", "verify", "show"):
        told = neurocore(verb, "absent.yaml")
        assert told.code == 2
        assert told.err.startswith("neurocore: absent.yaml: ")


def test_ctrl_c_keeps_what_was_done(place: Path):
    command = [sys.executable, "-m", "neurocore", "run", "small.yaml", "--ticks", "200000000", "--out", "long", "-q"]
    command += ["--set", "run.stimulus={}", "--set", "run.probes=[]"]
    for seconds in (3, 9, 27, 81):  # until it runs; a busy machine takes long to come so far
        script = subprocess.Popen(command, stderr=subprocess.PIPE, cwd=place)
        time.sleep(seconds)
        script.send_signal(signal.SIGINT)
        try:
            _, err = script.communicate(timeout=120)
        finally:
            script.kill()
        if (place / "long/run.json").is_file():
            break
    assert script.returncode == 130, err
    facts = json.loads((place / "long/run.json").read_text())
    assert facts["interrupted"] and 0 < facts["ticks"] < 200_000_000
    assert (place / "long/summary.txt").stat().st_size > 0


def test_ctrl_c_while_compiling_leaves_no_file(place: Path):
    (place / "large.yaml").write_text(
        "neurocore: 1\nname: large\nchip: {chips: [4, 4]}\n"
        "populations: {p: {shape: [200000], neuron: {threshold: 5}}}\n"
        "projections: [{from: p, to: p, pattern: random, fan_in: 100, weight: 1}]\noutputs: [p]\n"
    )
    before = sorted(place.iterdir())
    command = [sys.executable, "-m", "neurocore", "compile", "large.yaml", "-o", "large.npz"]
    script = subprocess.Popen(command, stderr=subprocess.PIPE, cwd=place)
    time.sleep(3)
    script.send_signal(signal.SIGINT)
    _, err = script.communicate(timeout=60)
    assert (script.returncode, err) == (130, b"neurocore: interrupted\n")
    assert sorted(place.iterdir()) == before


def test_progress_is_quiet_in_a_pipe(place: Path):
    done = subprocess.run(
        [sys.executable, "-m", "neurocore", "run", "small.yaml", "--no-files"],
        capture_output=True,
        text=True,
        cwd=place,
        env=os.environ | {"COLUMNS": "80"},
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_remap_maps_a_chip_again(neurocore, place):
    told = neurocore("remap", "small.yaml", "--ticks", "60", "-o", "again.npz")
    assert told.code == 0
    assert "ok    output spikes before = after: " in told.out
    assert told.out.endswith("  wrote again.npz\n")
    facts = neurocore("remap", "again.npz", "--json").json()
    assert (facts["passed"], facts["check"]["wrong"]) == (True, 0)
    assert facts["file"] == "again.remapped.npz"
    assert facts["cores"] <= facts["cores_before"]
