"""Valid small files of every kind that neurocore reads, made anew by neurocore's own writers where it has them."""

from __future__ import annotations

import io
import json
import struct
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from neurocore.arch import PRESETS
from neurocore.emulator.reference import run_reference
from neurocore.emulator.stimulus import axon_events, input_spikes
from neurocore.formats.events.aedat4 import EVENT
from neurocore.formats.events.nir_data import write_nir_data
from neurocore.formats.events.sonata import write_sonata
from neurocore.formats.ibm_spikes import write_sfcp, write_sfti
from neurocore.formats.image_file import save_image
from neurocore.formats.network_yaml import read_network
from neurocore.formats.ranc_output import write_ranc_output
from neurocore.formats.ranc_writer import write_ranc
from neurocore.formats.recording_file import save_recording
from neurocore.graph import Group
from neurocore.image import OUTPUT_BASE, ChipImage
from neurocore.mapper.pipeline import compile_network
from neurocore.network import Network
from neurocore.recording import Probe
from neurocore.spikes import AxonEvents, OutputSpikes
from neurocore.trains import PopulationSpikes
from tools.aedat4 import aedat4, description, event_packet

__all__ = [
    "NETWORKS",
    "array_files",
    "chip_files",
    "event_files",
    "ibm_files",
    "ibm_model",
    "other_files",
    "ranc_files",
]

CHIP = b"preset: tiny\naxons: 20\ngrid: [3, 3]\nweight_limit: 100\nstop_at_zero: false\n"
NETWORKS = (
    b"""neurocore: 1
name: a
seed: 7
chip: {preset: tiny, grid: [2, 2]}
inputs: {i: {shape: 4}}
populations:
  p: {shape: [2, 2], neuron: {threshold: 2, leak: -1, reset: linear, floor: 0}}
projections:
  - {from: i, to: p, weights: [[1, 0, 0, -2], [1, 0, 1, 1], [0, 0, 1, 1], [1, 1, 1, 1]], delay: 3}
  - {from: p, to: p, pattern: random, probability: 0.5, weight: {uniform: [-2, 3]}}
outputs: [p]
run: {ticks: 9, stimulus: {i: {poisson: {rate_hz: 20}}}, probes: [{population: p, stop: 5}]}
""",
    b"""neurocore: 1
name: files
chip: chip.yaml
inputs: {i: {shape: 4}, k: {shape: 2}}
populations: {p: {shape: 4, neuron: {threshold: {file: v.csv}}, quantize: {scale: 2}}, q: {shape: [4, 2]}}
projections:
  - {from: i, to: p, weights: {file: w.npz, array: w}}
  - {from: p, to: q, weights: {file: w.npy}, delay: &d {uniform: [1, 15], per: source}}
  - {from: q, to: p, pattern: list, synapses: [[0, 0, 1], [7, 3, -2]], delay: *d}
run: {ticks: 9, stimulus: {i: {file: s.csv}, k: {spikes: [[0, 1], [3, 0]]}}}
""",
    b"""neurocore: 1
name: c
inputs: {i: {shape: [1, 3, 3]}}
populations: {c: {shape: [2, 2, 2]}, d: {shape: 2}}
projections:
  - {from: i, to: c, pattern: conv2d, weights: [[[[1, -1], [1, 0]]], [[[1, 1], [0, 0]]]], stride: 1, padding: 0}
  - {from: c, to: d, pattern: grouped, groups: 2, weight: 1, shuffle: true}
outputs: [d]
run:
  ticks: 4
  stimulus: {i: {rate: {values: [[1, 0, 1, 0, 1, 0, 1, 0, 1]]}}}
  classify: {population: d, classes: 2, labels: [1], latency: 2}
""",
)


def array_files() -> dict[str, bytes]:
    """What the second network names, and files like it."""
    w = io.BytesIO()
    np.savez(w, w=np.eye(4, dtype=np.int8), other=np.arange(6.0).reshape(2, 3))
    spikes = io.BytesIO()
    np.savez(spikes, tick=np.array([0, 3, 5]), index=np.array([1, 2, 3]))
    events = io.BytesIO()
    np.savez(events, tick=np.array([0, 3]), core=np.array([0, 0], np.int32), axon=np.array([1, 2], np.uint8))
    w_npy, fortran = io.BytesIO(), io.BytesIO()
    np.save(w_npy, np.ones((4, 8), np.int16))
    np.save(fortran, np.asfortranarray(np.arange(12.0).reshape(3, 4)))
    return {
        "w.npz": w.getvalue(),
        "w.npy": w_npy.getvalue(),
        "fortran.npy": fortran.getvalue(),
        "v.csv": b"1,2,3,4\n",
        "s.csv": b"tick,index\n0,1\n3,2\n5,3\n",
        "s.npz": spikes.getvalue(),
        "e.csv": b"tick,core,axon\n0,0,1\n3,0,2\n",
        "e.npz": events.getvalue(),
    }


@cache
def chip_files() -> dict[str, bytes]:
    """image.npz, spikes.npz and run.json of a short run, as a run folder holds them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "net.yaml").write_bytes(NETWORKS[0])
        network = read_network(folder / "net.yaml")
        compiled = compile_network(network)
        image, ticks = compiled.image, network.run.ticks
        events = axon_events(image, input_spikes(network, ticks), ticks)
        there = image.logical
        probe = Probe(core=there.instance_core, neuron=there.instance_neuron, start=1, stop=6, interval=2)
        recording = replace(run_reference(image, events, ticks, seed=7, probe=probe), wall_s=0.5)
        save_image(image, folder / "image.npz")
        save_recording(recording, folder / "spikes.npz", image_digest=image.digest(), extra={"a": [1]})
        files = {file: (folder / file).read_bytes() for file in ("image.npz", "spikes.npz")}
    return files | {"run.json": json.dumps(_run_facts(image.digest(), network)).encode()}


def _run_facts(digest: str, network: Network) -> dict[str, Any]:
    """As verbs/running.py writes them, but for what no reader looks at."""
    return {
        "neurocore_run": 1,
        "name": network.name,
        "source": "net.yaml",
        "changes": {"run.ticks": 9},
        "ticks": 9,
        "seed": 7,
        "interrupted": False,
        "image_digest": digest,
        "wall_s": 0.5,
        "threads": 2,
        "notes": ["partition: 1 core"],
        "mapping": {"cores": 1},
        "classify": {"population": "p", "classes": 2, "labels": [1, 0, 1], "ticks_each": 3, "latency": 0},
        "versions": {"neurocore": "0.1.0"},
        "machine": {"cpu": "x"},
    }


def ibm_model(neurons: int = 2) -> bytes:
    """A corelet model of one core with a comment, a crossbar type and run-length lists."""
    row = '{"type": "S%d", "synapses": "%s"}'
    rows = ",\n".join(row % (axon % 4, "80" + " 0f" * 31) for axon in range(256))
    kind = {f"sigma{g}": 1 for g in range(4)} | {f"s{g}": g for g in range(4)} | {f"b{g}": False for g in range(4)}
    kind |= {"name": "N00000001", "class": "NeuronGeneral", "sigma_lambda": 1, "lambda": 0, "c_lambda": False}
    kind |= {
        "epsilon": False,
        "alpha": 1,
        "beta": 0,
        "TM": 0,
        "gamma": 0,
        "kappa": False,
        "sigma_VR": 1,
        "VR": 0,
        "V": 0,
    }
    rest = 256 - 2 * neurons
    lists = {"dendrites": ["0:255"], "types": [f"1x{2 * neurons}", f"0x{rest}"], "destDelays": ["1x256"]}
    lists["destCores"] = [f"0x{neurons}", f"-32x{neurons}", f"-1x{rest}"]
    lists["destAxons"] = [f"0:{neurons - 1}", f"0:{neurons - 1}", f"-1x{rest}"]
    core = '{"id": 0, "rngSeed": 1, "neurons": ' + json.dumps(lists) + ', "crossbar": {"name": "proto"}}'
    return (
        '/* a model */\n{"model": {"coreCount": 1, "crossbarSize": 256, "neuronclass": "NeuronGeneral"},\n'
        '"crossbarTypes": [{"name": "proto", "crossbar": {"rows": [' + rows + "]}}],\n"
        '"neuronTypes": [' + json.dumps(kind) + '],\n"core": ' + core + "}\n"
    ).encode()


def ibm_files() -> dict[str, bytes]:
    """One spike file of each of IBM's kinds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_sfti(AxonEvents.sorted([1, 2, 9], [0, 0, 0], [5, 6, 255]), folder / "a.sfti")
        write_sfcp(OutputSpikes.sorted([1, 1, 9], [0, 1, 0], [2, 300, 0]), folder / "a.sfcp")
        files = {file.name: file.read_bytes() for file in folder.iterdir()}
    files["a.sfci"] = files["a.sfti"].replace(b'"destAxon":255', b'"destAxon":255,"delay":2')
    records = struct.pack(">12i", 1, 0, 3, 0, 0, 1, 2, 0, 4, -1, -1, 1)
    return files | {"a.sfro": b'{"class":"SpikeWriter"}\n{"version":1}\n\xff' + records}


def ranc_files() -> dict[str, bytes]:
    """input.json, config.json and out.txt of RANC's, of two cores with a neuron or two each."""
    spec = PRESETS["ranc"].model_copy(update={"axons": 4, "neurons": 3, "axon_types": 2, "grid": (2, 2)})
    image = ChipImage.blank("a", spec, np.array([[0, 0], [1, 0]], np.int32))
    image.crossbar[:] = [[[1], [3], [0], [2]], [[1], [0], [1], [0]]]
    image.axon_type[:, 1] = 1
    image.weight[:] = [2, -1]
    image.neuron_used[:, 0] = image.neuron_used[0, 1] = 1
    image.neurons.reset_mode[0] = 1
    image.neurons.negative_saturation[:] = 0
    image.neurons.negative_threshold[:] = 2
    image.target_core[0, :2], image.target_core[1, 0] = 1, OUTPUT_BASE
    image.target_axon[0, :2], image.delay[0, 0] = 2, 15
    image = replace(image, outputs=(Group(name="o", start=0, shape=(2,)),))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_ranc(image, folder / "input.json", AxonEvents.sorted([0, 2, 2], [0, 0, 1], [1, 0, 3]))
        write_ranc_output(OutputSpikes.sorted([1, 3], [0, 0], [0, 1]), [0, 2], 4, folder / "out.txt")
        return {file.name: file.read_bytes() for file in folder.iterdir()}


@cache
def event_files() -> dict[str, bytes]:
    """Spikes and camera events of other tools: tables, an archive, AEDAT4, SONATA, NIR."""
    events = np.zeros(4, EVENT)
    events["t"], events["x"], events["y"], events["on"] = (
        [7000, 7100, 8000, 9000],
        [0, 1, 3, 3],
        [2, 0, 1, 1],
        [1, 0, 1, 1],
    )
    packets = [(0, event_packet(events[:3])), (0, event_packet(events[3:]))]
    files = {f"c{kind}.aedat4": aedat4(description(4, 3), packets, kind) for kind in (0, 1, 3)}
    archive = io.BytesIO()
    np.savez(archive, t=events["t"], x=events["x"], y=events["y"], p=events["on"])
    files |= {
        "camera.npz": archive.getvalue(),
        "camera.csv": b"t,x,y,p\n7000,0,2,1\n7100,1,0,0\n8000,3,1,1\n",
        "nest.dat": b"# NEST version: 3.8\n# RecordingBackendASCII version: 2\nsender\ttime_ms\n1\t0.100\n12\t3.000\n",
        "sanafe.csv": b"neuron,timestep\nin.0,1\nin.11,4\n",
        "sonata.csv": b"timestamps population node_ids\n0.1 a 3\n2.5 a 11\n",
        "own.csv": b"tick,core,neuron,population,index,copy\n1,0,4,a,2,0\n2,0,5,,,\n3,0,6,a,3,1\n",
    }
    spikes = PopulationSpikes(
        name="a",
        shape=(12,),
        start_tick=0,
        ticks=9,
        tick=np.array([1, 2, 8]),
        neuron=np.array([3, 0, 11], np.int32),
        pruned=np.zeros(0, np.int32),
    )
    with tempfile.TemporaryDirectory() as name:
        write_sonata([spikes], Path(name) / "s.h5", 1e-3)
        write_nir_data([spikes], Path(name) / "d.nir", 1e-3)
        files |= {file.name: file.read_bytes() for file in Path(name).iterdir()}
    return files


def other_files() -> dict[str, bytes]:
    """Files of the verbs: estimate, bench, sweep."""
    return {
        "energy.yaml": b"preset: truenorth\nhop: 3.0e-12\nstatic_power: {value: 0.03, uncertainty: 0.2, source: me}\n",
        "bench.json": json.dumps(
            {
                "neurocore_bench": 1,
                "ms_per_tick": 0.5,
                "preset": "chip",
                "machine": {"cpu": "x"},
                "versions": {"a": "1"},
            }
        ).encode(),
        "sweep.json": json.dumps({"neurocore_sweep": 1, "source": "a.yaml", "digest": "d", "version": "1"}).encode(),
        "point.json": json.dumps({"changes": {"run.ticks": 3}, "facts": {"spikes": 3, "a": {"b": 0.5}}}).encode(),
        "settings.txt": b"run.ticks=1,2,3\nprojections[0].delay=1:5:2\nchip.grid=[[9, 9], [8, 8]]\n"
        b"chip.voltage=0.7:0.9:0.1\n",
    }
