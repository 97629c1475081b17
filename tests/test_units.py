"""Numbers with their unit prefix."""

from __future__ import annotations

import pytest

from neurocore.units import human_si


@pytest.mark.parametrize(
    ("value", "unit", "digits", "text"),
    [
        (71.2e-3, "W", 3, "71.2 mW"),
        (2.304e-12, "J", 3, "2.3 pJ"),
        (0.0, "W", 3, "0 W"),
        (1.0, "s", 3, "1 s"),
        (0.9996, "s", 3, "1 s"),
        (999.7e-6, "s", 3, "1 ms"),
        (123_456.0, "Hz", 3, "123 kHz"),
        (999.0, "Hz", 2, "1 kHz"),
        (57.3e-6, "J", 2, "57 uJ"),
        (3e-15, "J", 3, "3e-15 J"),
        (-5e-3, "W", 3, "-5 mW"),
    ],
)
def test_a_value_has_the_prefix_that_suits_it(value, unit, digits, text):
    assert human_si(value, unit, digits=digits) == text
