"""Acceptance rules of the behaviours in which inhibition makes a neuron fire, or fire more easily."""

from __future__ import annotations

import numpy as np

from tools.behaviours.trace import Clauses, Trace, bursting, even, spans, steps, sustained


def rebound_spike(trace: Trace) -> Clauses:
    """After each of two or more inhibitions of 30 ticks or more: one spike within 30 ticks of its end. None during it,
    no other spike, no excitation."""
    inputs = steps(trace.inhibition, 30)
    return {
        "two inhibitions of 30 ticks": len(inputs) >= 2,
        "no excitation": not trace.excitation.any(),
        "one spike after each": all(len(trace.within(a.stop, a.stop + 30)) == 1 for a in inputs),
        "no other spike": len(trace.spikes) == len(inputs),
    }


def rebound_burst(trace: Trace) -> Clauses:
    """After each of two or more inhibitions of 30 ticks or more: 3 spikes or more at intervals of 5 ticks or less, all
    within 30 ticks of its end. None during it, no other spike, no excitation."""
    inputs = steps(trace.inhibition, 30)
    each = [trace.within(span.stop, span.stop + 30) for span in inputs]
    return {
        "two inhibitions of 30 ticks": len(inputs) >= 2,
        "no excitation": not trace.excitation.any(),
        "3 spikes or more after each": all(len(spikes) >= 3 for spikes in each),
        "in a burst": all(np.diff(spikes).max(initial=0) <= 5 for spikes in each),
        "no other spike": len(trace.spikes) == sum(map(len, each)),
    }


def threshold_variability(trace: Trace) -> Clauses:
    """A pulse of excitation alone and one of inhibition alone are not answered. The same excitation within 10 ticks
    after the inhibition is: one spike within 3 ticks. In the other order it is not. No other spike."""
    pulses, releases = spans(trace.excitation), spans(trace.inhibition)
    primed = [p for p in pulses if any(0 < p.start - r.start <= 10 for r in releases)]
    others = [p for p in pulses if p not in primed]
    near = [any(abs(p.start - r.start) <= 10 for r in releases) for p in others]
    alone = [r for r in releases if not any(abs(p.start - r.start) <= 10 for p in pulses)]
    return {
        "excitation alone": not all(near),
        "inhibition alone": bool(alone),
        "both orders": bool(primed) and any(near),
        "one strength": len(set(trace.excitation[trace.excitation > 0].tolist())) == 1,
        "a spike after inhibition": all(len(trace.within(p.start, p.start + 3)) == 1 for p in primed),
        "no other spike": len(trace.spikes) == len(primed),
    }


def inhibition_induced_spiking(trace: Trace) -> Clauses:
    """In every inhibition of 100 ticks or more: 10 spikes or more, at intervals equal within a tick, to its end. Silent
    otherwise; no excitation."""
    inputs = steps(trace.inhibition, 100)
    each = [trace.within(span.start, span.stop + 2) for span in inputs]
    return {
        "there is an inhibition of 100 ticks": bool(inputs),
        "no excitation": not trace.excitation.any(),
        "10 spikes or more": all(len(spikes) >= 10 for spikes in each),
        "equal intervals": all(even(np.diff(spikes)) for spikes in each),
        "to the end": all(sustained(s, a, lead=4) for s, a in zip(each, inputs, strict=True)),
        "silent otherwise": not len(trace.outside(inputs, after=2)),
    }


def inhibition_induced_bursting(trace: Trace) -> Clauses:
    """In every inhibition of 100 ticks or more: 3 bursts or more, of 3 spikes or more each, the pauses between them
    three times as long as the intervals within them or longer, to its end. Silent otherwise; no excitation."""
    inputs = steps(trace.inhibition, 100)
    return {
        "there is an inhibition of 100 ticks": bool(inputs),
        "no excitation": not trace.excitation.any(),
        "silent otherwise": not len(trace.outside(inputs, after=2)),
        **bursting(trace, inputs, 3),
    }
