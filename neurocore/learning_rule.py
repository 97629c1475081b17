"""Learning as a user describes it in a projection's ``learning:`` section."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from neurocore.learning import ALWAYS, FORGOTTEN, POST_CLEAR, POST_SET, PRE_CLEAR, PRE_SET

__all__ = ["Curve", "Learning"]


def _no_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("a number is needed here, not true or false")
    return value


Chance = Annotated[int, BeforeValidator(_no_bool), Field(strict=True, ge=0, le=ALWAYS)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Curve(_Model):
    """Probabilities that fall with the time between two spikes: peak / 256 * exp(-ticks / decay) within the window."""

    peak: Chance = Field(description="probability at the shortest time, in 256ths")
    decay: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        None, description="ticks in which the probability falls to 37 %; the same throughout the window if left out"
    )


class Learning(_Model):
    """An extension, not on the production chip: the projection's synapses come and go by chance as spikes pair up.

    Probabilities are in 256ths. A list gives one for each time between the two spikes, the shortest first.
    """

    window: Annotated[int, Field(ge=1, lt=FORGOTTEN)] = Field(
        20, description="longest time between two spikes that counts as near, in ticks"
    )
    potentiation: Curve | list[Chance] | None = Field(
        None, description="chance of a new synapse when the target fires 0, 1 ... window ticks after the source's spike"
    )
    depression: Curve | list[Chance] | None = Field(
        None, description="chance to lose a synapse when a spike comes 1, 2 ... window ticks after the target fired"
    )
    forgetting: Chance = Field(
        0, description="chance to lose a synapse when the target fires and the source was silent for the whole window"
    )
    anti_potentiation: Curve | list[Chance] | None = Field(
        None, description="chance of a new synapse when a spike comes 1, 2 ... window ticks after the target fired"
    )
    anti_depression: Curve | list[Chance] | None = Field(
        None,
        description="chance to lose a synapse when the target fires 0, 1 ... window ticks after the source's spike",
    )

    @model_validator(mode="after")
    def _lists_fit_the_window(self) -> Learning:
        for name, (_, first) in _CASES.items():
            given, room = getattr(self, name), self.window + 1 - first
            if isinstance(given, list) and len(given) > room:
                raise ValueError(f"{name} has {len(given)} probabilities; the window of {self.window} holds {room}")
        return self

    def table(self) -> npt.NDArray[np.uint16]:
        """uint16[4, 256]: see neurocore.learning.ImageLearning."""
        table = np.zeros((4, FORGOTTEN + 1), np.uint16)
        for name, (case, first) in _CASES.items():
            given = getattr(self, name)
            if isinstance(given, Curve):
                ticks = range(self.window + 1 - first)
                given = [round(given.peak * math.exp(-t / given.decay)) if given.decay else given.peak for t in ticks]
            if given:
                table[case, first : first + len(given)] = given
        table[POST_CLEAR, self.window + 1 :] = self.forgetting
        return table


_CASES = {
    "potentiation": (POST_SET, 0),
    "depression": (PRE_CLEAR, 1),
    "anti_potentiation": (PRE_SET, 1),
    "anti_depression": (POST_CLEAR, 0),
}
"""Key -> (update case, shortest time): an axon that is active when the neuron fires was in time to make it fire."""
