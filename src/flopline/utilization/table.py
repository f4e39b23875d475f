"""The tables behind this layer, read once: fitted prior, published runs, matmul rates, refused counters."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from flopline.provenance import Source

Scope = Literal["steady", "whole-run"]
"""Over which time: executed steps only, or everything from start to end with its goodput."""

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
    """One fit: centers and spreads on the logit, and the scores on held-out sources (see prior.toml)."""

    rows: int
    sources: int
    mixtures: int
    dense_logit: float
    dense_sigma: float
    mixture_logit: float
    mixture_sigma: float
    between_sources: float
    within_sources: float
    shift: float
    shift_error: float
    coverage_50: float
    coverage_80: float
    coverage_90: float
    coverage_95: float
    crps: float
    crps_flat_30_50: float
    crps_constant: float
    log_score: float
    median_width_90: float


class _Mixture(_Row):
    width: float
    models: float
    software: float
    suites: int
    benchmark_shift: float


class _EightBit(_Row):
    shift: float
    width: float
    pairs: int
    suites: int


class _Stage(_Row):
    sigma: float


class Fitted(_Row):
    """The shipped fit; benchmarks/calibration/fit.py writes it."""

    provenance: dict[str, str]
    scope: dict[Scope, FittedScope]
    mixture: _Mixture
    eight_bit: _EightBit
    stage: _Stage
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
    """

    chips: tuple[str, ...]
    formats: tuple[str, ...]
    share: float
    rate: str
    source: Source


class Counter(_Row):
    """A hardware counter that is no utilization, its names, and why not."""

    id: str
    names: tuple[str, ...]
    why: str


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
