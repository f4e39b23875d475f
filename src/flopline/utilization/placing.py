"""Where a utilization stands among those that were reached, and whether it can be true."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict

from flopline.errors import Diagnostic
from flopline.quantity import share as shown
from flopline.utilization.prior import SIXTEEN, Prior, expit, logit, prior
from flopline.utilization.table import Achievable, Run, Scope, fitted, measured

if TYPE_CHECKING:
    from collections.abc import Mapping

Z975: Final = 1.959963984540054
NEAREST: Final = 3
CHECK: Final = "check chips, time, tokens and format (peaks here are dense, never sparse)"


class Percentile(BaseModel):
    """A utilization among published runs of the same kind.

    Attributes
    ----------
    utilization : float
        What was placed.
    below : float
        Share of those runs that stayed below it, ties counting half.
    runs : int
        How many there are.
    fitted : float
        The same share by the fitted distribution, which has tails.
    nearest : tuple of Run
        The runs closest to it.
    scope : {"steady", "whole-run"}
        Over which time all of them are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    utilization: float
    below: float
    runs: int
    fitted: float
    nearest: tuple[Run, ...]
    scope: Scope


def percentile(
    utilization: float,
    *,
    mixture_of_experts: bool | None = None,
    scope: Scope = "whole-run",
    chip: str | None = None,
) -> Percentile:
    """Return where a utilization stands among published runs.

    Parameters
    ----------
    utilization : float
        MFU inside (0, 1) against the dense peak of the format that ran.
    mixture_of_experts : bool, optional
        Compare with runs of this kind only; None compares with all.
    scope : {"whole-run", "steady"}
        What the utilization is over.
    chip : str, optional
        Id of the catalogue, for the fitted distribution.
    """
    runs = [run for run in fitted().run if run.scope == scope and mixture_of_experts in (None, run.mixture)]
    below = sum((run.utilization < utilization) + (run.utilization == utilization) / 2 for run in runs)
    by_distance = sorted(runs, key=lambda run: abs(logit(run.utilization) - _odds(utilization)))
    expected = prior(mixture_of_experts=mixture_of_experts, scope=scope, chip=chip)
    z = (_odds(utilization) - logit(expected.median)) / expected.sigma
    return Percentile(
        utilization=utilization,
        below=below / len(runs),
        runs=len(runs),
        fitted=math.erfc(-z / math.sqrt(2)) / 2,
        nearest=tuple(by_distance[:NEAREST]),
        scope=scope,
    )


def achievable(chip: str, format: str) -> Achievable | None:  # noqa: A002 - the plan's own word
    """Return the best matrix multiplication measured on a chip in a format, if anybody measured one."""
    found = [row for row in measured() if chip in row.chips and format in row.formats]
    return max(found, key=lambda row: row.share, default=None)


def rates_of(chip: str) -> tuple[Achievable, ...]:
    """Return every best matrix multiplication that was measured on a chip."""
    return tuple(row for row in measured() if chip in row.chips)


def refuted(
    executed: float,
    *,
    chip: str | None = None,
    format: str | Mapping[str, float] = "bf16",  # noqa: A002 - the plan's own word
) -> Diagnostic | None:
    """Return why a utilization cannot be: above one (E602), or above the best matrix multiplication (E603).

    Parameters
    ----------
    executed : float
        Share of the dense peak of the format that ran, everything that was executed counted.
    chip : str, optional
        Id of the catalogue, for the measured matmul rate.
    format : str or mapping of str to float
        The number format that ran; a mixture is bounded by the fastest of its formats, if all were measured.
    """
    if executed > 1:
        return Diagnostic("E602", f"the run would need {shown(executed)} of the dense peak: impossible", hint=CHECK)
    formats = (format,) if isinstance(format, str) else tuple(format)
    found = [achievable(chip, name) for name in formats] if chip is not None else [None]
    rates = [best for best in found if best is not None and best.bound]
    best = max(rates, key=lambda row: row.share, default=None)
    if best is None or len(rates) < len(formats) or executed <= best.share:
        return None
    message = (
        f"the run would need {shown(executed)} of the dense peak, but the best matrix multiplication measured on the "
        f"silicon of `{chip}` in {' and '.join(formats)} reached {shown(best.share)} ({best.rate}: {best.source.cite})"
    )
    return Diagnostic("E603", message, hint=CHECK)


def plausible(
    utilization: float,
    *,
    mixture_of_experts: bool | None = None,
    scope: Scope = "whole-run",
    chip: str | None = None,
    format: str | Mapping[str, float] = "bf16",  # noqa: A002 - the plan's own word
) -> tuple[Diagnostic, ...]:
    """Return what speaks against a utilization: at most one error (E602, E603) or warning (W601, W602).

    Parameters
    ----------
    utilization : float
        MFU against the dense peak of the format that ran; for a range its median.
    mixture_of_experts, scope
        See `percentile`.
    chip : str, optional
        Id of the catalogue, for the measured matmul rate and the fitted distribution.
    format : str or mapping of str to float
        The number format that ran; a mixture has no measured rate of its own.
    """
    impossible = refuted(utilization, chip=chip, format=format)
    if impossible is not None:
        return (impossible,)
    return _unusual(
        utilization, prior(mixture_of_experts=mixture_of_experts, scope=scope, format=_known(format), chip=chip)
    )


def _unusual(utilization: float, expected: Prior) -> tuple[Diagnostic, ...]:
    center = logit(expected.median)
    low, high = expit(center - Z975 * expected.sigma), expit(center + Z975 * expected.sigma)
    kind = {"whole-run": "whole runs", "steady": "steady runs"}[expected.scope]
    usual = f"the fit to published {kind} puts 95 % between {shown(low)} and {shown(high)}"
    if utilization > high:
        message = f"a utilization of {shown(utilization)} is unusually high: {usual}"
        hint = "for it to be true the software is better than any published, or chips or time are missing"
        return (Diagnostic("W601", message, hint=hint),)
    if utilization < low:
        message = f"a utilization of {shown(utilization)} is unusually low: {usual}"
        hint = "for it to be true chips stood idle or did other work, or FLOP are missing"
        return (Diagnostic("W602", message, hint=hint),)
    return ()


def _known(format: str | Mapping[str, float]) -> str | Mapping[str, float]:  # noqa: A002 - the plan's own word
    """Return the format, or bf16 where nothing was published in it: a warning needs no more."""
    names = (format,) if isinstance(format, str) else tuple(format)
    return format if all(name in (*SIXTEEN, *fitted().format) for name in names) else "bf16"


def _odds(utilization: float) -> float:
    if utilization >= 1:
        return math.inf
    return logit(utilization) if utilization > 0 else -math.inf
