"""The tables behind this layer, read once: fitted prior, published runs, matmul rates, refused counters."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from flopline.provenance import Source

Scope = Literal["steady", "whole-run"]
"""Over which time: executed steps only, or everything from start to end with its goodput."""

Level = tuple[float, float]
"""Center and standard deviation on the logit."""

_DATA = Path(__file__).parent / "data"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Run(_Row):
    """One published training run.

    Attributes
    ----------
    model, year, chip : str, int, str
        What was trained, when, on what.
    scope : {"steady", "whole-run"}
        Over which time the figure is.
    mixture : bool
        Whether the model is a mixture of experts.
    utilization : float
        MFU against the dense peak of the format that ran.
    source : str
        Who published it.
    """

    model: str
    year: int
    chip: str
    scope: Scope
    mixture: bool
    utilization: float
    source: str


class FittedScope(_Row):
    """What one scope rests on, and its scores on sources left out of the fit (see prior.toml)."""

    rows: int
    sources: int
    mixtures: int
    coverage_50: float
    coverage_80: float
    coverage_90: float
    kurtosis: float
    median_width_90: float
    crps: float
    crps_flat_30_50: float
    crps_constant: float


class Family(_Row):
    """Chips that one level is fitted for, and how much is known of them.

    Attributes
    ----------
    name : str
        What they are called; empty for every chip that no row is of.
    chips : tuple of str
        Ids of the catalogue.
    runs, benchmarks, suites : int
        Training runs among the rows; benchmarks, and suites that they are of.
    unsure : str, optional
        Why the runs that there are do not count as known.
    whole_run_dense, whole_run_mixture, steady_dense, steady_mixture : tuple of float
        Center and standard deviation of the logit for a new source, in 16 bits.
    """

    name: str
    chips: tuple[str, ...]
    runs: int
    benchmarks: int
    suites: int
    unsure: str | None = None
    whole_run_dense: Level
    whole_run_mixture: Level
    steady_dense: Level
    steady_mixture: Level


class Format(_Row):
    """What a number format changes on the logit, against its own peak, and the spread that it adds."""

    shift: float
    width: float
    benchmarks: int
    suites: int


class _Stage(_Row):
    sigma: float


class Fitted(_Row):
    """The shipped fit; benchmarks/calibration/fit.py writes it."""

    provenance: dict[str, str]
    scope: dict[Scope, FittedScope]
    format: dict[str, Format]
    effect: dict[str, float]
    stage: _Stage
    family: tuple[Family, ...]
    run: tuple[Run, ...]


class Achievable(_Row):
    """The best dense matrix multiplication measured on some chips.

    Attributes
    ----------
    chips, formats : tuple of str
        Ids of the catalogue and number formats that it is for.
    share : float
        Share of the rated dense peak.
    rate : str
        What was measured.
    source : Source
        By whom.
    bound : bool
        Whether a run beyond it is refused. Not where the software or the chip was young when it was measured, or
        somebody measured in passing: what nobody has reached yet is not impossible.
    remark : str, optional
        What to know before using it.
    """

    chips: tuple[str, ...]
    formats: tuple[str, ...]
    share: float
    rate: str
    source: Source
    bound: bool = True
    remark: str | None = None


class Counter(_Row):
    """A hardware counter that is no utilization, its names, why not, and what to write instead."""

    id: str
    names: tuple[str, ...]
    why: str
    instead: str | None = None


@cache
def fitted() -> Fitted:
    """Return the shipped fit."""
    return Fitted.model_validate(tomllib.loads((_DATA / "prior.toml").read_text("utf-8")))


@cache
def measured() -> tuple[Achievable, ...]:
    """Return the measured matmul rates."""
    tree = tomllib.loads((_DATA / "achievable.toml").read_text("utf-8"))
    return tuple(
        Achievable.model_validate({**row, "source": tree["sources"][row["source"]]}) for row in tree["measured"]
    )


@cache
def refused() -> tuple[Counter, ...]:
    """Return the counters that are refused."""
    tree = tomllib.loads((_DATA / "refused.toml").read_text("utf-8"))
    return tuple(Counter.model_validate(row) for row in tree["counter"])
