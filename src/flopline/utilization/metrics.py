"""What a user's utilization is: which FLOP, over which time, against which peak."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal, cast, get_args

from pydantic import BaseModel, ConfigDict

from flopline.distributions import Distribution
from flopline.errors import UtilizationError
from flopline.literals import Shared, parse_amount
from flopline.quantity import Dimension
from flopline.utilization.table import Counter, refused

Metric = Literal["mfu", "hfu", "achieved", "tensor_active"]
"""Model FLOP utilization (forward and backward pass), hardware FLOP utilization (recomputation too), model FLOP/s of
one chip, or the share of cycles in which its tensor pipe was busy."""
Meant = Literal["steady", "whole-run", "benchmark"]
"""Over executed steps, over the whole run with its goodput, or in a benchmark of the vendor's or one's own."""

_WRITTEN: Final = (
    'write `"38%..43%"`, `{ mfu = "38%..43%", scope = "whole-run" }`, `{ hfu = "50%" }` or '
    '`{ achieved = "385 TFLOP/s" }`, which is model FLOP/s of one chip'
)
_COUNTED: Final = "give MFU from tokens per second (6 x parameters x tokens/s / dense peak), or leave it out"
_KEYS: Final = (*get_args(Metric), "scope", "peak")
_OWN_PEAK: Final = {
    "achieved": "a rate is against no peak",
    "tensor_active": "the tensor pipe runs at the rate of the format that it executes",
}


class Utilization(BaseModel):
    """A utilization with its meaning.

    Attributes
    ----------
    metric : {"mfu", "hfu", "achieved", "tensor_active"}
        Which FLOP are counted, and over what.
    scope : {"steady", "whole-run", "benchmark"}
        Over executed steps, over the whole run with its goodput, or in a benchmark.
    peak : str, optional
        The format against whose dense peak it is; None is the format that ran.
    amount : Distribution or Shared
        The share itself; of `achieved` the FLOP/s of one chip.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    metric: Metric = "mfu"
    scope: Meant = "steady"
    peak: str | None = None
    amount: Distribution | Shared

    @property
    def dimension(self) -> Dimension:
        """What its amount measures: a share, or FLOP/s."""
        return dimension_of_metric(self.metric)

    @property
    def recomputes(self) -> bool:
        """Whether recomputation is among its FLOP."""
        return self.metric in ("hfu", "tensor_active")


def dimension_of_metric(metric: Metric) -> Dimension:
    """Return what the amount of a metric measures."""
    return Dimension.RATE if metric == "achieved" else Dimension.SHARE


def parse_utilization(raw: object) -> Utilization:
    """Return the utilization that a plan or a flag gives.

    Parameters
    ----------
    raw : object
        A literal (`"38%..43%"`, `0.4`, the long form of a distribution): MFU over executed steps against the
        peak of the format that ran. Or a table: `{ mfu = "38%", scope = "whole-run" }`, `{ hfu = "50%" }`,
        `{ mfu = "41%", peak = "bf16" }`, `{ achieved = "385 TFLOP/s" }`, `{ tensor_active = "58%" }`.

    Raises
    ------
    UtilizationError
        For a hardware counter (E601), with the reason why it is no utilization, or a table that means nothing
        (E600).
    QuantityError
        For a literal that is not a share inside (0, 1).
    """
    if not isinstance(raw, Mapping) or "dist" in raw or "shares" in raw:
        return Utilization(amount=parse_amount(raw, Dimension.SHARE))
    for key in raw:
        _admit(str(key))
    metrics = [key for key in get_args(Metric) if key in raw]
    if len(metrics) != 1:
        found = " and ".join(f"`{key}`" for key in metrics) or "none"
        message = f"a utilization is one of {', '.join(f'`{key}`' for key in get_args(Metric))}, found {found}"
        raise UtilizationError(message, hint=_WRITTEN)
    metric: Metric = metrics[0]
    amount = parse_amount(raw[metric], dimension_of_metric(metric))
    return Utilization(metric=metric, scope=_scope(raw, metric), peak=_peak(raw, metric), amount=amount)


def _scope(raw: Mapping[object, object], metric: Metric) -> Meant:
    scope = raw.get("scope", "steady")
    if scope not in get_args(Meant):
        message = f"the scope of a utilization is `steady`, `whole-run` or `benchmark`, not `{str(scope)[:60]}`"
        raise UtilizationError(message, hint=_WRITTEN)
    if metric == "tensor_active" and scope == "whole-run":
        message = "a counter goes on through steps that are lost again: tensor-pipe activity is over executed steps"
        hint = "leave `scope` out; averaged over all of the time it contains the availability, and not the `rework`"
        raise UtilizationError(message, hint=hint)
    return cast("Meant", scope)


def _peak(raw: Mapping[object, object], metric: Metric) -> str | None:
    peak = raw.get("peak")
    if peak is None:
        return None
    if not isinstance(peak, str):
        message = "the `peak` of a utilization is the name of a number format"
        raise UtilizationError(message, hint='write `{ mfu = "41%", peak = "bf16" }`')
    if metric in _OWN_PEAK:
        message = f"`peak` has no meaning beside `{metric}`: {_OWN_PEAK[metric]}"
        raise UtilizationError(message, hint="leave `peak` out")
    return peak


def counter(name: str) -> Counter | None:
    """Return the hardware counter that a name means, if it is one of those that are refused."""
    wanted = _letters(name)
    return next((row for row in refused() if wanted in map(_letters, row.names)), None)


def _admit(key: str) -> None:
    if key in _KEYS:
        return
    found = counter(key)
    if found is not None:
        message = f"`{key}` is not a utilization: {found.why}"
        hint = found.instead or _COUNTED
        raise UtilizationError(message, code="E601", hint=hint)
    message = f"`{key[:60]}` is not a key of a utilization"
    raise UtilizationError(message, hint=_WRITTEN)


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
