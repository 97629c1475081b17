"""Readers for tests of reading apart: what a library in C can do to a process, done on purpose."""

from __future__ import annotations

import os
import signal

import numpy as np

from neurocore.errors import ConfigError, SpikeFileError


def endless(path):
    while True:
        pass


def crash(path):
    os.kill(os.getpid(), signal.SIGABRT)


def greedy(path):
    return None, [np.ones(2**40, np.uint8)]


def refused(path):
    raise ConfigError("it is green", path="node 'a'", fix="paint it")


def arrays(path):
    print("a library that talks")
    return {"pid": os.getpid(), "path": path}, [
        np.arange(6, dtype=">i2").reshape(2, 3)[:, ::2],
        np.zeros((0, 3)),
        np.array(True),
        np.float32([0.1]),
    ]


def texts(path):
    return None, [np.array(["a"], object)]


def count(path, upto, name):
    for number in range(upto):
        yield {"name": name, "process": os.getpid()}, [np.full(number, number, np.int64), np.zeros((2, 0))]


def crash_later(path):
    yield None, []
    crash(path)


def endless_later(path):
    yield None, []
    endless(path)


def refused_later(path):
    yield None, []
    raise SpikeFileError("it is blue", path="/spikes", fix="wash it")
