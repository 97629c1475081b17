"""The summary: its numbers follow from the recording, its text and keys are pinned."""

from __future__ import annotations

import json

import numpy as np
import pytest
from report_cases import plain_image, random_spikes, recorded, with_populations

from neurocore.network import Classify
from neurocore.recording import COUNTERS
from neurocore.report.classifier import classify
from neurocore.report.summary import summarize

TEXT = """\
case: 2,000 ticks on 'truenorth'
  cores               2 of 64
  neurons             32
  synapses            3
  wall time           500 ms with 2 threads
  speed               4,000 ticks/s, 4 x real time (1 ms ticks)
  spikes              5, mean 0.0781 Hz per neuron, 10 spikes/s emulated
  synaptic operations 1,234,567
  SOPS                2.47 MSOPS emulated, 617 kSOPS at the nominal tick
  axon events         40, 7 spikes merged
  hops                9, mean 3 over 3 spikes sent to cores
  busiest core        1 at (1, 0): 1,234,567 synaptic operations, 2 spikes
  accuracy            50.00% (1 of 2 frames, 1 silent)
  frames              999 ticks each, 4 frames/s
  compiled
    expand: 32 neurons
    place: in order"""


def case():
    image = with_populations(plain_image(2), {"digit": 32})
    image.crossbar[1, 2, 0] = 0b111
    image.target_core[0, :3] = 1
    image.target_core[0, 3] = -2
    spikes = [(5, 0, 0), (6, 0, 1), (7, 0, 2), (5, 1, 0), (6, 1, 1)]
    counters = {"synaptic_operations": 1_234_567, "axon_events": 40, "merged_spikes": 7, "hops": 9}
    return image, recorded(image, spikes, 2000, **counters)


def score(image, recording):
    wanted = Classify(population="digit", classes=2, labels=[0, 1], ticks_each=999, latency=2)
    return classify(image, recording, wanted)


def test_the_text_says_it_all_in_aligned_lines():
    image, recording = case()
    notes = ("expand: 32 neurons", "place: in order")
    summary = summarize(image, recording, threads=2, notes=notes, classifier=score(image, recording))
    assert summary.text() == TEXT


def test_the_dictionary_has_the_same_facts_as_plain_json():
    image, recording = case()
    summary = summarize(image, recording, threads=2, notes=("a",), classifier=score(image, recording))
    facts = json.loads(json.dumps(summary.as_dict(), allow_nan=False))
    assert facts == summary.as_dict()
    assert facts["classifier"].pop("confusion") == [[1, 0], [1, 0]]
    assert facts == {
        "name": "case",
        "chip": "truenorth",
        "cores_used": 2,
        "cores_available": 64,
        "neurons_used": 32,
        "synapses": 3,
        "spikes_per_s": 10.0,
        "phase_s": {},
        "start_tick": 0,
        "ticks": 2000,
        "tick_s": 0.001,
        "model_time_s": 2.0,
        "wall_s": 0.5,
        "threads": 2,
        "seed": 0,
        "ticks_per_s": 4000.0,
        "real_time_factor": 4.0,
        "spikes": 5,
        "mean_rate_hz": 5 / 64,
        "synaptic_operations": 1_234_567,
        "sops_emulated": 2_469_134.0,
        "sops_nominal": 617_283.5,
        "axon_events": 40,
        "neuron_updates": 0,
        "merged_spikes": 7,
        "routed_spikes": 3,
        "hops": 9,
        "hops_per_routed_spike": 3.0,
        "busiest_core": {"core": 1, "x": 1, "y": 0, "synaptic_operations": 1_234_567, "spikes": 2},
        "classifier": {
            "population": "digit",
            "frames": 2,
            "first_frame": 0,
            "ticks_per_frame": 999,
            "correct": 1,
            "accuracy": 0.5,
            "silent_frames": 1,
        },
        "frames_per_s": 4.0,
        "notes": ["a"],
    }


def test_a_silent_run_without_measurable_time_divides_by_nothing():
    image = plain_image()
    summary = summarize(image, recorded(image, [], 1, wall_s=0.0), threads=1, notes=())
    facts = summary.as_dict()
    unknown = {key for key, value in facts.items() if value is None}
    assert unknown == {
        "ticks_per_s",
        "real_time_factor",
        "spikes_per_s",
        "sops_emulated",
        "hops_per_routed_spike",
        "classifier",
        "frames_per_s",
    }
    text = summary.text()
    assert text.startswith("case: 1 tick on 'truenorth'\n")
    assert "0, no spike was sent to a core" in text and "1 thread\n" in text
    assert "speed" not in text and "accuracy" not in text and "compiled" not in text


def test_totals_are_sums_over_cores():
    image = plain_image(5)
    recording = recorded(image, random_spikes(image, 50, 300), 50, hops=3)
    recording.counters[:] += np.arange(30).reshape(5, 6)
    facts = summarize(image, recording, threads=1, notes=()).as_dict()
    for counter in COUNTERS:
        assert facts[counter] == recording.total(counter)


@pytest.mark.parametrize(
    ("operations", "spikes", "busiest"),
    [((1, 9, 3), (9, 0, 0), 1), ((2, 2, 2), (0, 4, 5), 2), ((0, 0, 0), (1, 1, 1), 0)],
)
def test_the_busiest_core_has_most_operations_then_most_spikes_then_the_lowest_number(operations, spikes, busiest):
    image = plain_image(3)
    recording = recorded(image, [], 1)
    recording.counters[:, COUNTERS.index("synaptic_operations")] = operations
    recording.counters[:, COUNTERS.index("spikes")] = spikes
    assert summarize(image, recording, threads=1, notes=()).as_dict()["busiest_core"]["core"] == busiest
