"""The chip's sizes, ranges and options: ChipSpec and its presets."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from neurocore.bits import words_for

__all__ = ["PRESETS", "RING_SLOTS", "ChipSpec"]

RING_SLOTS = 16
"""Scheduler slots per core: a spike of delay d lands in slot (t + d) mod 16, so d is at most 15."""


class ChipSpec(BaseModel):
    """A chip (or an array of chips): every limit that mapping and emulation obey.

    Defaults are the published TrueNorth chip (Merolla et al. 2014; Akopyan et al. 2015; Cassidy et al. 2013 for the
    neuron). Potentials, weights, leaks and thresholds are integers in potential units.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field("truenorth", description="preset this spec started from, or a name of your own")
    axons: int = Field(256, ge=1, le=1024, description="axons (inputs) per core")
    neurons: int = Field(256, ge=1, le=1024, description="neurons per core")
    axon_types: int = Field(4, ge=1, le=8, description="axon types, and so weights per neuron")
    grid: tuple[int, int] = Field((64, 64), description="cores per chip, x then y")
    chips: tuple[int, int] = Field((1, 1), description="chips in the array, x then y")
    weight_limit: int = Field(255, ge=1, le=32767, description="weights lie in -limit..limit")
    leak_limit: int = Field(255, ge=0, le=32767, description="leaks lie in -limit..limit")
    potential_limit: int = Field(
        393_216, ge=1, le=2**30, description="membrane potentials are clamped to -limit..limit at the end of a tick"
    )
    threshold_limit: int = Field(
        262_143, ge=0, le=2**30, description="thresholds and negative thresholds lie in 0..limit"
    )
    noise_bits_limit: int = Field(17, ge=0, le=24, description="threshold noise is at most this many bits")
    delay_limit: int = Field(15, ge=1, le=15, description="delays lie in 1..limit ticks")
    stop_at_zero: bool = Field(
        True, description="leak reversal with a negative leak stops at zero instead of crossing it (no ringing)"
    )
    nonreset_ceiling: bool = Field(True, description="with reset 'none', V is held at threshold + noise mask")
    negative_inclusive: bool = Field(
        False, description="negative threshold is tested with V <= -beta instead of V < -beta (RANC, symmetric)"
    )
    broken_cores: tuple[tuple[int, int], ...] = Field(
        (), description="cores not to use, as [x, y] on the whole array of chips"
    )
    tick_s: float = Field(1e-3, gt=0, description="nominal length of a tick in seconds")
    voltage: float | None = Field(
        None, ge=0.7, le=1.05, description="supply voltage in V, for estimates of power only; it changes no spike"
    )

    @property
    def axon_words(self) -> int:
        """64-bit words per axon bitmap."""
        return words_for(self.axons)

    @property
    def neuron_words(self) -> int:
        """64-bit words per crossbar row."""
        return words_for(self.neurons)

    @property
    def extent(self) -> tuple[int, int]:
        """Cores in the whole array of chips, x then y."""
        return self.grid[0] * self.chips[0], self.grid[1] * self.chips[1]

    @property
    def cores(self) -> int:
        """Cores in the whole array of chips."""
        return self.extent[0] * self.extent[1]


PresetName = Literal["truenorth", "ranc", "tiny"]

PRESETS: dict[str, ChipSpec] = {
    "truenorth": ChipSpec(),
    # RANC (Mack et al. 2022): sizes are free, no "no ringing" rule, wider registers than the silicon's.
    "ranc": ChipSpec(
        name="ranc",
        weight_limit=32767,
        leak_limit=32767,
        potential_limit=2**30,
        threshold_limit=2**30,
        noise_bits_limit=0,
        stop_at_zero=False,
        nonreset_ceiling=False,
    ),
    # Small enough that limits bite: for tests and for learning how mapping works.
    "tiny": ChipSpec(name="tiny", axons=16, neurons=16, grid=(4, 4)),
}
