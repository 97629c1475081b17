"""Our neurons in RANC's words: same spikes, or a refusal that names the neuron and says why.

RANC resets both ways with one rule a neuron. V >= positive_threshold: V = R (absolute) or V -= threshold (linear).
Else V < negative_threshold, or V <= it on a chip of the symmetric reset type: V = -R, or V -= negative_threshold.
It has no floor that holds a potential. Exactly expressible all the same:

* absolute reset with a floor: the axis of V is moved by (beta - R) / 2, so that R and the floor are each other's
  negatives; where that is half a number, everything is doubled first
* a floor that no spike can bring V below: a negative threshold one lower, which is never met
* linear reset with a floor at 0, where V falls by one fixed step at a time: symmetric, with that step as threshold

A floor so deep that it takes a thousand ticks to reach is left out; how long spikes are the same is then said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ImageError
from neurocore.formats.neuron_names import neuron_name
from neurocore.formats.potential_reach import FOREVER, Reach, reach_of, ticks_within
from neurocore.image import ChipImage

__all__ = ["FAR_TICKS", "RancNeurons", "ranc_neurons"]

FAR_TICKS: Final = 1000
"""A floor that takes at least so many ticks of full inhibition to reach may be left out, and it is said."""
_DEEP: Final = 2**16
"""From here on a floor of an absolute reset counts as none: moving the axis so far would need wide registers."""
_Grid = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RancNeurons:
    """RANC's parameters, int64[C, N] each (weight: int64[C, N, G]), and the chip's reset type.

    ticks  : for so many ticks the spikes are the same whatever comes in; FOREVER where no register can run over
    moved  : neurons whose axis of V was moved or stretched
    """

    reset_type: int
    positive_threshold: _Grid
    negative_threshold: _Grid
    reset_potential: _Grid
    reset_mode: _Grid
    leak: _Grid
    current_potential: _Grid
    weight: _Grid
    ticks: int
    moved: int


@dataclass(frozen=True, slots=True)
class _Floors:
    """negative_threshold and reset mode's way below, for one reset type; and which neurons have none."""

    threshold: _Grid
    wrong: npt.NDArray[np.bool_]
    ticks: int


def ranc_neurons(image: ChipImage) -> RancNeurons:
    """Translate every used neuron. Raises ImageError naming the first that RANC cannot be."""
    _refuse_modes(image)
    neurons, reach = image.neurons, reach_of(image)
    used = image.neuron_used > 0
    beta, back = neurons.negative_threshold.astype(np.int64), neurons.reset_potential.astype(np.int64)
    linear, held = neurons.reset_mode == 1, neurons.negative_saturation > 0
    mirrored = used & ~linear & held & ~_never_below(image, reach) & ~_left_out(image, reach)[0]
    scale = np.where(mirrored & ((beta - back) % 2 != 0), 2, 1)
    shift = np.where(mirrored, scale * (beta - back) // 2, 0)
    wrong = mirrored & (back < -beta)
    _refuse(image, wrong, "its reset potential lies below its floor", "raise the reset potential to the floor")
    threshold = scale * neurons.threshold.astype(np.int64) + shift
    _refuse(image, used & (threshold < 0), "its reset potential lies far above its threshold", "lower it")
    own = int(image.spec.negative_inclusive)
    reset_type, best = own, _floors(image, reach, own)
    if best.wrong.any() and not own:  # the asymmetric type has nothing that the symmetric one lacks on its own chips
        other = _floors(image, reach, 1)
        if not other.wrong.any():
            reset_type, best = 1, other
    _refuse(
        image,
        best.wrong,
        "RANC's linear reset also adds below the negative threshold, where this neuron's floor holds V"
        if (best.wrong & held).any()
        else "its negative threshold is tested with the other of < and <=, and RANC has one of them per chip",
        "reset: absolute keeps a floor exactly, negative_threshold instead of floor resets as RANC does",
        first=best.wrong & held,
    )
    negative = np.where(mirrored, -(scale * (beta + back) // 2), best.threshold)
    return RancNeurons(
        reset_type=reset_type,
        positive_threshold=np.where(used, threshold, 1),
        negative_threshold=np.where(used, negative, 0),
        reset_potential=np.where(used, scale * back + shift, 0),
        reset_mode=np.where(used, linear, 0).astype(np.int64),
        leak=np.where(used, scale * neurons.leak.astype(np.int64), 0),
        current_potential=np.where(used, scale * neurons.initial_potential.astype(np.int64) + shift, 0),
        weight=np.where(used[..., None], scale[..., None] * image.weight.astype(np.int64), 0),
        ticks=min(best.ticks, ticks_within(image, reach, image.spec.potential_limit)),
        moved=int((used & ((scale != 1) | (shift != 0))).sum()),
    )


def _never_below(image: ChipImage, reach: Reach) -> npt.NDArray[np.bool_]:
    """Which neurons no spike can bring below their floor."""
    neurons = image.neurons
    floor = -neurons.negative_threshold.astype(np.int64)
    lowest = np.where(neurons.reset_mode == 0, neurons.reset_potential, 0)
    return (reach.down == 0) & (neurons.initial_potential >= floor) & (lowest >= floor)


def _floors(image: ChipImage, reach: Reach, reset_type: int) -> _Floors:
    """The negative threshold of every neuron whose axis is not moved."""
    neurons, used = image.neurons, image.neuron_used > 0
    beta, start = neurons.negative_threshold.astype(np.int64), neurons.initial_potential.astype(np.int64)
    linear, held = neurons.reset_mode == 1, neurons.negative_saturation > 0
    never = _never_below(image, reach)
    same_type = reset_type == int(image.spec.negative_inclusive)
    absolute = -beta if same_type else -beta - 1  # V < -beta is V <= -beta - 1
    direct = ~held & (~linear | same_type | (beta == 0))  # linear at 0: nothing is added there
    exact = direct | never | (~linear & held)
    values = np.where(direct, np.where(linear, -beta, absolute), -beta - 1)
    step = np.gcd(np.gcd(reach.step, np.abs(start)), neurons.threshold.astype(np.int64))
    stepwise = linear & held & ~never & (beta == 0) & (start >= 0) & (reach.down == step) & bool(reset_type)
    values = np.where(stepwise, -reach.down, values)
    left_out, far = _left_out(image, reach)
    values = np.where(left_out, -beta - 1, values)
    ticks = int(far[left_out].min(initial=FOREVER))
    return _Floors(values, used & ~exact & ~stepwise & ~left_out, ticks)


def _left_out(image: ChipImage, reach: Reach) -> tuple[npt.NDArray[np.bool_], _Grid]:
    """Neurons whose floor is too deep to matter for long, and for how many ticks nothing reaches it."""
    neurons = image.neurons
    beta, start = neurons.negative_threshold.astype(np.int64), neurons.initial_potential.astype(np.int64)
    linear, held = neurons.reset_mode == 1, neurons.negative_saturation > 0
    lowest = np.minimum(np.where(linear, 0, neurons.reset_potential), start)
    far = (beta + np.minimum(lowest, 0)) // np.maximum(reach.down, 1)
    deep = held & (linear | (beta >= _DEEP)) & (far >= FAR_TICKS)
    return (image.neuron_used > 0) & deep & ~_never_below(image, reach), far


def _refuse_modes(image: ChipImage) -> None:
    """What RANC has no word for at all."""
    neurons, used = image.neurons, image.neuron_used > 0
    weighted = (image.weight != 0) * (1 << np.arange(image.spec.axon_types))
    for wrong, what in (
        ((image.stochastic_weight & weighted.sum(axis=2)) > 0, "its synapses are stochastic"),
        (neurons.stochastic_leak > 0, "its leak is stochastic"),
        (neurons.threshold_noise_bits > 0, "its threshold is noisy"),
    ):
        _refuse(image, used & wrong, f"{what}, and RANC has no random numbers", "make it deterministic")
    turned = (neurons.leak_reversal > 0) & (neurons.leak != 0)
    _refuse(image, used & turned, "its leak turns with the sign of V, and RANC's does not", "leak_reversal: false")
    stays = neurons.reset_mode == 2
    _refuse(image, used & stays, "it does not reset, and RANC's neurons always do", "reset: absolute or linear")


def _refuse(
    image: ChipImage,
    wrong: npt.NDArray[np.bool_],
    problem: str,
    fix: str,
    first: npt.NDArray[np.bool_] | None = None,
) -> None:
    """Raise ImageError for the first neuron (of ``first``, where there are any) and say how many there are."""
    if not wrong.any():
        return
    shown = first if first is not None and first.any() else wrong
    core, neuron = (int(i) for i in np.unravel_index(int(shown.argmax()), shown.shape))
    more = int(shown.sum()) - 1
    others = f" (and {more:,} more)" if more else ""
    raise ImageError(f"{problem}{others}", path=neuron_name(image, core, neuron), fix=fix)
