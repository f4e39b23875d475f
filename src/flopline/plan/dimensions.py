"""What the amount under each key of a plan measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.quantity import Dimension

if TYPE_CHECKING:
    from collections.abc import Container

DIMENSIONS: Final = {
    "tokens": Dimension.TOKENS, "prompt_tokens": Dimension.TOKENS, "tokens_per_sample": Dimension.TOKENS,
    "tokens_generated": Dimension.TOKENS, "params": Dimension.COUNT, "active": Dimension.COUNT,
    "samples": Dimension.COUNT, "chips": Dimension.COUNT, "prompts": Dimension.COUNT,
    "samples_per_prompt": Dimension.COUNT, "days": Dimension.DAYS, "hours": Dimension.HOURS,
    "chip_hours": Dimension.HOURS, "flop": Dimension.FLOP, "peak": Dimension.RATE, "epochs": Dimension.FACTOR,
    "overhead": Dimension.FACTOR, "rework": Dimension.SHARE, "availability": Dimension.SHARE,
    "utilization": Dimension.SHARE, "kept": Dimension.SHARE, "update_share": Dimension.SHARE,
    "seq_len": Dimension.LENGTH, "length_spread": Dimension.FACTOR, "padding": Dimension.SHARE,
    "capacity": Dimension.FACTOR, "acceptance": Dimension.SHARE, "tool_tokens": Dimension.TOKENS,
    "judge_tokens": Dimension.TOKENS, "server_power": Dimension.POWER, "price": Dimension.PRICE, "pue": Dimension.PUE,
    "pause": Dimension.DAYS, "duration": Dimension.DAYS,
    "happens": Dimension.SHARE,
}  # fmt: skip
"""The dimension of every key that holds a number."""


def dimension_of(name: str, rates: Container[str] = ()) -> Dimension | None:
    """Return what a quantity measures, told by the last part of its dotted name.

    Parameters
    ----------
    rates : container of str, optional
        Names of utilizations that are given in FLOP/s.
    """
    if name in rates:
        return Dimension.RATE
    return DIMENSIONS.get(name.rpartition(".")[2])
