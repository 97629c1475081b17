"""Acceptance rules of the behaviours that answer a lasting excitation."""

from __future__ import annotations

import numpy as np

from tools.behaviours.trace import Clauses, Ints, Trace, bursting, even, spans, steps, sustained


def tonic_spiking(trace: Trace) -> Clauses:
    """In every input of 100 ticks or more: 10 spikes or more, at intervals equal within a tick, from its beginning to
    its end. Silent without input."""
    inputs = steps(trace.excitation, 100)
    each = [trace.within(span.start, span.stop + 1) for span in inputs]
    return {
        "there is an input of 100 ticks": bool(inputs),
        "10 spikes or more": all(len(spikes) >= 10 for spikes in each),
        "equal intervals": all(even(np.diff(spikes)) for spikes in each),
        "from beginning to end": all(sustained(*both) for both in zip(each, inputs, strict=True)),
        "silent without input": not len(trace.outside(inputs)),
    }


def phasic_spiking(trace: Trace) -> Clauses:
    """In each of two or more inputs of 50 ticks or more: one spike, within 15 ticks of its beginning. No other
    spike."""
    inputs = steps(trace.excitation, 50)
    return {
        "two inputs of 50 ticks": len(inputs) >= 2,
        "one spike soon after each begins": all(len(trace.within(a.start, a.start + 15)) == 1 for a in inputs),
        "no other spike": len(trace.spikes) == len(inputs),
    }


def tonic_bursting(trace: Trace) -> Clauses:
    """In every input of 100 ticks or more: 4 bursts or more, of 3 spikes or more each, the pauses between them three
    times as long as the intervals within them or longer, from its beginning to its end. Silent without input."""
    inputs = steps(trace.excitation, 100)
    return {
        "there is an input of 100 ticks": bool(inputs),
        "silent without input": not len(trace.outside(inputs)),
        **bursting(trace, inputs, 4),
    }


def phasic_bursting(trace: Trace) -> Clauses:
    """In each of two or more inputs of 50 ticks or more: one burst of 3 spikes or more, at intervals of 5 ticks or
    less, over within 30 ticks of the input's beginning. No other spike."""
    inputs = steps(trace.excitation, 50)
    each = [trace.within(span.start, span.start + 30) for span in inputs]
    return {
        "two inputs of 50 ticks": len(inputs) >= 2,
        "3 spikes or more soon after each begins": all(len(spikes) >= 3 for spikes in each),
        "in a burst": all(np.diff(spikes).max(initial=0) <= 5 for spikes in each),
        "no other spike": len(trace.spikes) == sum(map(len, each)),
    }


def mixed_mode(trace: Trace) -> Clauses:
    """In every input of 100 ticks or more: first 3 spikes or more at short intervals, then 5 or more at intervals that
    are at least twice as long; each kind equal within a tick; on to the input's end. Silent without input."""
    inputs = steps(trace.excitation, 100)
    each = [np.diff(trace.within(span.start, span.stop + 1)) for span in inputs]
    cut = [_first_long(intervals) for intervals in each]
    return {
        "there is an input of 100 ticks": bool(inputs),
        "3 fast spikes or more": all(k >= 2 for k in cut),
        "5 slow spikes or more": all(len(i) - k >= 5 for i, k in zip(each, cut, strict=True)),
        "fast intervals equal": all(even(i[:k]) for i, k in zip(each, cut, strict=True)),
        "slow intervals equal": all(even(i[k:]) for i, k in zip(each, cut, strict=True)),
        "on to the end": all(sustained(trace.within(a.start, a.stop + 1), a) for a in inputs),
        "silent without input": not len(trace.outside(inputs)),
    }


def spike_frequency_adaptation(trace: Trace) -> Clauses:
    """In each of two or more inputs of 100 ticks or more: 8 spikes or more, no interval shorter than the one before,
    the last at least twice the first; 4 different intervals or more, none of whose steps is more than half of the whole
    growth; on to the input's end. Every input begins with the same interval. Silent without input."""
    inputs = steps(trace.excitation, 100)
    each = [np.diff(trace.within(span.start, span.stop + 1)) for span in inputs]
    growth = [np.diff(intervals) for intervals in each]
    return {
        "two inputs of 100 ticks": len(inputs) >= 2,
        "8 spikes or more": all(len(intervals) >= 7 for intervals in each),
        "never faster": all((grown >= 0).all() for grown in growth),
        "at the end twice as slow": all(len(i) > 0 and i[-1] >= 2 * i[0] for i in each),
        "4 different intervals": all(len(np.unique(intervals)) >= 4 for intervals in each),
        "little by little": all(2 * grown.max(initial=0) <= grown.sum() for grown in growth),
        "on to the end": all(sustained(trace.within(a.start, a.stop + 1), a) for a in inputs),
        "begins anew": len({int(intervals[0]) for intervals in each if len(intervals)}) == 1,
        "silent without input": not len(trace.outside(inputs)),
    }


def class_1_excitable(trace: Trace) -> Clauses:
    """Of 6 strengths of input or more, 3 or more make it fire, all stronger than those that do not; the rate grows with
    each, from a quarter of the highest or less, and from none to some and from one to the next by no more than a third
    of the highest. Silent without input."""
    silent, rates = _rates(trace)
    rising = np.diff([0.0, *rates])
    return {
        "6 strengths": len(silent) + len(rates) >= 6,
        "3 rates or more": len(rates) >= 3,
        "the weak are silent": not silent or max(silent) < _first_answered(trace),
        "stronger is faster": bool((rising > 0).all()),
        "from very slow": bool(rates) and 4 * rates[0] <= rates[-1],
        "no jump": bool(rates) and bool((3 * rising <= rates[-1] * 1.001).all()),
        "silent without input": not len(trace.outside(steps(trace.excitation, 60))),
    }


def class_2_excitable(trace: Trace) -> Clauses:
    """Of 6 strengths of input or more, 2 or more do not make it fire and 3 or more stronger ones do; the lowest rate is
    at least two thirds of the highest, and no stronger input is slower. Silent without input, from 20 ticks after its
    end on."""
    silent, rates = _rates(trace)
    return {
        "6 strengths": len(silent) + len(rates) >= 6,
        "2 silent strengths": len(silent) >= 2,
        "3 rates or more": len(rates) >= 3,
        "the weak are silent": not silent or max(silent) < _first_answered(trace),
        "stronger is not slower": bool((np.diff(rates) >= 0).all()),
        "at once fast": bool(rates) and 3 * rates[0] >= 2 * rates[-1],
        "silent without input": not len(trace.outside(steps(trace.excitation, 60), after=20)),
    }


def accommodation(trace: Trace) -> Clauses:
    """Of two inputs or more that grow to the same rate, the fastest to do so is answered, and the slowest, which takes
    three times as long or longer, is not. No other spike."""
    ramps = spans(trace.excitation, gap=60)
    intervals = [np.diff(np.flatnonzero(trace.excitation[a.start : a.stop])) for a in ramps]
    peaks = [int(each.min(initial=10**6)) for each in intervals]
    rises = [int(each[: each.argmin()].sum()) if len(each) else 0 for each in intervals]
    counts = [len(trace.within(a.start, a.stop + 1)) for a in ramps]
    return {
        "two inputs that grow": len(ramps) >= 2 and all(rise > 0 for rise in rises),
        "to the same rate": len(set(peaks)) == 1,
        "one much faster": bool(rises) and max(rises) >= 3 * min(rises),
        "fast is answered": bool(rises) and counts[rises.index(min(rises))] > 0,
        "slow is not": bool(rises) and counts[rises.index(max(rises))] == 0,
        "no other spike": len(trace.spikes) == sum(counts),
    }


def _first_long(intervals: Ints) -> int:
    """How many of the first intervals are at most half of the last."""
    long = np.flatnonzero(2 * intervals > intervals[-1:])
    return int(long[0]) if len(long) else 0


def _strengths(trace: Trace) -> list[tuple[int, float]]:
    """(strength, rate from the intervals in it; 0 below two spikes) of each steady input of 60 ticks, weakest first."""
    found = []
    for span in steps(trace.excitation, 60):
        level = trace.excitation[span.start : span.stop]
        if even(level, within=0):
            spikes = trace.within(span.start, span.stop + 1)
            found.append((int(level[0]), float(1 / np.diff(spikes).mean()) if len(spikes) > 1 else 0.0))
    return sorted(found)


def _rates(trace: Trace) -> tuple[list[int], list[float]]:
    """The strengths that do not make it fire, and the rates at the others, weakest first."""
    found = _strengths(trace)
    return [level for level, rate in found if rate == 0], [rate for _, rate in found if rate > 0]


def _first_answered(trace: Trace) -> int:
    """The weakest strength that makes it fire."""
    return min((level for level, rate in _strengths(trace) if rate > 0), default=0)
