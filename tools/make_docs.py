"""Write the generated parts of the documentation: the key table of docs/network_format.md and the JSON schema.

Run ``python tools/make_docs.py`` after a change of the models in neurocore/network.py or neurocore/arch.py;
a test says so where it was forgotten.
"""

from __future__ import annotations

import json
from pathlib import Path

from neurocore.formats.schema import key_table, network_schema

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "network_format.md"
SCHEMA = ROOT / "neurocore" / "formats" / "network.schema.json"
BEGIN, END = "<!-- keys: written by tools/make_docs.py -->\n", "<!-- end of keys -->\n"


def page_text() -> str:
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    return before + BEGIN + "\n" + key_table() + "\n" + END + rest.split(END)[1]


def schema_text() -> str:
    return json.dumps(network_schema(), indent=1) + "\n"


def main() -> None:
    PAGE.write_text(page_text(), encoding="utf-8")
    SCHEMA.write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
