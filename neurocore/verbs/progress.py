"""Progress of long work on a terminal: ticks done, ticks per second, time to go. Silent in a pipe and with quiet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["pass_progress", "tick_progress"]


@contextmanager
def tick_progress(ticks: int, quiet: bool = False) -> Iterator[Callable[[int], None] | None]:
    """Yield a function to call with the ticks done so far, or None where stderr is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,}/{task.total:,} ticks"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("emulating", total=ticks, rate="")

        def show(done: int) -> None:
            speed = bar.tasks[0].speed
            bar.update(task, completed=done, rate=f"{speed:,.0f} ticks/s" if speed else "")

        yield show


@contextmanager
def pass_progress(quiet: bool = False) -> Iterator[Callable[[str], None] | None]:
    """Yield a function to call with the name of each mapping pass as it begins, or None where stderr is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("mapping", total=None)
        yield lambda name: bar.update(task, description=f"mapping: {name}")
