"""Search parameters with which a behaviour's config meets its rule: a random walk through the values that are given.

    python tools/find_behaviour.py spike_frequency_adaptation populations.fatigue.neuron.threshold=8,10,16 \\
        projections[2].weight=5,6,7 projections[3].weight=-3,-5,-7

Each hit is printed as how many spikes the cell fired, and the options that set these values in ``neurocore run``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from neurocore.errors import NeurocoreError
from neurocore.verbs.running import run
from tools.behaviours.rules import RULES, passes
from tools.behaviours.running import NAMES, config, network, trace_of
from tools.behaviours.trace import Trace

Choice = dict[str, int]


def find(name: str, values: Mapping[str, Sequence[int]], tries: int, seed: int = 0) -> Iterator[tuple[Choice, Trace]]:
    """The choices with which the behaviour's rule is met, each once, of so many drawn at random.

    values : YAML path -> what to choose from
    """
    random = np.random.default_rng(seed)
    stimulus = network(name)
    seen = set()
    for _ in range(tries):
        choice = {key: int(random.choice(allowed)) for key, allowed in values.items()}
        if tuple(choice.values()) in seen:
            continue
        seen.add(tuple(choice.values()))
        try:
            found = trace_of(run(config(name), overrides=dict(choice), threads=1), stimulus)
        except NeurocoreError:
            continue  # a choice that the chip cannot hold
        if passes(name, found):
            yield choice, found


def main(arguments: Sequence[str] | None = None) -> int:
    """Search and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("name", choices=NAMES, metavar="NAME", help=f"a behaviour: {', '.join(RULES)}")
    parser.add_argument("values", nargs="+", metavar="KEY=A,B,...", help="a key of the YAML and what to choose from")
    parser.add_argument("--tries", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    values = {key: list(map(int, given.split(","))) for key, _, given in (v.partition("=") for v in options.values)}
    hits = 0
    for choice, found in find(options.name, values, options.tries, options.seed):
        print(len(found.spikes), *(f"--set {key}={value}" for key, value in choice.items()))
        hits += 1
    print(f"{hits} hits", file=sys.stderr)
    return 0 if hits else 1


if __name__ == "__main__":
    raise SystemExit(main())
