"""Text models with towers beside them: how both are put together, and what is left out where a tower cannot be read.

A multimodal configuration counts its text model unless `images` (or another length of its towers) are given: the
towers' parameters are in the total all the same. `seq_len` holds the positions that the images take in the text.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from flopline.architecture.blocks import Block
from flopline.architecture.masks import Mask
from flopline.architecture.operations import Scores
from flopline.architecture.readers.text_models import text_model
from flopline.architecture.towers import IMAGES, image_pairs
from flopline.errors import ArchitectureError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flopline.architecture.config import Config
    from flopline.architecture.extents import Extent, OtherLength
    from flopline.architecture.shape import Architecture, Layer


class Beside(NamedTuple):
    """A tower and its projector.

    Attributes
    ----------
    layers : tuple of Layer
        Their layers, in the order in which an image passes them.
    others : tuple of OtherLength
        The lengths that they run on.
    """

    layers: tuple[Layer, ...]
    others: tuple[OtherLength, ...] = (IMAGES,)


def joined(
    config: Config, text: Architecture, parts: Mapping[str, Callable[[], Beside]], *, seeing: int = 0
) -> Architecture:
    """Return a text model with the towers beside it.

    Parameters
    ----------
    config : Config
        The configuration around both.
    text : Architecture
        The text model.
    parts : mapping
        What reads each tower, by the key that holds its configuration.
    seeing : int
        Tokens of one image, where those see each other.

    Notes
    -----
    A tower that cannot be read is left out, with its parameters, and named in the warning.
    """
    found: list[Beside] = []
    left: list[str] = []
    for key, build in parts.items():
        try:
            found.append(build())
        except ArchitectureError as error:
            config.forget(key)
            left.append(f"what `{key}` describes is left out ({error.message})")
    message = f"`{config.model_type}` is multimodal: its text model is counted"
    given = ", ".join(dict.fromkeys(f"`{other.name}`" for one in found for other in one.others[:1]))
    beside = [f"the rest runs where {given} is given" if given else "the rest is parameters that do not run"]
    if parts:
        config.note("model_type", "; ".join((message, *(beside if found else ()), *left)), code="W402")
    if found and seeing:
        text = with_pairs(text, lambda _: image_pairs(seeing))
    first, *rest = text.layers
    layers = (first, *(layer for one in found for layer in one.layers), *rest)
    others = tuple(dict.fromkeys((*text.others, *(other for one in found for other in one.others))))
    kind = config.model_type
    return replace(text, name=kind, model_type=kind, layers=layers, others=others)


def with_pairs(text: Architecture, added: Callable[[Mask], Extent]) -> Architecture:
    """Return a text model whose attention sees more pairs than its masks leave, at no cost under the full convention.

    Parameters
    ----------
    text : Architecture
        The text model.
    added : callable
        Returns the pairs that are added to a mask.
    """
    built = {id(layer): _open(layer, added) for layer in text.layers}
    return replace(text, layers=tuple(built[id(layer)] for layer in text.layers))


def _open(layer: Layer, added: Callable[[Mask], Extent]) -> Layer:
    if not any(isinstance(one, Scores) and isinstance(one.mask, Mask) for one in layer.operations):
        return layer
    return replace(layer, blocks=tuple(_opened(block, added) for block in layer.blocks))


def _opened(block: Block, added: Callable[[Mask], Extent]) -> Block:
    more = (
        one._replace(name=f"{one.name}_added", mask=added(one.mask))
        for one in block.operations
        if isinstance(one, Scores) and isinstance(one.mask, Mask)
    )
    return Block((*block.operations[:-1], *more, block.operations[-1]), block.outputs)


class Inner(NamedTuple):
    """The text model of a family whose towers are not read yet.

    Attributes
    ----------
    model_type : str, optional
        Its family where the file does not say.
    tied : bool
        The default of `tie_word_embeddings` around it.
    never : bool
        Whether the family never ties them.
    """

    model_type: str
    tied: bool = False
    never: bool = False


TEXT_ALONE: Final[dict[str, Inner]] = {
    "aria": Inner("aria_text"),
    "audioflamingo3": Inner("qwen2", never=True),
    "deepseek_vl_hybrid": Inner("llama", tied=True),
    "emu3": Inner("emu3_text_model"),
    "exaone4_5": Inner("exaone4"),
    "glm_ocr": Inner("glm_ocr_text"),
    "glmasr": Inner("llama", tied=True),
    "got_ocr2": Inner("qwen2", tied=True),
    "granite_docling": Inner("granite_docling_text", tied=True),
    "granite_speech": Inner("granite", tied=True),
    "granite_speech_plus": Inner("granite", tied=True),
    "hyperclovax_vision_v2": Inner("hyperclovax", tied=True),
    "idefics2": Inner("mistral"),
    "janus": Inner("llama", tied=True),
    "lfm2_vl": Inner("lfm2", tied=True),
    "lighton_ocr": Inner("qwen3", tied=True),
    "llava_next_video": Inner("llama"),
    "minicpmv4_6": Inner("qwen3_5_text"),
    "minimax_m3_vl": Inner("minimax_m3_vl_text"),
    "musicflamingo": Inner("qwen2", never=True),
    "ovis2": Inner("qwen2", tied=True),
    "qianfan_ocr": Inner("qwen3"),
    "qwen3_asr": Inner("qwen3", tied=True),
    "video_llama_3": Inner("qwen2"),
    "video_llava": Inner("llama"),
}
"""Families whose towers are not read yet, and which run their text model as it is where nothing else is given."""


def text_alone(config: Config) -> Architecture:
    """Read the text model of a family whose towers cannot be counted yet; `images` are refused."""
    inner = TEXT_ALONE[config.model_type]
    found = text_model(config, inner.model_type, tied=inner.tied, never=inner.never)
    message = f"`{config.model_type}` is multimodal: its text model is counted, without the parameters beside it"
    config.note("model_type", message, code="W402")
    config.ignore_rest()
    return replace(found, name=config.model_type, model_type=config.model_type)
