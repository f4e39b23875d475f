"""The library's questions about inputs: how large they may be, and what each of them does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from flopline.api import Execution
from flopline.api import load as _load
from flopline.engine.headroom import headroom as _headroom
from flopline.engine.headroom_results import Headroom
from flopline.engine.sensitivity import Sensitivity  # part of the public signature
from flopline.engine.sensitivity import sensitivity as _sensitivity
from flopline.plan import LoadedPlan, placing
from flopline.settings import Settings, between, reading_of


def headroom(
    plan: LoadedPlan | str | Path,
    *,
    below: float | str,
    line: str | None = None,
    vary: str | Sequence[str] = (),
    along: str | Mapping[str, object] | None = None,
    reading: str = "expected",
    tolerance: float = 1e-4,
    seed: int = 0,
    threads: int = 1,
    day: date | str | None = None,
    execution: Execution = "auto",
) -> Headroom:
    """Return how large each input may be while P of crossing stays at or below a limit.

    `headroom(plan, line="eu-ai-act/systemic-risk", below=0.05)["pretrain.tokens"].value`

    Parameters
    ----------
    below : float or str
        The limit: `0.05`, `"5%"`.
    line : str, optional
        Id of the line; all that have an amount by default.
    vary : str or sequence of str
        Dotted names or bare keys; by default all that multiplies FLOP and that a person chooses.
    along : str or mapping, optional
        `{"pretrain.tokens": 1, "model.params": 1}`: their logarithms move together in this ratio.
    reading : {"narrow", "expected", "broad"}
    tolerance, seed, threads, day, execution
        See `flopline.engine.estimate`.

    Raises
    ------
    FloplineError
        The question is malformed.
    """
    reading_of(reading, "reading=")
    asked = Settings.of(tolerance=tolerance, seed=seed, threads=threads, day=day, execution=execution)
    names = vary.split(",") if isinstance(vary, str) else vary
    loaded = plan if isinstance(plan, LoadedPlan) else _load(plan)
    with placing(loaded):
        return _headroom(
            loaded, below=between(below, "below=", 0.0, 1.0), line=line,
            vary=[str(name).strip() for name in names if str(name).strip()], along=along, reading=reading,
            tolerance=asked.tolerance, seed=asked.seed, threads=asked.threads, day=asked.day, execution=asked.execution,
        )  # fmt: skip


def sensitivity(
    plan: LoadedPlan | str | Path,
    *,
    line: str | None = None,
    reading: str = "expected",
    tolerance: float = 1e-3,
    seed: int = 0,
    threads: int = 1,
    day: date | str | None = None,
    execution: Execution = "auto",
) -> Sensitivity:
    """Return what each uncertain input does to the probability of crossing a line, and what knowing it would settle.

    `sensitivity(plan, line="eu-ai-act/systemic-risk")["pretrain.tokens"].settles`

    Parameters
    ----------
    line : str, optional
        Id of the line; by default the one whose probability is nearest to one half.
    reading : {"narrow", "expected", "broad"}
    tolerance, seed, threads, day, execution
        See `flopline.engine.estimate`.

    Raises
    ------
    FloplineError
        The question is malformed.
    """
    reading_of(reading, "reading=")
    asked = Settings.of(tolerance=tolerance, seed=seed, threads=threads, day=day, execution=execution)
    loaded = plan if isinstance(plan, LoadedPlan) else _load(plan)
    with placing(loaded):
        return _sensitivity(
            loaded, line=line, reading=reading, tolerance=asked.tolerance, seed=asked.seed, threads=asked.threads,
            day=asked.day, execution=asked.execution,
        )  # fmt: skip
