"""Chip images as IBM's corelet models (.json), as neurocore.formats.ibm_corelet reads them.

The format has no room for where cores lie (they are numbered row by row), nor for the numbers that key the draws of
stochastic neurons: both are said where they are not as the reader will make them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.bits import unpack_words
from neurocore.errors import ImageError
from neurocore.formats.file_writing import write_atomically
from neurocore.formats.ibm_core import DISCONNECTED, OUTPUTS, SIZE, UNUSED
from neurocore.formats.ibm_corelet import MAX_CORES, places_of, spec_of
from neurocore.formats.ibm_neurons import RANGES
from neurocore.formats.neuron_names import neuron_name
from neurocore.formats.potential_reach import FOREVER, reach_of, ticks_within
from neurocore.formats.run_lengths import collapse_runs
from neurocore.image import OUTPUT_BASE, UNWIRED, ChipImage
from neurocore.learning import refuse_learning

__all__ = ["write_model"]

_SEED: Final = 4294967295
"""rngSeed of IBM's own files; neurocore takes a run's seed instead."""
_RESETS: Final = {sign * (2**bits - 1): (sign, bits) for bits in range(19) for sign in (-1, 1)} | {0: (1, 0)}
_Types = dict[tuple[int, ...], int]


def write_model(image: ChipImage, path: str | Path) -> tuple[str, ...]:
    """Write a model. Returns remarks on what the format cannot carry.

    Raises RunError for an image that learns, ImageError naming the neuron and field that the format cannot say,
    NeurocoreError where the file cannot be written. The same image gives the same bytes.
    """
    file = Path(path)
    refuse_learning(image.learning, "a corelet model")
    remarks = _check(image, str(file))
    numbers, types = _neuron_types(image)
    crossbars, protos = _crossbars(image)
    model = {
        "coreCount": image.cores,
        "neuronclass": "NeuronGeneral",
        "crossbarSize": SIZE,
        "crossbarclass": "CrossbarBinary",
        "networking": "INTRA",
        "useCrossbarPrototypes": True,
    }
    with write_atomically(file, "w") as out:
        out.write(f'{{\n"model": {json.dumps(model)},\n"crossbarTypes": [')
        for number, rows in enumerate(protos):
            listed = ",\n".join(rows)
            out.write(f'{"," if number else ""}\n{{"name": "{_proto(number)}", "crossbar": {{"rows": [\n{listed}]}}}}')
        listed = ",\n".join(json.dumps(_neuron_type(values, number)) for values, number in types.items())
        out.write(f'\n],\n"neuronTypes": [\n{listed}\n]')
        for core in range(image.cores):
            entry = _core(image, core, numbers[core], _proto(crossbars[core]))
            out.write(f',\n"core": {json.dumps(entry)}')
        out.write("\n}\n")
    return remarks


def _check(image: ChipImage, file: str) -> tuple[str, ...]:
    """Refuse what cannot be said; remark on what changes nothing or only draws."""
    spec, cores = image.spec, image.cores
    for name, found, most in (
        ("axons", spec.axons, SIZE),
        ("neurons", spec.neurons, SIZE),
        ("axon_types", spec.axon_types, 4),
    ):
        if found > most:
            raise ImageError(f"the chip's cores have {found}", file=file, path=name, fix=f"at most {most} fit")
    if not 1 <= cores <= MAX_CORES:
        raise ImageError(f"the image has {cores} cores", file=file, fix=f"allowed: 1..{MAX_CORES}")
    theirs, neurons, used = spec_of(cores), image.neurons, image.neuron_used > 0
    floors = used & (neurons.negative_saturation == 0)
    turning = used & (neurons.leak_reversal > 0) & (neurons.leak < 0)
    staying = used & (neurons.reset_mode == 2)
    for option, matters in (
        ("negative_inclusive", floors),
        ("stop_at_zero", turning),
        ("nonreset_ceiling", staying),
    ):
        if getattr(spec, option) != getattr(theirs, option) and matters.any():
            core, neuron = (int(i) for i in np.unravel_index(int(matters.argmax()), matters.shape))
            raise ImageError(
                f"the chip's {option} is {getattr(spec, option)}, TrueNorth's is {getattr(theirs, option)}, "
                f"and {int(matters.sum()):,} neurons depend on it",
                path=neuron_name(image, core, neuron),
                fix="map the network for a chip with TrueNorth's rules",
            )
    remarks = []
    if spec.potential_limit != theirs.potential_limit:
        ticks = ticks_within(image, reach_of(image), min(spec.potential_limit, theirs.potential_limit))
        if ticks < FOREVER:
            remarks.append(
                f"TrueNorth holds potentials within {theirs.potential_limit:,}: spikes are the same for at least "
                f"{ticks:,} ticks whatever comes in"
            )
    if (image.core_xy != places_of(cores, theirs)).any():
        remarks.append("the format does not say where cores lie: read again, they lie row by row")
    draws = used & (neurons.draws | (image.stochastic_weight > 0))
    keys = np.arange(cores * SIZE, dtype=np.uint32).reshape(cores, SIZE)
    as_read = (image.neuron_key == keys[:, : spec.neurons]) & (image.axon_key == keys[:, : spec.axons]).all()
    if (draws & ~as_read).any():
        remarks.append(
            f"{int((draws & ~as_read).sum()):,} stochastic neurons: the format has no keys of their draws; read again, "
            "they follow the same distributions, not the same draws"
        )
    return tuple(remarks)


def _neuron_types(image: ChipImage) -> tuple[npt.NDArray[np.int64], _Types]:
    """The number of each neuron's type, int64[C, N] (0 is unused), and the types by their values, in first use."""
    neurons, used = image.neurons, image.neuron_used > 0
    weight = np.zeros((*used.shape, 4), np.int64)
    weight[..., : image.spec.axon_types] = image.weight
    fields = {f"s{g}": np.abs(weight[..., g]) for g in range(4)} | {
        "lambda": np.abs(neurons.leak.astype(np.int64)),
        "alpha": neurons.threshold,
        "beta": neurons.negative_threshold,
        "TM": neurons.threshold_noise_bits,
        "gamma": neurons.reset_mode,
        "V": neurons.initial_potential,
    }
    for name, values in fields.items():
        low, high = RANGES[name]
        _refuse(image, used & ((values < low) | (values > high)), name, values, f"allowed: {low}..{high}")
    resets = ~np.isin(neurons.reset_potential, list(_RESETS))
    _refuse(image, used & resets, "VR", neurons.reset_potential, "0 or 2^VR - 1 with either sign, VR up to 18")
    columns = [*(weight[..., g] for g in range(4)), image.stochastic_weight, *neurons.arrays().values()]
    table = np.stack(columns, axis=-1).reshape(used.size, -1).astype(np.int64)
    distinct, first, which = np.unique(table[used.ravel()], axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    numbers = np.zeros(used.size, np.int64)
    numbers[used.ravel()] = rank[which.ravel()]
    return numbers.reshape(used.shape), {tuple(distinct[row].tolist()): n for n, row in enumerate(order.tolist(), 1)}


def _refuse(image: ChipImage, wrong: npt.NDArray[np.bool_], field: str, found: npt.NDArray[Any], fix: str) -> None:
    if wrong.any():
        core, neuron = (int(i) for i in np.unravel_index(int(wrong.argmax()), wrong.shape))
        raise ImageError(f"{field} would be {found[core, neuron]}", path=neuron_name(image, core, neuron), fix=fix)


def _neuron_type(values: tuple[int, ...], number: int) -> dict[str, Any]:
    """One entry of neuronTypes, keys in IBM's order."""
    weight, stochastic = values[:4], values[4]
    alpha, noise, beta, kappa, gamma, back, leak, epsilon, drawn, start = values[5:]
    sign, bits = _RESETS[back]
    return (
        {"name": f"N{number:08X}", "class": "NeuronGeneral"}
        | {f"sigma{g}": -1 if weight[g] < 0 else 1 for g in range(4)}
        | {f"s{g}": abs(weight[g]) for g in range(4)}
        | {f"b{g}": bool(stochastic >> g & 1) for g in range(4)}
        | {"sigma_lambda": -1 if leak < 0 else 1, "lambda": abs(leak), "c_lambda": bool(drawn)}
        | {"epsilon": bool(epsilon), "alpha": alpha, "beta": beta, "TM": noise, "gamma": gamma, "kappa": bool(kappa)}
        | {"sigma_VR": sign, "VR": bits, "V": start}
    )


def _proto(number: int) -> str:
    return f"coreProt{number + 1:07d}"


def _crossbars(image: ChipImage) -> tuple[list[int], list[list[str]]]:
    """Which prototype each core uses, and the rows of each, as text; equal crossbars share one."""
    known: dict[bytes, int] = {}
    used: list[int] = []
    protos: list[list[str]] = []
    for core in range(image.cores):
        mask = np.zeros((SIZE, SIZE), bool)
        mask[: image.spec.axons, : image.spec.neurons] = unpack_words(image.crossbar[core], image.spec.neurons)
        kinds = np.zeros(SIZE, np.uint8)
        kinds[: image.spec.axons] = image.axon_type[core]
        packed = np.packbits(mask, axis=1)  # neuron 0 is the most significant bit of byte 0
        key = packed.tobytes() + kinds.tobytes()
        if key not in known:
            known[key] = len(protos)
            protos.append(
                [
                    f'{{"type":"S{kind}","synapses":"{row.tobytes().hex(" ").upper()}"}}'
                    for kind, row in zip(kinds, packed, strict=True)
                ]
            )
        used.append(known[key])
    return used, protos


def _core(image: ChipImage, core: int, numbers: npt.NDArray[np.int64], proto: str) -> dict[str, Any]:
    """One core: run-length lists of its 256 neurons."""
    used = numbers > 0
    target, axon = image.target_core[core], image.target_axon[core]
    to = np.where(target <= OUTPUT_BASE, target - OUTPUT_BASE + OUTPUTS, target)
    to = np.where(used, np.where(target == UNWIRED, DISCONNECTED, to), UNUSED)
    rest = SIZE - len(numbers)
    columns = {
        "types": np.pad(numbers, (0, rest)),
        "destCores": np.pad(to, (0, rest), constant_values=UNUSED),
        "destAxons": np.pad(np.where(used & (target != UNWIRED), axon, 0), (0, rest)),
        "destDelays": np.pad(np.where(used, image.delay[core], 1), (0, rest), constant_values=1),
    }
    return {
        "metadata": {"coreletClass": "neurocore", "coreletId": 0, "coreNumber": core, "parentCoreletId": [-1]},
        "id": core,
        "timeScaleExponent": 0,
        "rngSeed": _SEED,
        "neurons": {"dendrites": ["0:255"]} | {name: collapse_runs(column) for name, column in columns.items()},
        "crossbar": {"name": proto},
    }
