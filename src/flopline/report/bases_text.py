"""The pages of `flopline bases`: all of them as a list, and one with its basis and source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline import quantity
from flopline.report.columns import columns
from flopline.report.page import labelled, page
from flopline.report.prose import wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flopline.bases import BaseProfile

_FOOT = (
    "FLOP of its own training; what it was made from comes on top, each run once. `flopline bases show NAME` has the "
    "basis and the source."
)


def bases_list_text(found: Sequence[BaseProfile]) -> str:
    """Return a list of bases: id, developer, computation, whether they carry systemic risk."""
    rows = [("base", "developer", "FLOP", "90 %", "made from", "systemic risk")]
    for one in found:
        spread = "" if one.low is None or one.high is None else _interval(one.low, one.high)
        best = "unknown" if one.best is None else quantity.scientific(one.best)
        rows.append((one.id, one.developer, best, spread, one.base or "", one.systemic_risk))
    count = f"{len(found)} bases"
    return page([columns(rows, right=(2,)), [f"  {count}"], wrapped(_FOOT, indent=2, hanging=2)])


def base_text(one: BaseProfile, behind: Sequence[BaseProfile]) -> str:
    """Return the page of one base."""
    rows = [("developer", one.developer), ("released", one.released.isoformat())]
    if one.best is not None and one.low is not None and one.high is not None:
        rows.append(("own training", f"{quantity.flop(one.best)} (90 %: {_interval(one.low, one.high)})"))
    else:
        rows.append(("own training", "unknown"))
    rows.append(("basis", one.basis))
    for name, value in (("parameters", one.params), ("active", one.active), ("tokens", one.tokens)):
        if value is not None:
            rows.append((name, quantity.counted(value)))
    rows += [("made from", ", ".join(base.id for base in behind))] if behind else []
    rows.append(("systemic risk", f"{one.systemic_risk}: {one.systemic_risk_reason}"))
    rows += [("open weights", one.open_weights), ("other names", ", ".join(one.aliases) or "none")]
    rows += [("source", f"{source.cite} ({source.grade})") for source in one.sources]
    return page([[one.id], labelled(rows)])


def _interval(low: float, high: float) -> str:
    return f"{quantity.scientific(low)} .. {quantity.scientific(high)}"
