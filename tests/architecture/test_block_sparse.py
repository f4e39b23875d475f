"""Pairs that block-sparse attention leaves, blocks of lightning attention and tables of n-grams, one by one."""

from __future__ import annotations

import pytest

from flopline.architecture.block_sparse import complete_and_tail, complete_blocks, selected_blocks
from flopline.architecture.chunks import block_squares, but_first_block, but_one_chunk, first_block, last_block
from flopline.architecture.extents import Lengths
from flopline.architecture.ngrams import primes_from


def visible(extent, length):
    return extent.both(Lengths(length))[1]


@pytest.mark.parametrize("length", range(1, 40))
@pytest.mark.parametrize("size", [1, 3, 4])
@pytest.mark.parametrize("blocks", [1, 2, 5])
def test_closed_forms_are_sums_over_queries(length, size, blocks):
    own = [index % size + 1 for index in range(length)]
    before = [min(index // size, blocks - 1) * size for index in range(length)]
    assert visible(selected_blocks(size, blocks), length) == sum(own) + sum(before)
    keys = range(1, length + 1)
    assert visible(complete_and_tail(size, blocks), length) == sum(
        min(n // size, blocks) * size + n % size for n in keys
    )
    assert visible(complete_blocks(size), length) == sum(n // size for n in keys)


@pytest.mark.parametrize("length", [1, 3, 4, 5, 8, 11])
def test_blocks_of_lightning_attention_cover_the_sequence(length):
    blocks = [min(4, length - start) for start in range(0, length, 4)]
    assert visible(block_squares(4), length) == sum(one**2 for one in blocks)
    assert (visible(first_block(4), length), visible(last_block(4), length)) == (blocks[0], blocks[-1])
    assert (visible(but_first_block(4), length), visible(but_one_chunk(4), length)) == (
        sum(blocks[1:]),
        sum(blocks[:-1]),
    )


def test_tables_have_the_primes_from_their_base_on():
    assert primes_from(20, 4) == [23, 29, 31, 37]
    assert primes_from(1, 3) == [2, 3, 5]
