"""Tasks over processes: each worker takes one after the other; a worker that dies costs its task, not the sweep."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from neurocore.errors import RunError
from neurocore.verbs.sweep_point import Outcome, Task, attempt

__all__ = ["run_tasks"]

Done = Callable[[int, Outcome], None]


def run_tasks(tasks: Sequence[Task], jobs: int, done: Done) -> bool:
    """Run tasks, ``jobs`` at a time; in this process where that is one. Returns whether Ctrl-C ended it early.

    done : called with each task's number and outcome as it ends, in the order in which they end
    Raises RunError where processes cannot be started.
    """
    try:
        return _here(tasks, done) if jobs == 1 else _in_processes(tasks, jobs, done)
    except KeyboardInterrupt:
        return True


def _here(tasks: Sequence[Task], done: Done) -> bool:
    for number, task in enumerate(tasks):
        outcome = attempt(task)
        if outcome == Outcome():
            return True
        done(number, outcome)
    return False


@dataclass(slots=True)
class _Worker:
    """A process, our end of its pipe, and the number of the task in its hands; None before it has said hello."""

    process: SpawnProcess
    pipe: Connection
    task: int | None = None
    ready: bool = False


def _in_processes(tasks: Sequence[Task], jobs: int, done: Done) -> bool:
    waiting = list(reversed(range(len(tasks))))
    workers: list[_Worker] = []
    try:
        workers += [_started() for _ in range(min(jobs, len(tasks)))]
        while workers:
            for pipe in wait([worker.pipe for worker in workers]):
                worker = next(worker for worker in workers if worker.pipe is pipe)
                try:
                    outcome = worker.pipe.recv()
                except (EOFError, OSError):
                    workers.remove(worker)
                    _bury(worker, done)
                    if waiting:
                        workers.append(_started())
                    continue
                if worker.ready and worker.task is not None and outcome != Outcome():
                    done(worker.task, outcome)
                worker.ready = True
                worker.task = waiting.pop() if waiting else None
                if worker.task is None:
                    worker.pipe.send(None)
                    worker.process.join()
                    workers.remove(worker)
                else:
                    worker.pipe.send(tasks[worker.task])
        return False
    finally:
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            worker.process.join()


def _started() -> _Worker:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _bury(worker: _Worker, done: Done) -> None:
    """A worker has died: with a task in its hands that is the task's error, without one it never came to life."""
    worker.process.join()
    if not worker.ready or worker.task is None:
        raise RunError(
            "a worker process could not start",
            fix="in a script, call sweep below `if __name__ == '__main__':`, as worker processes read the script too; "
            "or give jobs=1",
        )
    code = worker.process.exitcode or 0
    reason = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    hint = "; most likely it ran out of memory" if code == -signal.SIGKILL else ""
    done(worker.task, Outcome(error=f"its process died ({reason}){hint}\n  fix: fewer --jobs, or a smaller network"))


def _work(pipe: Connection) -> None:
    """A worker's life. Ctrl-C reaches every process of a terminal: the parent sees to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipe.send(None)
    try:
        while (task := pipe.recv()) is not None:
            pipe.send(attempt(task))
    except (EOFError, OSError):
        return
