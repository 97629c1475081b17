"""Progress of long work on a terminal: ticks done, ticks per second, time to go. Silent in a pipe and with quiet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["pass_progress", "point_progress", "tick_progress"]


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


@contextmanager
def point_progress(points: int, done: int = 0, quiet: bool = False) -> Iterator[Callable[[bool], None] | None]:
    """Yield a function to call with whether it failed as each point of a sweep ends, or None in a pipe."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("sweeping"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("points{task.fields[failed]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task, failures = bar.add_task("sweeping", total=points, completed=done, failed=""), 0

        def show(failed: bool) -> None:
            nonlocal failures
            failures += failed
            bar.update(task, advance=1, failed=f", {failures} failed" if failures else "")

        yield show
