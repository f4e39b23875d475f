"""From counters to hardware FLOP utilization, from there to model FLOP, and from wall-clock to kept steps."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from flopline.errors import UtilizationError
from flopline.literals import parse_amount
from flopline.provenance import Source
from flopline.quantity import Dimension
from flopline.utilization.resources import Ratio

if TYPE_CHECKING:
    from flopline.distributions import Distribution

_DATA: Final = Path(__file__).parent / "data" / "conversion.toml"


@cache
def tensor_activity() -> Ratio:
    """Return the factor by which tensor-pipe activity is multiplied to give HFU against the rated peak.

    The pipe counts cycles, not FLOP: at a clock below the rated one, and with tiles that are partly empty, a busy cycle
    is less than its share of the peak. Recomputation and padding are inside, as in HFU.
    """
    tree = tomllib.loads(_DATA.read_text("utf-8"))
    row = tree["tensor_active"]
    amount = cast("Distribution", parse_amount(row["amount"], Dimension.FACTOR))
    sources = tuple(Source.model_validate(tree["sources"][key]) for key in row["source"])
    return Ratio(amount, row["amount"], row["of"], sources)


def hfu_to_mfu(model_flop: float, recompute_flop: float) -> float:
    """Return the factor by which a hardware FLOP utilization is multiplied to give MFU.

    MFU = HFU x model / (model + recomputed). It is 3/4 only where every activation is recomputed, since the
    forward pass is a third of the model's FLOP.

    Parameters
    ----------
    model_flop : float
        FLOP of the forward and backward pass, from the ledger.
    recompute_flop : float
        FLOP of the recomputed activations, from the same ledger.

    Raises
    ------
    UtilizationError
        If the model does nothing or the recomputation is negative.
    """
    if not model_flop > 0 or not recompute_flop >= 0:
        message = "HFU becomes MFU by positive model FLOP and recomputed FLOP that are not negative"
        raise UtilizationError(message, code="E604")
    return model_flop / (model_flop + recompute_flop)


def goodput(availability: float, rework: float) -> float:
    """Return the share of wall-clock that ends in kept steps: availability x (1 - rework).

    Parameters
    ----------
    availability : float
        Share of wall-clock in which steps execute.
    rework : float
        Share of executed steps that are lost later.
    """
    return availability * (1 - rework)


def lost_flop(kept: float, rework: float) -> float:
    """Return the FLOP of lost steps that stand beside kept FLOP: kept x rework / (1 - rework)."""
    return kept * rework / (1 - rework)
