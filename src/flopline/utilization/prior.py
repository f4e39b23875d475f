"""The utilization that a run is assumed to reach when nobody says: fitted to published runs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict

from flopline.errors import UtilizationError
from flopline.provenance import Source
from flopline.utilization.table import Scope, fitted

if TYPE_CHECKING:
    from collections.abc import Mapping

SIXTEEN: Final = ("bf16", "fp16")
EIGHT: Final = "fp8"
Z90: Final = 1.6448536269514722


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
        return expit(center - Z90 * self.sigma), expit(center + Z90 * self.sigma)


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
        Id of the catalogue: chips without published runs get a wider prior.

    Raises
    ------
    UtilizationError
        For formats in which no run was published (E605): the utilization has to be given.
    """
    del chip
    table = fitted()
    fit = table.scope[scope]
    eight = _eight_bit_share(format)
    dense = (fit.dense_logit, fit.dense_sigma**2)
    mixture = (fit.mixture_logit, fit.mixture_sigma**2)
    center, variance = {False: dense, True: mixture, None: _either(dense, mixture)}[mixture_of_experts]
    center += eight * table.eight_bit.shift
    variance += (eight * table.eight_bit.width) ** 2
    return Prior(
        median=expit(center),
        sigma=math.sqrt(variance),
        plan_share=1 - min(table.stage.sigma**2 / variance, 1.0),
        scope=scope,
        rows=fit.rows,
        sources=fit.sources,
        source=Source(cite=f"{table.provenance['cite']}, {table.provenance['date']}", grade="read"),
        remark=_remark(mixture_of_experts, eight, fit.mixtures, table.eight_bit.pairs),
    )


def _either(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """Return center and variance of an even mixture of two normals, by their first two moments."""
    center = (one[0] + other[0]) / 2
    return center, (one[1] + other[1]) / 2 + ((one[0] - other[0]) / 2) ** 2


def _eight_bit_share(format: str | Mapping[str, float]) -> float:  # noqa: A002 - the plan's own word
    shares = {format: 1.0} if isinstance(format, str) else dict(format)
    strange = [name for name in shares if name not in (*SIXTEEN, EIGHT)]
    if strange:
        message = f"no utilization of a training run in `{strange[0]}` has been published"
        raise UtilizationError(message, code="E605", hint='give it: `utilization = "25%..40%"`')
    return shares.get(EIGHT, 0.0)


def _remark(mixture: bool | None, eight: float, mixtures: int, pairs: int) -> str | None:
    remarks = []
    if mixture is None:
        remarks.append("dense or mixture of experts is not known: both, evenly")
    if mixture:
        remarks.append(f"level from {mixtures} mixtures of experts, width from benchmark suites")
    if eight:
        remarks.append(f"no run in FP8 among the data: effect of the format from {pairs} benchmark pairs")
    return "; ".join(remarks) or None


def logit(share: float) -> float:
    """Return the logarithm of the odds of a share."""
    return math.log(share / (1 - share))


def expit(odds: float) -> float:
    """Return the share whose odds have this logarithm."""
    return 1 / (1 + math.exp(-odds))
