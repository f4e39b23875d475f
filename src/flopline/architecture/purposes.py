"""What a decoder was saved for: a head over the vocabulary, or over a few labels, as reward models have."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from flopline.architecture.operations import HEAD, Linear
from flopline.architecture.readers.tasks import labels
from flopline.architecture.shape import Layer

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

LANGUAGE: Final = ("CausalLM", "LMHead", "ConditionalGeneration")
"""Words in the names of classes that have a head over the vocabulary."""


class _Labels(NamedTuple):
    """A head that maps every position to labels.

    Attributes
    ----------
    number : int or None
        How many; None: as many as the configuration has.
    bias : bool
        Whether it has a bias.
    """

    number: int | None
    bias: bool


_HEADS: Final = {
    "ForSequenceClassification": _Labels(None, bias=False),
    "ForTokenClassification": _Labels(None, bias=True),
    "ForQuestionAnswering": _Labels(2, bias=True),
}


def for_its_purpose(config: Config, found: Architecture) -> Architecture:
    """Return a decoder with the head of the class that its configuration names.

    Parameters
    ----------
    config : Config
        The configuration; a class that is not known is noted as counted with the head over the vocabulary.
    found : Architecture
        The decoder with that head.
    """
    name = config.classes()
    head = next((one for ending, one in _HEADS.items() if name.endswith(ending)), None)
    if head is not None:
        *body, last = found.layers
        relabelled = _relabelled(config, last, head)
        if relabelled is not None:
            # These classes hold no prediction modules and tie nothing to the embedding.
            return replace(found, layers=(*body, relabelled), tied=False, prediction=())
    if name and not any(word in name for word in LANGUAGE):
        config.note("architectures", f"`{name[:60]}` is counted with its language-model head", code="W403")
    return found


def _relabelled(config: Config, last: Layer, head: _Labels) -> Layer | None:
    """Return the last layer with labels in place of the vocabulary; None where it is no plain head."""
    if last.part != "head" or len(last.blocks) != 1:
        return None
    *before, matrix = last.blocks[0].operations
    if not isinstance(matrix, Linear) or matrix.name != "lm_head":
        return None
    count = labels(config) if head.number is None else head.number
    score = Linear("score", matrix.width, count, HEAD, matrix.reads, head.bias, on=matrix.on)
    block = last.blocks[0]._replace(operations=(*before, score), outputs=("score",))
    return Layer((block,), "head", stream=last.stream)
