"""Reading YAML as YAML 1.2 means it, keeping the line of every node, and refusing what could surprise or harm.

PyYAML follows YAML 1.1, where ``no`` is False, ``010`` is 8, ``12:30`` is 750 and ``1e6`` is text; here they are text,
10, text and a float. Duplicate keys, tags, cycles, alias bombs, second documents and numbers without a finite value are
errors with file, line and path.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from neurocore.errors import ConfigError, closest
from neurocore.formats.yaml_paths import YamlPath, format_path, shown
from neurocore.formats.yaml_scalars import plain_scalar
from neurocore.units import human_bytes

__all__ = ["Document", "load_yaml", "parse_yaml", "read_scalar"]

MAX_BYTES: Final = 2**20
MAX_DEPTH: Final = 40
MAX_NODES: Final = 1_000_000
"""Nodes after every alias has been replaced by what it stands for."""

_PLAIN, _QUOTED, _SEQUENCE, _MAPPING = "plain", "quoted", "sequence", "mapping"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A YAML file that was read: its value as dicts, lists and scalars, and where each node stands.

    file : the file as the user named it
    """

    file: str
    value: Any
    root: yaml.Node | None

    def line(self, path: YamlPath) -> int | None:
        """1-based line of a node, or of the nearest node above it that exists."""
        node, line = self.root, self.root.start_mark.line + 1 if self.root else None
        for part in path:
            found = _child(node, part)
            if found is None:
                break
            node, line = found
        return line

    def error(self, path: YamlPath, problem: str, fix: str | None = None) -> ConfigError:
        """A ConfigError at a path of this document."""
        return ConfigError(problem, file=self.file, line=self.line(path), path=format_path(path), fix=fix)


def _child(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, int] | None:
    """A child node and the line it begins in: that of its key, in a mapping."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part].start_mark.line + 1
    return None


class _Loader(yaml.SafeLoader):
    """Composes nodes only; their tags say just how they were written, scalars are read by :func:`plain_scalar`."""

    depth = 0

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        if kind is yaml.ScalarNode:
            return _PLAIN if implicit[0] else _QUOTED
        return _SEQUENCE if kind is yaml.SequenceNode else _MAPPING

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            mark = self.peek_event().start_mark
            raise yaml.composer.ComposerError(None, None, f"nested more than {MAX_DEPTH} levels deep", mark)
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


def load_yaml(path: str | Path) -> Document:
    """Read a YAML file. Raises ConfigError naming file, line and path for anything that is not plain, safe YAML."""
    file = Path(path)
    try:
        if file.is_dir():
            raise ConfigError("this is a folder, not a file", file=str(path), fix="name the .yaml file inside it")
        if file.exists() and not file.is_file():
            raise ConfigError("this is no ordinary file", file=str(path), fix="name a .yaml file")
        size = file.stat().st_size
        if size > MAX_BYTES:
            raise ConfigError(
                f"the file has {human_bytes(size)}; at most {human_bytes(MAX_BYTES)} of YAML are read",
                file=str(path),
                fix="keep large arrays in .npz files and name them: {file: weights.npz, array: w1}",
            )
        data = file.read_bytes()
    except FileNotFoundError:
        folder = file.parent
        beside = [f.name for f in folder.glob("*.y*ml")] if folder.is_dir() else []
        fix = closest(file.name, beside).replace("allowed here", "YAML files there") if beside else "check the path"
        raise ConfigError("this file does not exist", file=str(path), fix=fix) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(
            f"this file cannot be read: {reason}", file=str(path), fix="check its name and rights"
        ) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"byte 0x{data[error.start]:02x} is not UTF-8 text",
            file=str(path),
            line=data.count(b"\n", 0, error.start) + 1,
            fix="save the file as UTF-8",
        ) from None
    return parse_yaml(text, str(path))


def parse_yaml(text: str, file: str) -> Document:
    """Read YAML text; ``file`` is the name used in messages. Raises ConfigError as :func:`load_yaml` does."""
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
    except yaml.reader.ReaderError as error:
        raise ConfigError(
            f"character U+{error.character:04X} may not stand in YAML",
            file=file,
            line=text.count("\n", 0, error.position) + 1,
            fix="remove it",
        ) from None
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, file) from None
    except (ValueError, OverflowError):  # PyYAML lets chr() and int() fail
        raise ConfigError(
            "an escape or directive here stands for no character or version",
            file=file,
            line=loader.get_mark().line + 1,
            fix="write characters as they are, or as \\u and 4 hexadecimal digits; leave %YAML out",
        ) from None
    if root is None:
        return Document(file=file, value=None, root=None)
    document = Document(file=file, value=None, root=root)
    _measure(document, root, (), {}, set())
    return Document(file=file, value=_construct(document, root, ()), root=root)


def _syntax_error(error: yaml.MarkedYAMLError, file: str) -> ConfigError:
    """PyYAML's complaint in one line, with the fix where the cause is a usual one."""
    problem = error.problem or str(error)
    mark = error.problem_mark or error.context_mark
    if "quoted scalar" in (error.context or "") and "end of stream" in problem:
        problem, mark = "this quoted text is never closed", error.context_mark
    at = mark.line + 1 if mark else None
    fix = "look at this line and the one before: indentation, a missing ':' or an unclosed bracket or quote"
    if "'\\t'" in problem:
        problem, fix = "a tab cannot indent YAML", "indent with spaces"
    elif "another document" in problem:
        problem, fix = "a second document begins here ('---')", "one network per file"
    elif "undefined alias" in problem:
        problem = problem.replace("found undefined alias", "no anchor for the alias")
        fix = "write &name before the value that *name repeats; quote a text that begins with *"
    elif "nested more" in problem:
        fix = "keep large arrays in .npz files"
    elif "mapping values are not allowed" in problem:
        problem = "':' cannot stand here"
        fix = "check the indentation, and quote a text that contains ': '"
    elif "<block mapping start>" in problem or "<block sequence start>" in problem:
        problem, fix = "this line is indented deeper than the lines it belongs to", "align it with them"
    elif error.context and error.context_mark and error.context_mark.line + 1 != at:
        problem = f"{error.context} that begins on line {error.context_mark.line + 1}: {problem}"
    where = f" (column {mark.column + 1})" if mark else ""
    return ConfigError(f"{problem}{where}", file=file, line=at, fix=fix)


def _measure(
    document: Document, node: yaml.Node, path: YamlPath, known: dict[int, tuple[int, int]], above: set[int]
) -> tuple[int, int]:
    """How many nodes, and levels, a node stands for once its aliases are expanded. Refuses cycles and too many."""
    if id(node) in above:
        raise _at(document, node, path, "this alias contains itself", "write the value out")
    if id(node) in known:
        return known[id(node)]
    above.add(id(node))
    size, depth = 1, 1
    for part, below in _children(node):
        more, levels = _measure(document, below, (*path, part), known, above)
        size, depth = size + more + 1, max(depth, levels + 1)
    above.discard(id(node))
    if size > MAX_NODES:
        problem = f"with its aliases written out this has more than {MAX_NODES} values"
        raise _at(document, node, path, problem, "keep large arrays in .npz files")
    if depth > MAX_DEPTH:
        problem = f"with its aliases written out this is nested more than {MAX_DEPTH} levels deep"
        raise _at(document, node, path, problem, "keep large arrays in .npz files")
    known[id(node)] = size, depth
    return size, depth


def _children(node: yaml.Node) -> Iterator[tuple[str | int, yaml.Node]]:
    if isinstance(node, yaml.SequenceNode):
        yield from enumerate(node.value)
    elif isinstance(node, yaml.MappingNode):
        yield from ((key.value if isinstance(key.value, str) else "?", value) for key, value in node.value)


def _at(document: Document, node: yaml.Node, path: YamlPath, problem: str, fix: str) -> ConfigError:
    return ConfigError(problem, file=document.file, line=node.start_mark.line + 1, path=format_path(path), fix=fix)


def _construct(document: Document, node: yaml.Node, path: YamlPath) -> Any:
    """The value of a node as dict, list or scalar."""
    if node.tag not in (_PLAIN, _QUOTED, _SEQUENCE, _MAPPING):
        tag = node.tag.replace("tag:yaml.org,2002:", "!!")
        raise _at(document, node, path, f"the tag {shown(tag)} is not read", "remove it; tags are not needed here")
    _require_text(document, node, path)
    if isinstance(node, yaml.SequenceNode):
        return [_construct(document, item, (*path, i)) for i, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        if node.tag == _QUOTED:
            return node.value
        try:
            return plain_scalar(node.value)
        except ValueError as error:
            raise _at(document, node, path, str(error), "allowed: finite numbers; whole ones below 2^64") from None
    mapping: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key, value in node.value:
        name = _key(document, key, path)
        if name in mapping:
            fix = f"keep one; the first is on line {lines[name]}"
            raise _at(document, key, (*path, name), "this key is given twice", fix)
        mapping[name] = _construct(document, value, (*path, name))
        lines[name] = key.start_mark.line + 1
    return mapping


def _key(document: Document, key: yaml.Node, path: YamlPath) -> str:
    if not isinstance(key, yaml.ScalarNode):
        raise _at(document, key, path, "a list or mapping cannot be a key", "keys are words that begin with a letter")
    _require_text(document, key, path)
    try:
        value = plain_scalar(key.value) if key.tag == _PLAIN else key.value
    except ValueError:
        value = None
    if key.tag not in (_PLAIN, _QUOTED) or not isinstance(value, str):
        raise _at(document, key, path, f"{shown(key.value)} cannot be a key", "keys are words that begin with a letter")
    if value == "<<" and key.tag == _PLAIN:
        fix = "use an alias for the whole value, or write the keys out"
        raise _at(document, key, (*path, value), "merge keys are not part of YAML 1.2", fix)
    return value


def _require_text(document: Document, node: yaml.Node, path: YamlPath) -> None:
    """Half of a surrogate pair, which only an escape can give, is no character: no file could be written with it."""
    if (
        isinstance(node, yaml.ScalarNode)
        and node.tag == _QUOTED
        and any("\ud800" <= sign <= "\udfff" for sign in node.value)
    ):
        problem = f"{ascii(node.value[:40])} holds half a surrogate pair, which is no character"
        raise _at(document, node, path, problem, "write the character itself")


def read_scalar(text: str) -> Any:
    """One value as a YAML file would hold it, such as ``5``, ``true`` or ``[4, 4]``, for ``--set key=value``.

    Raises ConfigError for text that is no YAML value.
    """
    return parse_yaml(text, "--set").value
