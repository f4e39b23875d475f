"""Strided convolutions one after the other: how long a side, or a sound, is after each, and what each costs."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from flopline.architecture.extents import Extent
from flopline.architecture.operations import CONVOLUTION, INPUT, Linear
from flopline.architecture.values import refuse

if TYPE_CHECKING:
    from flopline.architecture.extents import Lengths


class Step(NamedTuple):
    """One convolution or pooling along a side.

    Attributes
    ----------
    kernel, stride, padding : int
        Its kernel, stride, and the padding at each end.
    more : int
        Positions that only one end is padded with.
    """

    kernel: int
    stride: int = 1
    padding: int = 0
    more: int = 0


def same(kernel: int, stride: int = 1) -> Step:
    """Return the convolution of an odd kernel that keeps the side, but for its stride."""
    return Step(kernel, stride, kernel // 2)


@lru_cache(maxsize=1024)
def after(steps: tuple[Step, ...], power: int = 2) -> Extent:
    """Return the positions after convolutions: floor((L + 2p - k) / s) + 1 along each side.

    Parameters
    ----------
    steps : tuple of Step
        The convolutions, first to last.
    power : int
        Sides: 2 for a picture, 1 for a sound.
    """
    text = " ".join(f"{one.kernel}/{one.stride}" for one in steps if one.stride > 1)
    shown = f"S after {text}" if text else "S"
    return Extent(shown if power == 1 else f"({shown})^{power}", lambda lengths: length(lengths, steps) ** power)


def length(lengths: Lengths, steps: tuple[Step, ...]) -> int:
    """Return the length of a side after convolutions; an error where one kernel is longer than what it reads."""
    found = lengths.tokens
    for one in steps:
        room = found + 2 * one.padding + one.more - one.kernel
        if room < 0:
            refuse("seq_len", f"{lengths.tokens} are too few: a kernel of {one.kernel} meets {found}")
        found = room // one.stride + 1
    return found


def convolution(
    name: str,
    inputs: int,
    outputs: int,
    size: int,
    on: Extent,
    reads: tuple[str, ...] = INPUT,
    *,
    groups: int = 1,
    bias: bool = False,
    term: str = CONVOLUTION,
) -> Linear:
    """Return a convolution as the matrix product that it is at each position.

    Parameters
    ----------
    name : str
        Its name.
    inputs, outputs : int
        Channels.
    size : int
        Numbers of a kernel for each channel: its side squared in two dimensions.
    on : Extent
        Positions of its result.
    reads : tuple of str
        What it reads.
    groups : int
        Groups of channels that do not mix.
    bias : bool
        Whether it has a bias.
    """
    return Linear(name, inputs * size, outputs, term, reads, bias, groups=groups, on=on)
