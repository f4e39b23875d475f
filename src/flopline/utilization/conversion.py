"""From hardware to model FLOP utilization, and from wall-clock to kept steps."""

from __future__ import annotations

from flopline.errors import UtilizationError


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
