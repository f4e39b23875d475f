"""Hyper-connections: several residual streams, which every block reads one mixture of and writes back to."""

from __future__ import annotations

from flopline.architecture.blocks import Block
from flopline.architecture.operations import INPUT, STREAMS, Linear, Product, Weights


def hyper_connected(block: Block, hidden: int, copies: int, *, mixed: bool) -> Block:
    """Return a block between `copies` residual streams.

    Parameters
    ----------
    block : Block
        What stands between them, which reads a mixture of width `hidden`.
    hidden, copies : int
        Width and number of the streams.
    mixed : bool
        Whether the streams are also mixed with each other (manifold-constrained hyper-connections, Xie et al. 2025,
        arXiv:2512.24880, section 4), or only read and written.

    Notes
    -----
    The coefficients come from all streams: 2S n h (2n + n^2), or 2S n h 2n. Reading and writing run elementwise;
    mixing is a product, 2S n^2 h.
    """
    outputs = (2 + copies * mixed) * copies
    scales = 3 if mixed else 2
    coefficients = Linear("hc.fn", copies * hidden, outputs, STREAMS, INPUT)
    base = Weights("hc.base", outputs + scales, ("hc.fn",))
    mix = (Product("hc.mix", 2 * copies * copies * hidden, STREAMS, "hc.base", "x"),) if mixed else ()
    written = (base.name, *(one.name for one in mix))
    return Block((coefficients, *block.operations, base, *mix), (*block.outputs, *written))


def merged_streams(hidden: int, copies: int) -> Block:
    """Return what makes one stream of several in front of the head: 2S n h n."""
    return Block(
        (
            Linear("hc_head.fn", copies * hidden, copies, STREAMS, INPUT),
            Weights("hc_head.base", copies + 1, ("hc_head.fn",)),
        ),
        ("hc_head.base",),
    )
