"""Attention to content and to relative positions apart (DeBERTa, arXiv:2006.03654, section 3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from flopline.architecture.blocks import Block, finished
from flopline.architecture.masks import BIDIRECTIONAL
from flopline.architecture.operations import PROJECTIONS, RELATIVE, Linear, Operation, Product, Scores, Weights

if TYPE_CHECKING:
    from flopline.architecture.extents import Extent

RELATIVES: Final = "relative"
"""Stream of the table of relative positions, which every layer reads."""


class Relative(NamedTuple):
    """How queries and keys meet relative positions.

    Attributes
    ----------
    rows : Extent
        Rows of the table that a layer projects.
    pairs : Extent
        Rows times positions: how often a query meets a projected row.
    content_to_position, position_to_content : bool
        Whether queries meet projected keys, and keys projected queries.
    shared : bool
        Whether the matrices for content project positions too.
    key_bias, query_bias : bool
        Biases of the matrices for positions.
    """

    rows: Extent
    pairs: Extent
    content_to_position: bool
    position_to_content: bool
    shared: bool
    key_bias: bool
    query_bias: bool


def disentangled_attention(
    hidden: int, heads: int, relative: Relative | None, *, after: int, fused: bool = False
) -> Block:
    """Return attention whose scores add content to position and position to content.

    Queries, keys and values 2S 3hh, their scores 2A(d + d)H, the R projected rows of the table 2R hh each, and
    their products with queries and with keys 2SRh each.

    Parameters
    ----------
    hidden, heads : int
        h and H.
    relative : Relative, optional
        The positions; None where they are in the embedding alone.
    after : int
        Parameters of the normalization after the block.
    fused : bool
        Whether one matrix makes queries, keys and values, with biases for two of them.
    """
    operations: list[Operation]
    if fused:
        query = key = value = "in_proj"
        biases = Weights("biases", 2 * hidden, ("in_proj",))
        operations = [Linear("in_proj", hidden, 3 * hidden, PROJECTIONS), biases]
    else:
        query, key, value = "query_proj", "key_proj", "value_proj"
        operations = [Linear(name, hidden, hidden, PROJECTIONS, bias=True) for name in (query, key, value)]
    operations += _positions(hidden, relative, query, key) if relative is not None else []
    operations += [
        Scores("scores", heads, hidden // heads, hidden // heads, BIDIRECTIONAL, query, key, value),
        Linear("output.dense", hidden, hidden, PROJECTIONS, ("scores",), True),
    ]
    return finished(tuple(operations), ("output.dense",), after)


def _positions(hidden: int, relative: Relative, query: str, key: str) -> list[Operation]:
    found: list[Operation] = []
    if relative.content_to_position:
        found += _side(hidden, relative, "pos_key_proj", relative.key_bias, "content_to_position", query)
    if relative.position_to_content:
        found += _side(hidden, relative, "pos_query_proj", relative.query_bias, "position_to_content", key)
    return found


def _side(hidden: int, relative: Relative, name: str, bias: bool, product: str, met: str) -> list[Operation]:
    read = (f"@{RELATIVES}",)
    return [
        Linear(name, hidden, hidden, RELATIVE, read, bias, on=relative.rows, shared=relative.shared),
        Product(product, 2 * hidden, RELATIVE, met, name, on=relative.pairs),
    ]
