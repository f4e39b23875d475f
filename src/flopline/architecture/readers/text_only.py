"""Text models that transformers builds without a head of their own: with the head that the model around them has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture import blocks
from flopline.architecture.blocks import Block
from flopline.architecture.operations import Weights
from flopline.architecture.shape import Architecture, Layer

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.readers.common import Widths


def has_head(config: Config, without: str) -> bool:
    """Return whether a head is counted: unless the configuration was saved from the class without one."""
    found = config.classes()
    if found == without:
        return False
    if found and "CausalLM" not in found and "ConditionalGeneration" not in found:
        config.note("architectures", f"`{found[:60]}` is counted with its language-model head", code="W403")
    return True


def bare(config: Config, layers: tuple[Layer, ...], shape: Widths) -> Architecture:
    """Return a text model that ends with its last normalization."""
    config.ignore("tie_word_embeddings", "max_position_embeddings")
    last = Block((Weights("final_norm", shape.hidden),), ("final_norm",))
    first = Layer((blocks.embedding(shape.vocabulary, shape.hidden),), "embedding")
    kind = config.model_type
    return Architecture(kind, kind, (first, *layers, Layer((last,), "head")), False)
