"""Print the lowest version of each package that pyproject.toml allows: what `make test-lowest` installs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
EXTRAS = ("dev", "nir", "events", "docs")


def lowest(text: str) -> list[str]:
    """``name==version`` for every ``name>=version`` of the base packages and the extras that the tests use."""
    project = tomllib.loads(text)["project"]
    wanted = [*project["dependencies"], *(line for extra in EXTRAS for line in project["optional-dependencies"][extra])]
    found = (re.fullmatch(r"([\w.-]+)>=([\w.]+)(?:,<[\w.]+)?", line) for line in wanted)
    return [f"{match[1]}=={match[2]}" for match in found if match]


if __name__ == "__main__":
    print("\n".join(lowest(PYPROJECT.read_text(encoding="utf-8"))))
