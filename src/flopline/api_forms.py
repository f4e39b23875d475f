"""The library's questions about time and about forms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from flopline.api import Execution, seen_so_far
from flopline.api import load as _load
from flopline.engine.figures import Figures
from flopline.engine.figures import figures as _figures
from flopline.engine.timeline import Timeline
from flopline.engine.timeline import timeline as _timeline
from flopline.plan import LoadedPlan, placing
from flopline.settings import Settings, reading_of


def timeline(
    plan: LoadedPlan | str | Path,
    *,
    tolerance: float = 1e-4,
    seed: int = 0,
    threads: int = 1,
    day: date | str | None = None,
    execution: Execution = "auto",
    observed: Mapping[str, object] | None = None,
) -> Timeline:
    """Return when a plan crosses each line, and which duties fall on which day; see `flopline.engine.timeline`.

    Parameters
    ----------
    observed : mapping, optional
        What a run under way has shown: `{"pretrain.tokens": "9T", "pretrain.day": "2027-02-20"}`.

    Raises
    ------
    FloplineError
        The plan has no `start`, or nobody can tell how long a stage takes.
    """
    asked = Settings.of(tolerance=tolerance, seed=seed, threads=threads, day=day, execution=execution)
    loaded = seen_so_far(plan if isinstance(plan, LoadedPlan) else _load(plan), observed)
    with placing(loaded):
        return _timeline(
            loaded, tolerance=asked.tolerance, seed=asked.seed, threads=asked.threads, day=asked.day,
            execution=asked.execution,
        )  # fmt: skip


def figures(
    plan: LoadedPlan | str | Path,
    *,
    reading: str = "expected",
    level: float | str = 0.9,
    tolerance: float = 1e-4,
    seed: int = 0,
    threads: int = 1,
    day: date | str | None = None,
    execution: Execution = "auto",
) -> Figures:
    """Return what the EU notification and the Model Documentation Form ask for; see `flopline.engine.figures`.

    Raises
    ------
    FloplineError
        The question is malformed.
    """
    reading_of(reading, "reading=")
    asked = Settings.of(level=level, tolerance=tolerance, seed=seed, threads=threads, day=day, execution=execution)
    loaded = plan if isinstance(plan, LoadedPlan) else _load(plan)
    with placing(loaded):
        return _figures(
            loaded, reading=reading, level=asked.level, tolerance=asked.tolerance, seed=asked.seed,
            threads=asked.threads, day=asked.day, execution=asked.execution,
        )  # fmt: skip
