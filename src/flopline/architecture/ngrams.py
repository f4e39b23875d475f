"""Tables of hashed n-grams, whose vectors enter the residual streams inside a model."""

from __future__ import annotations

from math import isqrt
from typing import NamedTuple

from flopline.architecture.blocks import Block
from flopline.architecture.operations import CONVOLUTION, MAPS, Linear, Lookup, Weights


class Ngrams(NamedTuple):
    """The shape of the tables of one layer.

    Attributes
    ----------
    heads : int
        Tables: some for each length of an n-gram.
    width : int
        Width of all vectors of a token together.
    rows : int
        Rows of all tables together.
    kernel : int
        Positions that the convolution sees.
    """

    heads: int
    width: int
    rows: int
    kernel: int


def ngram_layer(hidden: int, copies: int, shape: Ngrams) -> Block:
    """Return what adds the vectors of n-grams to parallel residual streams.

    Parameters
    ----------
    hidden, copies : int
        Width h and number n of the streams.
    shape : Ngrams
        Shape of the tables.

    Notes
    -----
    Qwen4-Exp as transformers 5.23 runs it: keys and values 2S(e n h + e h), gates elementwise, and a depthwise
    convolution of kernel K, 2SK n h.
    """
    wide = copies * hidden
    operations = (
        Lookup("ple.ngram_embedding", shape.rows * (shape.width // shape.heads)),
        Linear("ple.key_proj", shape.width, wide, MAPS, ("ple.ngram_embedding",)),
        Linear("ple.value_proj", shape.width, hidden, MAPS, ("ple.ngram_embedding",)),
        Weights("ple.norm_key", wide, ("ple.key_proj",)),
        Weights("ple.norm_query", wide),
        Weights("ple.norm_conv", wide, ("ple.norm_key", "ple.norm_query", "ple.value_proj")),
        Linear("ple.conv1d", wide * shape.kernel, wide, CONVOLUTION, ("ple.norm_conv",), groups=wide),
    )
    return Block(operations, ("ple.conv1d", "ple.norm_conv"))


def primes_from(start: int, count: int) -> list[int]:
    """Return the first primes that are not below a number.

    Parameters
    ----------
    start, count : int
        The number, and how many primes.
    """
    found: list[int] = []
    value = max(start, 2)
    while len(found) < count:
        if _prime(value):
            found.append(value)
        value += 1
    return found


def _prime(value: int) -> bool:
    return value == 2 or (value % 2 == 1 and all(value % divisor for divisor in range(3, isqrt(value) + 1, 2)))
