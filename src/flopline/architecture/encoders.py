"""Blocks of encoders: embeddings with several tables, the head over the vocabulary, and heads for tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.blocks import Block, norm_before, weights_if
from flopline.architecture.extents import ONCE, TOKENS, Extent
from flopline.architecture.operations import HEAD, MAPS, TASK, Linear, Lookup, Operation, Weights

if TYPE_CHECKING:
    from collections.abc import Mapping


def tables(
    vocabulary: int,
    width: int,
    others: Mapping[str, int],
    *,
    norm: int = 0,
    hidden: int | None = None,
    bias: bool = True,
    mapped: bool = False,
    after: int = 0,
    frozen: int = 0,
    idle: int = 0,
) -> Block:
    """Return the look-up of tokens, positions and types, a normalization, and a map to the model's width.

    Parameters
    ----------
    vocabulary, width : int
        Rows and width of the table of tokens.
    others : mapping
        Rows of the other tables by name.
    norm : int
        Parameters of the normalization of their sum.
    hidden : int, optional
        Width of the model; where it is not the tables', a matrix maps one to the other (ELECTRA).
    bias : bool
        Whether that matrix has a bias.
    mapped : bool
        Whether that matrix is there even if the widths are the same (ALBERT).
    after : int
        Parameters of a normalization after it.
    frozen : int
        Parameters of a table that no gradient trains (sinusoids of rotary positions).
    idle : int
        Parameters that nothing reads.
    """
    found: list[Operation] = [Lookup("embedding", vocabulary * width)]
    found += [Lookup(name, rows * width) for name, rows in others.items() if rows]
    outputs = tuple(one.name for one in found)
    if norm:
        found.append(Weights("embedding_norm", norm, outputs))
        outputs = ("embedding_norm",)
    if hidden is not None and (mapped or hidden != width):
        found.append(Linear("embeddings_project", width, hidden, MAPS, outputs, bias))
        outputs = ("embeddings_project",)
    if after:
        found.append(Weights("embedding_norm", after, outputs))
        outputs = ("embedding_norm",)
    if frozen:
        found.append(Lookup("sinusoids", frozen, frozen=True))
    found += weights_if("idle", idle, ())
    return Block(tuple(found), outputs)


def language_head(
    hidden: int,
    vocabulary: int,
    *,
    tied: bool,
    width: int | None = None,
    transform: bool = True,
    transform_bias: bool = True,
    norm: int = 0,
    bias: bool = True,
    idle: int = 0,
    first: int = 0,
) -> Block:
    """Return the head of a masked language model: a matrix as wide as the embedding, and one to the vocabulary.

    Parameters
    ----------
    hidden, vocabulary : int
        Widths of the model and of what it predicts (Devlin et al. 2018, arXiv:1810.04805, section 3.1).
    tied : bool
        Whether the last matrix is the embedding's.
    width : int, optional
        Width of the embedding, if it is not the model's.
    transform, transform_bias : bool
        Whether there is a first matrix, and whether it has a bias.
    norm : int
        Parameters of the normalization between both.
    bias : bool
        Whether the last matrix has a bias.
    idle : int
        Parameters that nothing reads: the bias of an untied head exists twice in BERT's kin.
    first : int
        Parameters of the model's last normalization.
    """
    start, read = norm_before("final_norm", first)
    width = hidden if width is None else width
    found: list[Operation] = [*start]
    if transform:
        found.append(Linear("transform", hidden, width, MAPS, read, transform_bias))
        read = ("transform",)
    if norm:
        found.append(Weights("transform_norm", norm, read))
        read = ("transform_norm",)
    found.append(Linear("lm_head", width, vocabulary, HEAD, read, bias, tied=tied))
    found += weights_if("idle_bias", idle, ())
    return Block(tuple(found), ("lm_head",))


def task_head(
    hidden: int,
    *outputs: int,
    on: Extent = TOKENS,
    bias: bool = True,
    last_bias: bool = True,
    norm: int = 0,
    first: int = 0,
    detached: bool = False,
) -> Block:
    """Return the matrices of a task one after the other: classes of a text or of each token, spans, a pooler.

    Parameters
    ----------
    hidden : int
        What the first matrix reads.
    outputs : int
        What each matrix writes; none: only the model's last normalization stands here.
    on : Extent
        The positions that it reads: `ONCE` for the first token or a mean.
    bias, last_bias : bool
        Biases of the matrices but the last, and of the last.
    norm : int
        Parameters of the normalization before the last matrix.
    first : int
        Parameters of the model's last normalization.
    detached : bool
        Whether nothing is trained through it.
    """
    start, read = norm_before("final_norm", first)
    found: list[Operation] = [*start]
    for index, size in enumerate(outputs):
        last = index == len(outputs) - 1
        if last and norm:
            found.append(Weights("task_norm", norm, read))
            read = ("task_norm",)
        name = "classifier" if last else f"classifier.dense{index or ''}"
        found.append(Linear(name, hidden, size, TASK, read, last_bias if last else bias, on=on, detached=detached))
        read, hidden = (name,), size
    return Block(tuple(found), read)


def again(block: Block) -> Block:
    """Return a block whose parameters were counted where the same weights ran before (ALBERT)."""
    return Block(tuple(_again(one) for one in block.operations), block.outputs)


def _again(one: Operation) -> Operation:
    if isinstance(one, Linear):
        return one._replace(shared=True)
    return one._replace(parameters=0) if isinstance(one, (Weights, Lookup)) else one


def pooler(hidden: int, *, first: int = 0) -> Block:
    """Return the pooler of a model without a head: one matrix on the first token, 2hh once.

    A model without a head is trained through the states of its tokens, so that no gradient passes the pooler.
    """
    start, read = norm_before("final_norm", first)
    return Block((*start, Linear("pooler", hidden, hidden, TASK, read, True, on=ONCE, detached=True)), read)
