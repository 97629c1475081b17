"""The cache of compiled kernels belongs to one state of the emulator's sources; what older ones left does no harm."""

from __future__ import annotations

import pickle
from pathlib import Path

import numba
import pytest

from neurocore.emulator import compiled


def _twice(number):
    return 2 * number


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_a_cache_that_other_sources_left_is_not_read_and_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(compiled, "_sources", lambda: "a" * 64)
    assert compiled.kernel(_twice)(1) == 2
    (left,) = tmp_path.rglob("*.nbi")
    left.write_bytes(pickle.dumps(numba.__version__) + b"cneurocore.emulator.tables\nNoLongerThere\n.")
    monkeypatch.setattr(compiled, "_sources", lambda: "b" * 64)
    assert compiled.kernel(_twice)(2) == 4
    assert not left.exists() and len(list(tmp_path.rglob("*.nb?"))) == 2
    again = compiled.kernel(_twice)
    assert again(3) == 6 and sum(again.stats.cache_hits.values()) == 1
