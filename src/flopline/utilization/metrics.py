"""What a user's utilization is: which FLOP, over which time, against which peak."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal, get_args

from pydantic import BaseModel, ConfigDict

from flopline.distributions import Distribution
from flopline.errors import UtilizationError
from flopline.literals import Shared, parse_amount
from flopline.quantity import Dimension
from flopline.utilization.table import Counter, Scope, refused

Metric = Literal["mfu", "hfu"]
"""Model FLOP utilization (forward and backward pass), or hardware FLOP utilization (recomputation too)."""

_WRITTEN: Final = 'write `"38%..43%"`, or `{ mfu = "38%..43%", scope = "whole-run" }`'
_KEYS: Final = (*get_args(Metric), "scope", "peak")


class Utilization(BaseModel):
    """A utilization with its meaning.

    Attributes
    ----------
    metric : {"mfu", "hfu"}
        Which FLOP are counted.
    scope : {"steady", "whole-run"}
        Over executed steps, or over the whole run with its goodput.
    peak : str, optional
        The format against whose dense peak it is; None is the format that ran.
    amount : Distribution or Shared
        The share itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    metric: Metric = "mfu"
    scope: Scope = "steady"
    peak: str | None = None
    amount: Distribution | Shared


def parse_utilization(raw: object) -> Utilization:
    """Return the utilization that a plan or a flag gives.

    Parameters
    ----------
    raw : object
        A literal (`"38%..43%"`, `0.4`, the long form of a distribution): MFU over executed steps against the
        peak of the format that ran. Or a table: `{ mfu = "38%", scope = "whole-run" }`, `{ hfu = "50%" }`,
        `{ mfu = "41%", peak = "bf16" }`.

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
        message = f"a utilization is one of `mfu` and `hfu`, found {' and '.join(metrics) or 'none'}"
        raise UtilizationError(message, hint=_WRITTEN)
    scope = raw.get("scope", "steady")
    if scope not in get_args(Scope):
        message = f"the scope of a utilization is `steady` or `whole-run`, not `{str(scope)[:60]}`"
        raise UtilizationError(message, hint=_WRITTEN)
    peak = raw.get("peak")
    if peak is not None and not isinstance(peak, str):
        message = "the `peak` of a utilization is the name of a number format"
        raise UtilizationError(message, hint='write `{ mfu = "41%", peak = "bf16" }`')
    amount = parse_amount(raw[metrics[0]], Dimension.SHARE)
    return Utilization(metric=metrics[0], scope=scope, peak=peak, amount=amount)


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
        hint = "give MFU from tokens per second (6 x parameters x tokens/s / dense peak), or leave it out"
        raise UtilizationError(message, code="E601", hint=hint)
    message = f"`{key[:60]}` is not a key of a utilization"
    raise UtilizationError(message, hint=_WRITTEN)


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
