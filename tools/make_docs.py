"""Write the generated parts of the documentation: key table, blocks, JSON schema, coefficients, command line.

Run ``python -m tools.make_docs`` after a change of the models in neurocore/network*.py, arch.py or training/plan.py, of
neurocore/presets/energy/truenorth.yaml, or of the command line; a test says so where it was forgotten.
"""

from __future__ import annotations

import json
from pathlib import Path

from neurocore.estimate.coefficients import Coefficient, read_coefficients
from neurocore.formats.schema import key_table, network_schema, table_of
from neurocore.training.plan import Plan
from neurocore.units import human_si
from neurocore.verbs.block_list import blocks
from tools.cli_page import cli_page

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "network_format.md"
ESTIMATOR_PAGE = ROOT / "docs" / "estimator.md"
BLOCKS_PAGE = ROOT / "docs" / "blocks.md"
TRAINING_PAGE = ROOT / "docs" / "training.md"
CLI_PAGE = ROOT / "docs" / "cli.md"
SCHEMA = ROOT / "neurocore" / "formats" / "network.schema.json"
BEGIN, END = "<!-- keys: written by tools/make_docs.py -->\n", "<!-- end of keys -->\n"
BLOCKS_BEGIN, BLOCKS_END = "<!-- blocks: written by tools/make_docs.py -->\n", "<!-- end of blocks -->\n"
PLAN_BEGIN, PLAN_END = "<!-- plan: written by tools/make_docs.py -->\n", "<!-- end of plan -->\n"
COEFFICIENTS_BEGIN = "<!-- coefficients: written by tools/make_docs.py -->\n"
COEFFICIENTS_END = "<!-- end of coefficients -->\n"


def page_text() -> str:
    return _between(PAGE, BEGIN, key_table(), END)


def estimator_page_text() -> str:
    return _between(ESTIMATOR_PAGE, COEFFICIENTS_BEGIN, coefficient_table(), COEFFICIENTS_END)


def blocks_page_text() -> str:
    return _between(BLOCKS_PAGE, BLOCKS_BEGIN, block_table(), BLOCKS_END)


def training_page_text() -> str:
    return _between(TRAINING_PAGE, PLAN_BEGIN, table_of(Plan), PLAN_END)


def block_table() -> str:
    """Costs are those of mapping each block with its defaults, its inputs attached."""
    lines = [
        "| block | does | in, out | parameters | latency | cores | neurons | axons |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in blocks().blocks:
        assert one.cost is not None, one.use
        ports = f"{', '.join(one.inputs) or 'none'} → {', '.join(one.outputs)}"
        parameters = "; ".join(f"`{name}`: {said}" for name, said in one.parameter_texts().items())
        cost = (one.cost.cores, one.cost.neurons, one.cost.axons)
        cells = (f"`{one.use}`", one.does, ports, parameters, one.latency or "", *map(str, cost))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _between(page: Path, begin: str, text: str, end: str) -> str:
    before, rest = page.read_text(encoding="utf-8").split(begin)
    return before + begin + "\n" + text + "\n" + end + rest.split(end)[1]


def coefficient_table() -> str:
    lines = ["| name | value | uncertainty | kind | conditions | source |", "|---|---|---|---|---|---|"]
    for name, coefficient in read_coefficients().items().items():
        sure = f"{coefficient.uncertainty:.0%}" if coefficient.uncertainty else ""
        cells = (f"`{name}`", _value(coefficient), sure, coefficient.kind, coefficient.conditions, coefficient.source)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _value(coefficient: Coefficient) -> str:
    unit = coefficient.unit
    value = f"{coefficient.value:g}" if unit in ("1", "V") else human_si(coefficient.value, unit)
    at = f" at {coefficient.at_voltage:g} V" if coefficient.at_voltage else ""
    return value + (" V" if unit == "V" else "") + at


def schema_text() -> str:
    return json.dumps(network_schema(), indent=1) + "\n"


def main() -> None:
    PAGE.write_text(page_text(), encoding="utf-8")
    ESTIMATOR_PAGE.write_text(estimator_page_text(), encoding="utf-8")
    BLOCKS_PAGE.write_text(blocks_page_text(), encoding="utf-8")
    TRAINING_PAGE.write_text(training_page_text(), encoding="utf-8")
    CLI_PAGE.write_text(cli_page(), encoding="utf-8")
    SCHEMA.write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
