"""What a run would cost on silicon: power, throughput, timing and traffic."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from neurocore.estimate.coefficients import Coefficients
from neurocore.estimate.estimate import Estimate
from neurocore.estimate.estimate import estimate as reckon
from neurocore.noc.traffic import traffic
from neurocore.verbs.run_loading import load_run
from neurocore.verbs.run_result import RunResult

__all__ = ["estimate"]


def estimate(
    run: str | Path | RunResult,
    *,
    voltage: float | None = None,
    coefficients: str | Path | Coefficients | None = None,
    static: Literal["whole", "used"] = "whole",
) -> Estimate:
    """Estimate what a finished run would cost on silicon.

    run          : a run folder, or what ``run`` returned
    voltage      : supply voltage, V, 0.70 to 1.05; that of the run's chip if left out, else 0.75
    coefficients : a YAML file that changes prices of the preset "truenorth" (see docs/estimator.md)
    static       : "whole": all cores of all chips draw static power; "used": only the share of the used cores counts
    Raises NeurocoreError (one of its kinds) for a folder, file or value that cannot be used.
    """
    result = run if isinstance(run, RunResult) else load_run(run)
    return reckon(
        result.image,
        result.recording,
        traffic(result.image, result.recording),
        coefficients=coefficients,
        voltage=voltage,
        static=static,
        ticks_per_frame=result.ticks_per_frame,
    )
