"""The acceptance rules of the twenty behaviours: what a run must show to count.

A rule takes a :class:`Trace` and returns its clauses, each in words, with True where the run meets it. Its docstring is
the rule as docs/behaviours.md and the configs state it. The behaviours are those of Izhikevich, "Which model to use
for cortical spiking neurons?", IEEE Transactions on Neural Networks 15 (2004), figure 1; the figures in the rules are
ours. Ticks are milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable

from tools.behaviours import inhibition_rules as inhibition
from tools.behaviours import pulse_rules as pulse
from tools.behaviours import step_rules as step
from tools.behaviours.trace import Clauses, Trace

RULES: dict[str, Callable[[Trace], Clauses]] = {
    rule.__name__: rule
    for rule in (
        step.tonic_spiking,
        step.phasic_spiking,
        step.tonic_bursting,
        step.phasic_bursting,
        step.mixed_mode,
        step.spike_frequency_adaptation,
        step.class_1_excitable,
        step.class_2_excitable,
        pulse.spike_latency,
        pulse.subthreshold_oscillations,
        pulse.resonator,
        pulse.integrator,
        inhibition.rebound_spike,
        inhibition.rebound_burst,
        inhibition.threshold_variability,
        pulse.bistability,
        pulse.depolarizing_after_potential,
        step.accommodation,
        inhibition.inhibition_induced_spiking,
        inhibition.inhibition_induced_bursting,
    )
}
"""Behaviour -> rule, in the order of Izhikevich's figure."""


def passes(name: str, trace: Trace) -> bool:
    """True where the run meets every clause of the behaviour's rule."""
    return all(RULES[name](trace).values())


def words(name: str) -> str:
    """The rule in words."""
    return " ".join((RULES[name].__doc__ or "").split())
