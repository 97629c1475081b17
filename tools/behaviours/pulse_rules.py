"""Acceptance rules of the behaviours that answer short pulses of excitation."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from tools.behaviours.trace import Clauses, Span, Trace, even, next_start, spans, swings


def spike_latency(trace: Trace) -> Clauses:
    """Pulses of one tick, of 3 strengths or more: one spike after each, 5 ticks later or more; the stronger the sooner,
    the longest wait at least twice the shortest."""
    pulses = [span for span in spans(trace.excitation) if span.ticks == 1]
    after = [trace.within(p.start, next_start(pulses, k, trace.ticks)) for k, p in enumerate(pulses)]
    waits = [int(found[0]) - p.start if len(found) else 0 for found, p in zip(after, pulses, strict=True)]
    order = sorted(range(len(pulses)), key=lambda k: int(trace.excitation[pulses[k].start]))
    ranked = [waits[k] for k in order]
    return {
        "3 strengths": len({int(trace.excitation[p.start]) for p in pulses}) == len(pulses) >= 3,
        "one spike for each pulse": all(len(found) == 1 for found in after),
        "no other spike": len(trace.spikes) == len(pulses),
        "5 ticks later or more": all(wait >= 5 for wait in waits),
        "the stronger the sooner": all(a > b for a, b in pairwise(ranked)),
        "long and short waits": bool(waits) and max(waits) >= 2 * min(waits),
    }


def subthreshold_oscillations(trace: Trace) -> Clauses:
    """After every pulse: one spike within 3 ticks, then 6 swings or more from one side of rest to the other, their
    extremes evenly spaced (within 3 ticks), those to one side each smaller than the one before, the first at least 5
    units; then rest. No other spike."""
    pulses = [span for span in spans(trace.excitation) if span.ticks == 1]
    rests = [int(trace.potential[max(0, p.start - 1)]) for p in pulses]
    ends = [next_start(pulses, k, trace.ticks) for k in range(len(pulses))]
    tails = [trace.potential[p.start + 1 : end] for p, end in zip(pulses, ends, strict=True)]
    swung = [swings(tail, rest) for tail, rest in zip(tails, rests, strict=True)]
    return {
        "a pulse": bool(pulses),
        "one spike for each pulse": all(len(trace.within(p.start, p.start + 3)) == 1 for p in pulses),
        "no other spike": len(trace.spikes) == len(pulses),
        "6 swings or more": all(len(at) >= 6 for at, _ in swung),
        "from side to side": all((heights[1:] * heights[:-1] < 0).all() for _, heights in swung),
        "evenly spaced": all(even(np.diff(at), within=3) for at, _ in swung),
        "less and less": all((np.abs(heights[2:]) < np.abs(heights[:-2])).all() for _, heights in swung),
        "at first 5 units or more": all(len(heights) > 0 and abs(heights[0]) >= 5 for _, heights in swung),
        "then rest": all(
            len(tail) > 10 and (tail[-10:] == rest).all() for tail, rest in zip(tails, rests, strict=True)
        ),
    }


def resonator(trace: Trace) -> Clauses:
    """Of pairs of pulses at 4 intervals or more, one interval is answered, longer than two others and shorter than two
    others; a single pulse is not answered. No spike later than 40 ticks after a pulse."""
    singles, answered, unanswered = _pairs(trace)
    return {
        "single pulses, and they are silent": singles == [0],
        "one interval is answered": len(answered) == 1,
        "two shorter ones are not": len(answered) == 1 and sum(i < answered[0] for i in unanswered) >= 2,
        "two longer ones are not": len(answered) == 1 and sum(i > answered[0] for i in unanswered) >= 2,
        "no other spike": not len(trace.outside(spans(trace.excitation), after=40)),
    }


def integrator(trace: Trace) -> Clauses:
    """Of pairs of pulses at 4 intervals or more, the shortest is answered, two longer ones or more are not, and none
    that is answered is longer than one that is not; a single pulse is not answered. No spike later than 40 ticks after
    a pulse."""
    singles, answered, unanswered = _pairs(trace)
    return {
        "single pulses, and they are silent": singles == [0],
        "4 intervals": len(answered) + len(unanswered) >= 4,
        "a short interval is answered": bool(answered),
        "two others are not": len(unanswered) >= 2,
        "short yes, long no": max(answered, default=0) < min(unanswered, default=0),
        "no other spike": not len(trace.outside(spans(trace.excitation), after=40)),
    }


def bistability(trace: Trace) -> Clauses:
    """From each of two or more pulses to the pulse that ends it: 8 spikes or more without input, at intervals equal
    within a tick, the last of them one interval before the end or less. Silent for 5 intervals or more before, between
    and after."""
    on, off = spans(trace.excitation), spans(trace.inhibition)
    paired = len(on) == len(off) >= 2 and all(a.stop <= b.start for a, b in zip(on, off, strict=True))
    lit = [Span(start=a.start, stop=b.start) for a, b in zip(on, off, strict=paired)] if paired else []
    each = [trace.within(span.start, span.stop) for span in lit]
    pace = max((int(np.diff(spikes).max()) for spikes in each if len(spikes) > 1), default=0)
    dark = [a.start - b for a, b in zip(lit, [0, *(span.stop for span in lit)], strict=False)]
    return {
        "pulses in turns": paired and all(span.ticks == 1 for span in on + off),
        "8 spikes or more": all(len(spikes) >= 8 for spikes in each),
        "equal intervals": all(even(np.diff(spikes)) for spikes in each),
        "on to the second pulse": all(len(s) > 0 and a.stop - s[-1] <= pace for a, s in zip(lit, each, strict=True)),
        "no other spike": len(trace.spikes) == sum(map(len, each)),
        "long silence": bool(lit) and min([*dark, trace.ticks - lit[-1].stop]) >= 5 * pace > 0,
    }


def depolarizing_after_potential(trace: Trace) -> Clauses:
    """A weak pulse alone is not answered. A strong one is, with one spike; then the potential is above rest for 4
    ticks or more and never rises until it is at rest. A weak pulse in that time is answered, within 3 ticks. No other
    spike."""
    groups = spans(trace.excitation, gap=20)
    weak = int(trace.excitation[trace.excitation > 0].min(initial=10**6))
    firsts = [int(trace.excitation[span.start]) for span in groups]
    single = [(span, first) for span, first in zip(groups, firsts, strict=True) if span.ticks == 1]
    strong = [span for span, first in single if first > weak]
    double = [span for span, first in zip(groups, firsts, strict=True) if span.ticks > 1 and first > weak]
    tails = [trace.potential[span.start : span.start + 20] - trace.potential[max(0, span.start - 1)] for span in strong]
    return {
        "weak, strong, strong and weak": len(single) > len(strong) > 0 < len(double),
        "one spike for a strong pulse": all(len(trace.within(a.start, a.start + 3)) == 1 for a in strong),
        "above rest for 4 ticks": all((tail[:4] > 0).all() for tail in tails),
        "back to rest": all((np.diff(tail) <= 0).all() and tail[-1] == 0 for tail in tails),
        "a weak pulse suffices then": all(len(trace.within(a.stop - 1, a.stop + 2)) == 1 for a in double),
        "no other spike": len(trace.spikes) == len(strong) + 2 * len(double),
    }


def _pairs(trace: Trace) -> tuple[list[int], list[int], list[int]]:
    """Spikes after single pulses (each number once), and the intervals of pairs that were answered and were not."""
    groups = spans(trace.excitation, gap=45)
    singles, answered, unanswered = set(), [], []
    for number, group in enumerate(groups):
        spikes = len(trace.within(group.start, next_start(groups, number, trace.ticks)))
        pulses = int(np.count_nonzero(trace.excitation[group.start : group.stop]))
        if pulses == 1:
            singles.add(spikes)
        elif pulses == 2:
            (answered if spikes else unanswered).append(group.ticks - 1)
    return sorted(singles), sorted(answered), sorted(unanswered)
