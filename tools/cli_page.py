"""The command-line reference, from the parsers: docs/cli.md is written by tools/make_docs.py."""

from __future__ import annotations

import argparse

from neurocore.cli.main import build_parser

__all__ = ["cli_page"]

INTRODUCTION = """# Command line

Every verb and option of the `neurocore` command; `neurocore VERB --help` prints the same. This page is written by
`python -m tools.make_docs`.

Results go to stdout, talk and progress to stderr. Exit codes: 0 ok, 1 a check failed or the network does not fit,
2 bad input, 130 interrupted (what was done is kept).
"""


def cli_page() -> str:
    """The page, as Markdown."""
    parts = [INTRODUCTION]
    for name, verb in verbs(build_parser()).items():
        parts.append(f"## {name}\n\n{_sentence(verb.description or '')}\n\n{_usage(name, verb)}\n\n{_table(verb)}")
    return "\n".join(parts)


def verbs(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parser of each verb by its name, in the order of the help."""
    chosen = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return dict(next(chosen).choices)


def _sentence(text: str) -> str:
    return " ".join(text.split())


def _usage(name: str, verb: argparse.ArgumentParser) -> str:
    needed = [_operand(action) for action in verb._actions if not action.option_strings]
    return f"`{' '.join(['neurocore', name, *needed, '[options]'])}`"


def _operand(action: argparse.Action) -> str:
    word = str(action.metavar or action.dest).upper()
    match action.nargs:
        case "?":
            return f"[{word}]"
        case "*":
            return f"[{word} ...]"
        case "+":
            return f"{word} [{word} ...]"
    return word


def _table(verb: argparse.ArgumentParser) -> str:
    rows = ["| argument | meaning |", "|---|---|"]
    for action in verb._actions:
        if isinstance(action, argparse._HelpAction) or action.help == argparse.SUPPRESS:
            continue
        if not action.option_strings:
            name = f"`{_operand(action)}`"
        else:
            value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
            name = ", ".join(f"`{option}{value}`" for option in action.option_strings)
        meaning = (action.help or "") % (vars(action) | {"prog": verb.prog})
        if action.choices:
            meaning += f" ({', '.join(map(str, action.choices))})"
        rows.append(f"| {_cell(name)} | {_cell(meaning)} |")
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
