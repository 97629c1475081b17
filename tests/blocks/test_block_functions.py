"""What each block computes, for random input on the logical emulator; written with counts and bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from block_cases import Spikes, last, later, random_spikes, run_block
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neurocore.formats.block_files import builtin_blocks

SOME = settings(
    max_examples=4, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SEEDS = st.integers(0, 2**20)
RATES = st.sampled_from([0.05, 0.3, 0.7, 0.95])


def counts(spikes: Spikes) -> np.ndarray[Any, Any]:
    return np.cumsum(spikes, axis=0, dtype=np.int64)


@SOME
@given(SEEDS, RATES, st.integers(1, 4))
def test_splitter_repeats_every_line(tmp_path: Path, seed: int, rate: float, copies: int) -> None:
    x = random_spikes(seed, 60, 3, rate=rate)
    out = run_block(tmp_path, "splitter", {"in": x}, size=3, copies=copies)
    assert (out == later(x, 1)[:, None, :].repeat(copies, axis=1)).all()


@SOME
@given(SEEDS, RATES)
def test_gates_of_two(tmp_path: Path, seed: int, rate: float) -> None:
    a, b = (random_spikes(seed + k, 80, 3, rate=rate) for k in (0, 1))
    found = {use: run_block(tmp_path, use, {"a": a, "b": b}, size=3) for use in ("and", "or", "xor")}
    assert (found["and"] == later(a & b, 1)).all()
    assert (found["or"] == later(a | b, 1)).all()
    assert (found["xor"] == later(a ^ b, 2)).all()


@SOME
@given(SEEDS, RATES, st.integers(1, 6))
def test_and_threshold_and_majority_count_the_spikes_of_a_tick(
    tmp_path: Path, seed: int, rate: float, inputs: int
) -> None:
    trains = [random_spikes(seed + k, 60, 2, rate=rate) for k in range(inputs)]
    votes = later(sum(train.astype(int) for train in trains), 1)
    ports = dict(zip(("a", "b", "more"), ([train] for train in trains), strict=False))
    ports |= {"more": trains[2:]} if inputs > 2 else {}
    assert (run_block(tmp_path, "and", ports, size=2, inputs=inputs) == (votes == inputs)).all()
    assert (run_block(tmp_path, "majority", {"in": trains}, size=2, inputs=inputs) == (2 * votes > inputs)).all()
    for least in (1, 2, inputs):
        found = run_block(tmp_path, "threshold", {"in": trains}, size=2, at_least=least)
        assert (found == (votes >= least)).all()


@SOME
@given(SEEDS, RATES)
def test_not_answers_the_clock(tmp_path: Path, seed: int, rate: float) -> None:
    x, clock = random_spikes(seed, 80, 3, rate=rate), random_spikes(seed + 1, 80, 3, rate=0.5)
    out = run_block(tmp_path, "not", {"in": x, "clock": clock}, size=3)
    assert (out == later(clock & ~x, 1)).all()


@pytest.mark.parametrize("ticks", [1, 2, 15, 16, 17, 30, 31, 45, 46, 61, 100])
def test_delay_line_of_any_length(tmp_path: Path, ticks: int) -> None:
    x = random_spikes(ticks, 150, 3)
    assert (run_block(tmp_path, "delay_line", {"in": x}, size=3, ticks=ticks) == later(x, ticks)).all()


@SOME
@given(SEEDS, RATES, st.integers(1, 7))
def test_rate_divider_counts(tmp_path: Path, seed: int, rate: float, divisor: int) -> None:
    x = random_spikes(seed, 80, 3, rate=rate)
    out = run_block(tmp_path, "rate_divider", {"in": x}, size=3, divisor=divisor)
    assert (counts(out) == later(counts(x) // divisor, 1)).all()


@SOME
@given(SEEDS, st.integers(1, 9), st.data())
def test_oscillator_beats_and_waits(tmp_path: Path, seed: int, period: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, period - 1))
    ticks = np.arange(70)[:, None]
    free = run_block(tmp_path, "oscillator", {}, length=70, period=period, first=first)
    assert (free == ((ticks >= first) & ((ticks - first) % period == 0))).all()
    hold = random_spikes(seed, 70, 1)
    held = run_block(tmp_path, "oscillator", {"hold": hold}, period=period, first=first)
    gone = ticks - later(counts(hold), 1)  # ticks that were not waited
    beats = np.where(gone >= first, (gone - first) // period + 1, 0)
    assert (counts(held) == np.maximum.accumulate(beats, axis=0)).all()


@SOME
@given(SEEDS, st.sampled_from([0.03, 0.2, 0.6]))
def test_latch_remembers(tmp_path: Path, seed: int, rate: float) -> None:
    on, off = (random_spikes(seed + k, 100, 3, rate=rate) for k in (0, 1))
    out = run_block(tmp_path, "latch", {"set": on, "reset": off}, size=3)
    state = np.zeros(3, bool)
    for tick in range(1, 100):
        state = (state | on[tick - 1]) & ~off[tick - 1]
        assert (out[tick] == state).all()
    assert not out[0].any()


@SOME
@given(SEEDS, RATES, st.integers(2, 6), st.integers(1, 6))
def test_the_winner_takes_all(tmp_path: Path, seed: int, rate: float, size: int, goal: int) -> None:
    x = random_spikes(seed, 120, size, rate=rate)
    out = run_block(tmp_path, "winner_take_all", {"in": x}, size=size, goal=goal)
    expected = np.zeros_like(x)
    count, just_won = np.zeros(size, int), False
    for tick in range(118):
        count = np.zeros(size, int) if just_won else count + x[tick]
        if just_won := bool((count >= goal).any()):
            expected[tick + 2, np.argmax(count >= goal)] = True
    assert (out == expected).all()
    assert out.sum(axis=1).max() <= 1


def test_the_strongest_line_wins_most_races(tmp_path: Path) -> None:
    x = np.random.default_rng(1).random((2000, 4)) < np.array([0.2, 0.3, 0.5, 0.25])
    wins = run_block(tmp_path, "winner_take_all", {"in": x}, size=4, goal=8).sum(axis=0)
    assert wins.argmax() == 2 and wins[2] > 0.8 * wins.sum()


def within(found: np.ndarray[Any, Any], chance: Any, trials: Any) -> None:
    """Counts of independent trials lie within 4.5 standard deviations."""
    bound = 4.5 * np.sqrt(np.asarray(trials) * chance * (1 - np.asarray(chance))) + 1e-9
    assert (np.abs(found - np.asarray(trials) * chance) <= bound).all(), (found, chance, trials)


def test_poisson_source_has_the_rates_asked_for_and_no_memory(tmp_path: Path) -> None:
    rates = [0, 0.5, 20, 250, 777.7, 1000]
    out = run_block(tmp_path, "poisson_source", {}, length=1500, seed=3, size=6, rate=rates)
    p = np.array(rates) / 1000
    within(out.sum(axis=0), p, 1499)
    within((out[2:] & out[1:-1])[::2].sum(axis=0), p * p, 749)  # pairs that do not overlap
    assert (out.sum(axis=0)[[0, 5]] == [0, 1499]).all()
    other = run_block(tmp_path, "poisson_source", {}, length=1500, seed=4, size=6, rate=rates)
    assert (other != out).any()
    alike = run_block(tmp_path, "poisson_source", {}, length=400, seed=3, size=50, rate=100)
    within(alike.sum(), 0.1, 50 * 399)


@pytest.mark.parametrize("wait", [0, 1, 14])
def test_multiplier_by_rate_multiplies_chances(tmp_path: Path, wait: int) -> None:
    p, q = np.array([0.1, 0.5, 0.9]), np.array([0.8, 0.5, 0.3])
    rng = np.random.default_rng(5)
    a, b = rng.random((1000, 3)) < p, rng.random((1000, 3)) < q
    out = run_block(tmp_path, "multiplier_by_rate", {"a": a, "b": b}, size=3, wait=wait)
    within(out.sum(axis=0), p * q, 1000 - 1 - wait)
    same = run_block(tmp_path, "multiplier_by_rate", {"a": a, "b": a}, size=3, wait=wait)
    if wait:
        assert (np.abs(same.mean(axis=0) - p * p) < 0.08).all()
    else:
        assert (same == later(a, 1)).all()


@pytest.mark.parametrize("parts", [2, 64, 128, 255, 256])
def test_rate_scaler_lets_a_share_pass(tmp_path: Path, parts: int) -> None:
    x = random_spikes(6, 1500, 4, rate=0.6)
    out = run_block(tmp_path, "rate_scaler", {"in": x}, seed=8, size=4, parts=parts)
    assert not (out & ~later(x, 2)).any()
    within(out.sum(axis=0), parts / 256, later(x, 2).sum(axis=0))


@SOME
@given(SEEDS, st.sampled_from([0.1, 0.4]))
def test_add_loses_no_spike(tmp_path: Path, seed: int, rate: float) -> None:
    a, b = (random_spikes(seed + k, 150, 3, rate=rate, rest=80) for k in (0, 1))
    out = run_block(tmp_path, "add", {"a": a, "b": b}, size=3)
    waiting = np.zeros(3, int)
    for tick in range(1, 150):
        waiting += a[tick - 1].astype(int) + b[tick - 1]
        assert (out[tick] == (waiting > 0)).all()
        waiting -= out[tick]
    assert (out.sum(axis=0) == a.sum(axis=0) + b.sum(axis=0)).all()


@SOME
@given(SEEDS, RATES)
def test_subtract_is_the_record_of_the_difference(tmp_path: Path, seed: int, rate: float) -> None:
    a, b = random_spikes(seed, 100, 3, rate=rate), random_spikes(seed + 1, 100, 3, rate=0.3)
    out = run_block(tmp_path, "subtract", {"a": a, "b": b}, size=3)
    record = np.maximum.accumulate(np.maximum(counts(a) - counts(b), 0), axis=0)
    assert (counts(out) == later(record, 1)).all()


@SOME
@given(SEEDS, RATES, RATES)
def test_max_and_min_of_counts(tmp_path: Path, seed: int, p: float, q: float) -> None:
    """Never more than the true count at the stated latency, a few ticks or spikes behind it, and equal in the end."""
    a = random_spikes(seed, 160, 3, rate=p, rest=20)
    b = random_spikes(seed + 1, 160, 3, rate=q, rest=20)
    larger, smaller = np.maximum(counts(a), counts(b)), np.minimum(counts(a), counts(b))
    out = counts(run_block(tmp_path, "max", {"a": a, "b": b}, size=3))
    assert (out <= later(larger, 2)).all() and (out >= later(larger, 4)).all()
    assert (out[-1] == larger[-1]).all()
    out = counts(run_block(tmp_path, "min", {"a": a, "b": b}, size=3))
    assert (out <= later(smaller, 6)).all() and (out >= later(smaller, 6) - 3).all()
    assert (out[-1] == smaller[-1]).all()


@SOME
@given(SEEDS, RATES, st.integers(0, 3))
def test_comparator_compares_the_spikes_of_a_tick(tmp_path: Path, seed: int, rate: float, margin: int) -> None:
    plus = [random_spikes(seed + k, 60, 2, rate=rate) for k in range(4)]
    minus = [random_spikes(seed + k, 60, 2, rate=0.3) for k in range(4, 6)]
    out = run_block(tmp_path, "comparator", {"a": plus, "b": minus}, size=2, margin=margin)
    difference = sum(x.astype(int) for x in plus) - sum(x.astype(int) for x in minus)
    assert (out == (later(difference, 1) > margin)).all()


@SOME
@given(SEEDS, st.sampled_from([0.3, 0.6]), st.integers(0, 2))
def test_median_filter_is_the_median_of_the_window(tmp_path: Path, seed: int, rate: float, reach: int) -> None:
    height, width, window = 6, 7, 2 * reach + 1
    x = random_spikes(seed, 12, 1, height, width, rate=rate)
    out = run_block(tmp_path, "median_filter", {"in": x}, height=height, width=width, reach=reach)
    padded = np.pad(x[:, 0], ((0, 0), (reach, reach), (reach, reach)))
    views = np.lib.stride_tricks.sliding_window_view(padded, (window, window), axis=(1, 2))
    assert (out[:, 0] == later(np.median(views, axis=(3, 4)) > 0.5, 1)).all()


@SOME
@given(SEEDS, st.integers(1, 3), st.integers(0, 2), st.integers(1, 5))
def test_conv_filter_correlates(tmp_path: Path, seed: int, stride: int, padding: int, threshold: int) -> None:
    kernel = np.random.default_rng(seed).integers(-3, 4, (2, 2, 3, 2))
    x = random_spikes(seed + 1, 12, 2, 6, 7)
    options = {"stride": stride, "padding": padding, "threshold": threshold}
    out = run_block(
        tmp_path, "conv_filter", {"in": x}, channels=2, height=6, width=7, kernel=kernel.tolist(), **options
    )
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    views = np.lib.stride_tricks.sliding_window_view(padded, (3, 2), axis=(2, 3))[:, :, ::stride, ::stride]
    total = np.einsum("tcyxvu,fcvu->tfyx", views.astype(int), kernel)
    assert (out == later(total >= threshold, 1)).all()


@SOME
@given(SEEDS, RATES, st.integers(1, 5), st.integers(1, 20))
def test_burst_detector_counts_in_a_window(tmp_path: Path, seed: int, rate: float, spikes: int, window: int) -> None:
    x = random_spikes(seed, 100, 3, rate=rate)
    out = run_block(tmp_path, "burst_detector", {"in": x}, size=3, spikes=spikes, window=window)
    assert (out == later(last(x, window) >= spikes, 1)).all()


def test_low_pass_follows_an_exponential(tmp_path: Path) -> None:
    """600 lines get 20 spikes in a row; how many have not left falls as if each waited for its own coin to fall."""
    x = np.zeros((600, 600), bool)
    x[:20] = True
    out = run_block(tmp_path, "low_pass", {"in": x}, seed=2, size=600, bits=6)
    left = counts(out).sum(axis=1)
    for tick in (30, 64, 128, 256):
        stay = (1 - 1 / 64) ** (tick - 1 - np.arange(20))  # chance that the spike of tick k waits still
        expected, spread = 600 * (1 - stay).sum(), np.sqrt(600 * (stay * (1 - stay)).sum())
        assert abs(left[tick] - expected) < 5 * spread + 0.02 * expected
    assert left[-1] > 0.995 * x.sum()


def test_low_pass_adds_one_spike_at_most_and_loses_none_while_there_is_room(tmp_path: Path) -> None:
    x = random_spikes(3, 800, 40, rate=0.5, rest=500)
    out = run_block(tmp_path, "low_pass", {"in": x}, seed=5, size=40, bits=5)
    more = counts(out) - later(counts(x), 2)
    assert more.max() <= 1
    assert set(more[-1].tolist()) <= {0, 1}


@SOME
@given(SEEDS, RATES, st.integers(1, 15))
def test_moving_average_is_the_mean_of_the_window(tmp_path: Path, seed: int, rate: float, window: int) -> None:
    x = random_spikes(seed, 80, 2, rate=rate)
    out = run_block(tmp_path, "moving_average", {"in": x}, size=2, window=window)
    summed = np.cumsum(later(last(x, window), 1), axis=0)
    assert (counts(out) == summed // window).all()


@SOME
@given(SEEDS, RATES)
def test_onset_sees_beginnings(tmp_path: Path, seed: int, rate: float) -> None:
    x = random_spikes(seed, 80, 3, rate=rate)
    assert (run_block(tmp_path, "onset", {"in": x}, size=3) == later(x & ~later(x, 1), 1)).all()


@SOME
@given(SEEDS, RATES, st.integers(1, 15))
def test_refractory_keeps_its_distance(tmp_path: Path, seed: int, rate: float, rest: int) -> None:
    x = random_spikes(seed, 80, 3, rate=rate)
    out = run_block(tmp_path, "refractory", {"in": x}, size=3, rest=rest)
    since = np.full(3, 100)
    for tick in range(1, 80):
        passed = x[tick - 1] & (since >= rest)
        assert (out[tick] == passed).all()
        since = np.where(passed, 0, since + 1)


@SOME
@given(SEEDS, st.sampled_from([0.05, 0.3]), st.integers(1, 15))
def test_hold_lasts(tmp_path: Path, seed: int, rate: float, ticks: int) -> None:
    x = random_spikes(seed, 80, 3, rate=rate)
    assert (run_block(tmp_path, "hold", {"in": x}, size=3, ticks=ticks) == later(last(x, ticks) > 0, 1)).all()


@SOME
@given(SEEDS, st.sampled_from([0.05, 0.3]), st.integers(0, 14))
def test_coincidence_sees_what_comes_together(tmp_path: Path, seed: int, rate: float, within: int) -> None:
    a, b = (random_spikes(seed + k, 100, 3, rate=rate) for k in (0, 1))
    out = run_block(tmp_path, "coincidence", {"a": a, "b": b}, size=3, within=within)
    together = (last(a, within + 1) > 0) & (last(b, within + 1) > 0)
    assert (out == later(together & ~later(together, 1), 3)).all()


def test_every_block_that_ships_is_tested_here() -> None:
    text = Path(__file__).read_text()
    assert [name for name in builtin_blocks() if f'"{name}"' not in text] == []
