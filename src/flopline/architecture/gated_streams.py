"""Parallel residual streams with gates of low rank: every block reads a mean of them and is injected into all."""

from __future__ import annotations

from flopline.architecture.blocks import Block
from flopline.architecture.composition import reading
from flopline.architecture.operations import STREAMS, Linear, Operation, Weights


def gated_streams(block: Block, hidden: int, copies: int, rank: int) -> Block:
    """Return a block between `copies` residual streams.

    Parameters
    ----------
    block : Block
        What stands between them, without a normalization of its own.
    hidden, copies : int
        Width h and number n of the streams.
    rank : int
        Rank r of the gates.

    Notes
    -----
    Qwen4-Exp as transformers 5.23 runs it: gates 2S(n h r + r n h), strengths of injection 2S n h n; the mean and the
    injection run elementwise.
    """
    start = _gates(hidden, copies, rank)
    inject = Linear("hc.block_inject_weight", copies * hidden, copies, STREAMS, ("hc.norm",))
    inside = reading(block, ("hc.norm", "hc.input_mix_weight_up"))
    return Block((*start, inject, *inside), (*block.outputs, inject.name))


def gated_merge(hidden: int, copies: int, rank: int) -> Block:
    """Return what makes one stream of several in front of the head."""
    return Block(_gates(hidden, copies, rank), ("hc.norm", "hc.input_mix_weight_up"))


def _gates(hidden: int, copies: int, rank: int) -> tuple[Operation, ...]:
    wide = copies * hidden
    return (
        Weights("hc.norm", wide),
        Linear("hc.input_mix_weight_down", wide, rank, STREAMS, ("hc.norm",)),
        Linear("hc.input_mix_weight_up", rank, wide, STREAMS, ("hc.input_mix_weight_down",)),
    )
