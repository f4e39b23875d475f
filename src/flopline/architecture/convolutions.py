"""Convolutions over time: short causal ones in front of scans, and the gated ones that stand alone."""

from __future__ import annotations

from functools import lru_cache

from flopline.architecture.blocks import Block, finished, norm_before
from flopline.architecture.extents import TOKENS, Extent
from flopline.architecture.operations import CONVOLUTION, MIXER, Linear


@lru_cache(maxsize=256)
def padded_positions(kernel: int) -> Extent:
    """Return the positions of a causal convolution: S + K - 1, of which the last K - 1 are cut off again.

    Parameters
    ----------
    kernel : int
        K.
    """
    if kernel == 1:
        return TOKENS
    return Extent(f"S + {kernel - 1}", lambda lengths: lengths.tokens + kernel - 1)


def causal_convolution(name: str, channels: int, kernel: int, reads: tuple[str, ...], *, bias: bool) -> Linear:
    """Return a depthwise causal convolution over time, 2K per channel and position.

    Parameters
    ----------
    name : str
        Its name.
    channels, kernel : int
        Channels, and positions that each output sees.
    reads : tuple of str
        What it reads.
    bias : bool
        Whether it has a bias.
    """
    on = padded_positions(kernel)
    return Linear(name, channels * kernel, channels, CONVOLUTION, reads, bias, groups=channels, on=on)


def short_convolution(hidden: int, kernel: int, *, norm: int, after: int = 0, bias: bool = False) -> Block:
    """Return a gated short convolution: h to 3h, a causal convolution, h to h (LFM2, arXiv:2511.23404, section 2).

    Parameters
    ----------
    hidden, kernel : int
        Width, and positions that each output of the convolution sees.
    norm, after : int
        Parameters of the normalization before and after the block.
    bias : bool
        Whether matrices and convolution have biases.
    """
    start, read = norm_before("input_norm", norm)
    operations = (
        *start,
        Linear("in_proj", hidden, 3 * hidden, MIXER, read, bias),
        causal_convolution("conv", hidden, kernel, ("in_proj",), bias=bias),
        Linear("out_proj", hidden, hidden, MIXER, ("conv", "in_proj"), bias),
    )
    return finished(operations, ("out_proj",), after)
