"""The utilization that a run is assumed to reach when nobody says: fitted to published runs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict

from flopline.errors import UtilizationError
from flopline.kernels.special import Z95
from flopline.provenance import Source
from flopline.utilization.table import Family, Level, Scope, fitted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SIXTEEN: Final = ("bf16", "fp16")


class Prior(BaseModel):
    """A logit-normal distribution of MFU against the dense peak of the format that runs.

    logit(MFU) = logit(median) + plan effect + stage effect: both normal, independent; the plan effect is
    drawn once for all stages of a plan, the stage effect once per stage.

    Attributes
    ----------
    median : float
        Half of such runs are below.
    sigma : float
        Standard deviation of the logit, both effects together.
    plan_share : float
        Share of that variance which all stages of a plan have in common.
    scope : {"steady", "whole-run"}
        Whole-run values contain the goodput; steady ones do not.
    rows, sources : int
        Runs and independent sources of the fit.
    source : Source
        The fit.
    remark : str, optional
        Where data are missing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    median: float
    sigma: float
    plan_share: float
    scope: Scope
    rows: int
    sources: int
    source: Source
    remark: str | None = None

    @property
    def plan_sigma(self) -> float:
        """Standard deviation of the plan-wide effect on the logit."""
        return self.sigma * math.sqrt(self.plan_share)

    @property
    def stage_sigma(self) -> float:
        """Standard deviation of the effect of one stage on the logit."""
        return self.sigma * math.sqrt(1 - self.plan_share)

    @property
    def interval(self) -> tuple[float, float]:
        """Equal-tailed 90 % interval of the utilization."""
        center = logit(self.median)
        return expit(center - Z95 * self.sigma), expit(center + Z95 * self.sigma)


def prior(
    *,
    mixture_of_experts: bool | None = None,
    format: str | Mapping[str, float] = "bf16",  # noqa: A002 - the plan's own word
    scope: Scope = "whole-run",
    chip: str | None = None,
) -> Prior:
    """Return the default utilization of a training run.

    It must not be used for generation (rollouts, synthetic data), which has its own utilization.

    Parameters
    ----------
    mixture_of_experts : bool, optional
        Whether the model is a mixture of experts; None where the plan does not say.
    format : str or mapping of str to float
        The number format that ran, or shares of FLOP.
    scope : {"whole-run", "steady"}
        `steady` where an availability is given beside it.
    chip : str, optional
        Id of the catalogue; a chip without published runs has a wider prior, as does None.

    Raises
    ------
    UtilizationError
        For formats in which neither a run nor a benchmark was published (E605): the utilization has to be given.
    """
    table = fitted()
    family = family_of(chip)
    (dense, mixture), fit = _levels(family, scope), table.scope[scope]
    center, variance = {False: dense, True: mixture, None: _either(dense, mixture)}[mixture_of_experts]
    for name, share in _low(format).items():
        center += share * table.format[name].shift
        variance += (share * table.format[name].width) ** 2
    return Prior(
        median=expit(center),
        sigma=math.sqrt(variance),
        plan_share=1 - min(table.stage.sigma**2 / variance, 1.0),
        scope=scope,
        rows=fit.rows,
        sources=fit.sources,
        source=Source(cite=f"{table.provenance['cite']}, {table.provenance['date']}", grade="read"),
        remark="; ".join(_remarks(mixture_of_experts, format, chip, scope)) or None,
    )


def family_of(chip: str | None) -> Family:
    """Return the family of chips that a chip's level is fitted with: the nameless last one where no row is of it."""
    families = fitted().family
    return next((family for family in families if chip in family.chips), families[-1])


def _levels(family: Family, scope: Scope) -> tuple[Level, Level]:
    """Return center and variance of a dense model and of a mixture of experts."""
    found = {
        "whole-run": (family.whole_run_dense, family.whole_run_mixture),
        "steady": (family.steady_dense, family.steady_mixture),
    }[scope]
    (dense, sigma), (mixture, wider) = found
    return (dense, sigma**2), (mixture, wider**2)


def _either(one: Level, other: Level) -> Level:
    """Return center and variance of an even mixture of two normals, by their first two moments."""
    center = (one[0] + other[0]) / 2
    return center, (one[1] + other[1]) / 2 + ((one[0] - other[0]) / 2) ** 2


def _low(format: str | Mapping[str, float]) -> dict[str, float]:  # noqa: A002 - the plan's own word
    """Return the shares of formats that change the level."""
    shares = {format: 1.0} if isinstance(format, str) else dict(format)
    strange = [name for name in shares if name not in SIXTEEN and name not in fitted().format]
    if strange:
        message = f"no utilization of training in `{strange[0]}` has been published"
        raise UtilizationError(message, code="E605", hint='give it: `utilization = "25%..40%"`')
    return {name: share for name, share in shares.items() if name not in SIXTEEN}


def _remarks(
    mixture: bool | None,
    format: str | Mapping[str, float],  # noqa: A002 - the plan's own word
    chip: str | None,
    scope: Scope,
) -> Iterator[str]:
    """Yield what is missing under a prior."""
    table = fitted()
    if mixture is None:
        yield "dense or mixture of experts is not known: both, evenly"
    if mixture:
        count, runs = table.scope[scope].mixtures, {"whole-run": "whole runs", "steady": "steady runs"}[scope]
        yield f"mixtures of experts: {count} {runs} among the data, the rest of the level and its width from benchmarks"
    if chip is not None:
        yield from _missing(chip, family_of(chip))
    for name in _low(format):
        one = table.format[name]
        yield (
            f"no run in {name.upper()} among the data: effect of the format from "
            f"{_counted(one.benchmarks, 'benchmark')} of {_counted(one.suites, 'suite')}"
        )


def _missing(chip: str, family: Family) -> Iterator[str]:
    if family.unsure:
        yield f"{family.name}: {family.unsure}; as wide as for chips without runs"
    elif not family.name:
        yield f"no run and no benchmark on `{chip}` among the data: the middle of all chips, and wider"
    elif not family.runs:
        yield (
            f"no run on {family.name} among the data: level from {_counted(family.benchmarks, 'benchmark')} of "
            f"{_counted(family.suites, 'suite')}, and wider"
        )


def _counted(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"


def logit(share: float) -> float:
    """Return the logarithm of the odds of a share."""
    return math.log(share / (1 - share))


def expit(odds: float) -> float:
    """Return the share whose odds have this logarithm."""
    return 1 / (1 + math.exp(-odds))
