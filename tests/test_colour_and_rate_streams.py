"""Colour networks, and those that see a frame for several ticks, streamed: the chip gives the integer model's votes."""

from __future__ import annotations

import json

import numpy as np
import pytest
from small_plans import bars, drawn, plan_of

import neurocore as nc
from neurocore.cli.main import main
from neurocore.network import Network
from neurocore.report.example_frames import draw_examples, visible
from neurocore.training.deploy import network_of
from neurocore.training.integer_model import predict, spikes_of, votes_of
from neurocore.training.plan import Plan
from neurocore.verbs import streaming
from neurocore.verbs.clearing import clears
from neurocore.verbs.cutting import depths, why_whole
from neurocore.verbs.run_loading import load_run
from neurocore.verbs.sources import compile_source, open_source

COLOURS = plan_of(input={"size": [8, 8], "colours": 3, "thresholds": [100, 180]}, layers=[
    {"channels": 12, "kernel": 4, "stride": 4}, {"channels": 12, "kernel": 2, "groups": 2}])  # fmt: skip
RATES = plan_of(ticks=4, input={"size": [8, 8]})
BOTH = plan_of(ticks=3, input={"size": [8, 8], "colours": 3}, members=2, views=[[0, 0], [1, -1]])
PLANS = {"colours": COLOURS, "rates": RATES, "both, members and views": BOTH}
FRAMES = 11


def made(plan: Plan, shown: int = 4) -> tuple[list[list[object]], np.ndarray, np.ndarray, Network]:
    members = [drawn(plan, 5 + member) for member in range(plan.members)]
    images, labels = bars(FRAMES, 2, plan.input.colours)
    return members, images, labels, network_of(plan, members, images[:shown], labels[:shown])


def wanted(plan: Plan, members, images: np.ndarray) -> np.ndarray:
    spikes = spikes_of(plan, images)
    return sum(votes_of(plan, layers, spikes, view) for layers in members for view in plan.views)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_every_frame_gets_the_votes_of_the_integer_model(plan, monkeypatch):
    members, images, labels, network = made(plan)
    votes = wanted(plan, members, images)
    assert len(np.unique(votes, axis=0)) > 3
    monkeypatch.setattr(streaming, "FRAMES_EACH", 4)
    monkeypatch.setattr(streaming, "FEWEST_MEASURED", FRAMES)
    found = nc.stream(network, images, labels=labels, threads=2)
    np.testing.assert_array_equal(found.votes, votes)
    np.testing.assert_array_equal(found.predictions, predict(plan, members, images))
    assert found.facts["one_piece_because"] is None
    assert found.classifier.accuracy == np.mean(votes.argmax(axis=1) == labels)
    ticks = plan.ticks + (plan.ticks > 1)
    assert found.estimate.throughput.ticks_per_frame == ticks and found.facts["latency_ticks"] == len(plan.layers)
    nominal = found.estimate.throughput.nominal
    assert nominal.frames_per_s == pytest.approx(1 / (ticks * nominal.tick_s))
    if plan is not BOTH:
        assert nc.verify(network, ticks=2 * ticks, reference_ticks=1).passed


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_torch_gives_the_same_votes(plan):
    torch = pytest.importorskip("torch", reason="training needs torch, which is not installed")
    from neurocore.training.torch_training import _as_tensor, exact_predictions
    from neurocore.training.torch_voters import Voters, coded

    plan = plan.model_copy(update={"views": [(0, 0)]})
    members, images, _, _ = made(plan)
    spikes = coded(plan, _as_tensor(images))
    found = sum(Voters(plan, 0).exact_votes(spikes, layers) for layers in members)
    assert torch.equal(found, torch.from_numpy(wanted(plan, members, images)))
    np.testing.assert_array_equal(exact_predictions(plan, members, images), predict(plan, members, images))


@pytest.mark.parametrize("plan", [COLOURS, RATES], ids=["colours", "rates"])
def test_the_command_shows_files_and_writes_what_was_found(plan, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(streaming, "FEWEST_MEASURED", FRAMES)
    members, images, labels, network = made(plan)
    nc.write(network, tmp_path / "net.yaml")
    np.savez(tmp_path / "x.npz", images=images, labels=labels)
    out = tmp_path / "run"
    given = ["run", str(tmp_path / "net.yaml"), "--images", str(tmp_path / "x.npz"), "--out", str(out), "--json"]
    assert main([*given, "--no-report"]) == 0
    facts = json.loads(capsys.readouterr().out)
    votes = wanted(plan, members, images)
    assert facts["predictions"] == votes.argmax(axis=1).tolist()
    assert facts["accuracy"] == np.mean(votes.argmax(axis=1) == labels)
    with np.load(out / "predictions.npz", allow_pickle=False) as file:
        np.testing.assert_array_equal(file["votes"], votes)


def test_frames_are_cut_only_where_they_are_cleared():
    _, _, _, network = made(RATES)
    image = compile_source(open_source(network)).image
    assert clears(network, "pixels", depths(network, "pixels")) and why_whole(network, image, "pixels") == ""

    def why(changed: Network) -> str:
        assert not clears(changed, "pixels", depths(changed, "pixels"))
        return why_whole(changed, image, "pixels")

    def stimulus(name: str, kind: str, **changes: object) -> Network:
        one = network.run.stimulus[name]
        given = one.model_copy(update={kind: getattr(one, kind).model_copy(update=changes)})
        run = network.run.model_copy(update={"stimulus": network.run.stimulus | {name: given}})
        return network.model_copy(update={"run": run})

    def projection(number: int, **changes: object) -> Network:
        others = list(network.projections)
        others[number] = others[number].model_copy(update=changes)
        return network.model_copy(update={"projections": others})

    def neuron(**changes: object) -> Network:
        last = network.populations["votes"]
        votes = last.model_copy(update={"neuron": last.neuron.model_copy(update=changes)})
        return network.model_copy(update={"populations": network.populations | {"votes": votes}})

    clearing = [number for number, one in enumerate(network.projections) if one.from_ == "clear"]
    assert len(clearing) == 2
    driven = "another input is driven, too"
    assert why(stimulus("pixels", "images", silent_ticks=0)) == driven
    assert why(stimulus("clear", "regular", start=1)) == driven
    assert why(stimulus("clear", "regular", period=4)) == driven
    assert why(projection(clearing[1], delay=1)) == driven
    assert why(projection(clearing[0], weight=-1)) == driven
    assert why(network.model_copy(update={"projections": [network.projections[n] for n in (0, 1, 2)]})) == driven
    for changes in ({"floor": None}, {"reset": "linear"}, {"threshold": 255}, {"initial_potential": 1}):
        assert why(neuron(**changes)) == driven


def test_images_of_event_cameras_have_two_channels_and_are_drawn(tmp_path):
    plan = plan_of(input={"size": [8, 8], "colours": 2, "thresholds": [1]})
    layers = drawn(plan, 3)
    images = np.random.default_rng(1).integers(0, 3, (9, 8, 8, 2)).astype(np.uint8)
    labels = predict(plan, [layers], images)
    network = network_of(plan, [layers], images[:3], labels[:3])
    found = nc.stream(network, images, labels=labels, out=tmp_path / "run", report=False)
    np.testing.assert_array_equal(found.votes, votes_of(plan, layers, spikes_of(plan, images)))
    assert found.classifier.accuracy == 1
    again = load_run(tmp_path / "run")
    assert again.shown.pixels.shape == (9, 8, 8, 2)
    assert visible(images[0]).max() == 255 and visible(images[0]).shape == (8, 8)
    assert draw_examples(again.image, again.recording, again.classifier, again.shown).axes
