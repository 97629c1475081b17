"""The tables of docs/behaviours.md: each behaviour with its rule, its neurons, and which other rules they meet."""

from __future__ import annotations

import re

from neurocore.network import Neuron
from neurocore.neuron import RESET_MODES
from neurocore.verbs.checking import compile
from tools.behaviours.rules import passes, words
from tools.behaviours.running import NAMES, ROOT, config, network, trace

PAGE = ROOT / "docs" / "behaviours.md"
PARTS = ("behaviours", "neurons", "others")
"""Names of the generated parts, between <!-- NAME --> and <!-- end of NAME -->."""


def heading(name: str) -> str:
    """The behaviour's name as one writes it."""
    text = name.replace("_", " ").replace("inhibition ", "inhibition-").replace("after ", "after-")
    return text[0].upper() + text[1:]


def comment(name: str, label: str) -> str:
    """A paragraph of the config's comment, without its label: 'How', 'Rule' or 'Parameters'."""
    lines = [line[2:] for line in config(name).read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    paragraphs = [" ".join(part.split()) for part in "\n".join(lines).split("\n\n")]
    found = [part.removeprefix(f"{label}: ") for part in paragraphs if part.startswith(f"{label}: ")]
    return found[0] if found else ""


def behaviours_table() -> str:
    """One row a behaviour: what it does, how many neurons of the chip, the rule, where the parameters come from."""
    lines = ["| behaviour | neurons | rule | how it comes about | parameters |", "|---|---|---|---|---|"]
    for name in NAMES:
        used = int(compile(config(name)).image.neuron_used.sum())
        link = heading(name)
        how, source = comment(name, "How"), comment(name, "Parameters")
        lines.append(f"| {link} | {used} | {words(name)} | {_sentence(how)} | {_linked(source)} |")
    return "\n".join(lines) + "\n"


def neurons_table() -> str:
    """One row a neuron: what reaches it with which weight, and its parameters by their published symbols."""
    columns = (
        "| behaviour | neuron | inputs: weight (delay) | alpha | lambda | epsilon | gamma | R | beta | kappa | V0 |"
    )
    lines = [columns, "|" + "---|" * (columns.count("|") - 1)]
    for name in NAMES:
        described = network(name)
        first = heading(name)
        for key, population in described.populations.items():
            inputs = ", ".join(
                f"{p.from_} {p.weight:+}" + (f" ({p.delay})" if p.delay != 1 else "")
                for p in described.projections
                if p.to == key
            )
            lines.append(f"| {first} | {key} | {inputs} | {' | '.join(map(str, symbols(population.neuron)))} |")
            first = ""
    return "\n".join(lines) + "\n"


def symbols(neuron: Neuron) -> tuple[object, ...]:
    """alpha, lambda, epsilon, gamma, R, beta, kappa, V0; beta and kappa '-' where the potential has no lower bound."""
    saturates = neuron.floor is not None
    bounded = saturates or neuron.negative_threshold is not None
    beta = -neuron.floor if saturates else neuron.negative_threshold  # type: ignore[operator]
    lower = (beta, int(saturates)) if bounded else ("-", "-")
    reversal, mode = int(bool(neuron.leak_reversal)), RESET_MODES[neuron.reset]
    return (neuron.threshold, neuron.leak, reversal, mode, neuron.reset_potential, *lower, neuron.initial_potential)


def others(name: str) -> list[str]:
    """The other rules that these neurons meet, each under the stimulus of that rule's own behaviour. Some seconds."""
    return [other for other in NAMES if other != name and passes(other, trace(name, other))]


def others_table() -> str:
    """One row for each behaviour whose neurons meet other rules as well."""
    lines = ["| neurons of | also meet the rule of |", "|---|---|"]
    for name in NAMES:
        if found := others(name):
            lines.append(f"| {heading(name)} | {', '.join(heading(other).lower() for other in found)} |")
    return "\n".join(lines) + "\n"


def part_of_page(part: str) -> str:
    """A generated part as the page has it."""
    text = PAGE.read_text(encoding="utf-8")
    return text.split(f"<!-- {part} -->\n\n")[1].split(f"\n<!-- end of {part} -->")[0]


def write_page() -> None:
    """Write all generated parts anew. Half a minute."""
    text = PAGE.read_text(encoding="utf-8")
    for part, table in zip(PARTS, (behaviours_table(), neurons_table(), others_table()), strict=True):
        begin, end = f"<!-- {part} -->\n", f"<!-- end of {part} -->"
        text = re.sub(f"{begin}.*?{end}", lambda _, new=f"{begin}\n{table}\n{end}": new, text, flags=re.S)
    PAGE.write_text(text, encoding="utf-8")


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] if text else ""


def _linked(text: str) -> str:
    """Sources with the published configs as links."""
    return _sentence(re.sub(r"published/\w+\.yaml", lambda m: f"`{m[0]}`", text))
