"""Text models of vision-language families in Llama's keys, which have a head only inside their family."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flopline.architecture import blocks
from flopline.architecture.attention import attention
from flopline.architecture.blocks import Block, mlp
from flopline.architecture.config import DEEPEST
from flopline.architecture.operations import Linear
from flopline.architecture.readers import qwen
from flopline.architecture.readers.common import model, routing, widths
from flopline.architecture.readers.llama import granite, hunyuan, plain
from flopline.architecture.readers.mixtures import after_dense
from flopline.architecture.readers.parallel import interleaved
from flopline.architecture.readers.text_only import has_head
from flopline.architecture.shape import Architecture, Layer

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.readers.common import Widths


def glm4v(config: Config) -> Architecture:
    """GLM-4.1V's text model: GLM-4 with heads as wide as the model together."""
    shape = widths(config, key_value_heads=2, free=False)
    config.must_be("attention_bias", True, why="queries, keys and values without a bias")
    return without_head(config, _glm(config, shape, bias=True), "Glm4vTextModel")


def glm_ocr(config: Config) -> Architecture:
    """GLM-OCR's text model: GLM-4 without biases."""
    return without_head(config, _glm(config, widths(config, key_value_heads=8), bias=False), "GlmOcrTextModel")


def glm_image(config: Config) -> Architecture:
    """GLM-Image's text model: GLM-4 whose head writes codes of images."""
    shape = widths(config, key_value_heads=2)
    found = _glm(config, shape, bias=config.flag("attention_bias", True))
    codes = config.size("vision_vocab_size", default=16512)
    last = Layer((blocks.head(shape.hidden, codes, tied=False, norm=shape.hidden),), "head")
    found = replace(found, layers=(*found.layers[:-1], last), tied=False)
    return without_head(config, found, "GlmImageTextModel")


def glm4v_moe(config: Config) -> Architecture:
    """GLM-4.5V's text model: GLM-4.5 with biases, without a prediction module."""
    shape = widths(config, key_value_heads=8, floor=True)
    found = after_dense(
        config, shape, None, routing(config, ("n_routed_experts", "num_local_experts"), count=128, active=8),
        bias=config.flag("attention_bias", True), output_bias=False, normed=False, first=1, shared=1, width=1408,
        modules=config.number("num_nextn_predict_layers", 0),
    )  # fmt: skip
    return without_head(config, found, "Glm4vMoeTextModel")


def hunyuan_vl(config: Config) -> Architecture:
    """Hunyuan-VL's text model: Hunyuan V1."""
    return without_head(config, hunyuan(config, tied=True), "HunYuanVLTextModel")


def granite_docling(config: Config) -> Architecture:
    """Granite Docling's text model: Granite with tied embeddings."""
    return without_head(config, granite(config, key_value_heads=4, tied=True), "GraniteDoclingTextModel")


def cohere_compass(config: Config) -> Architecture:
    """Command with vision, its text model: no layer slides unless the configuration names some."""
    config.ignore("logit_scale", "sliding_window_pattern", "pooling")
    found = interleaved(config, ["full_attention"] * config.size("num_hidden_layers", largest=DEEPEST))
    return without_head(config, found, "CohereCompassTextModel")


def cosmos3_edge(config: Config) -> Architecture:
    """Cosmos 3 Edge's text model: Llama without a gate."""
    shape = widths(config, key_value_heads=8, head_dim=128)
    return without_head(config, plain(config, shape, gated=False, names=("fc1", "fc2")), "Cosmos3EdgeTextModel")


def molmo2(config: Config) -> Architecture:
    """Molmo 2's text model: queries and keys normalized, more rows for marks of images, norms before or after."""
    config.ignore("rope_scaling_layers")
    shape = widths(config, key_value_heads=8, head_dim=128)
    rows = (shape.vocabulary + config.size("additional_vocab_size", default=128)) * shape.hidden
    bias = config.flag("attention_bias", config.flag("qkv_bias", False))
    each = config.text("qk_norm_type", "qwen3") == "qwen3"
    queries, keys = (1, 1) if each else (shape.heads, shape.key_value_heads)
    ahead, after = (0, shape.hidden) if config.flag("norm_after", False) else (shape.hidden, 0)
    attend = attention(
        shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, norm=ahead, after=after, bias=bias,
        query_norm=queries * shape.head_dim, key_norm=keys * shape.head_dim,
    )  # fmt: skip
    layer = Layer((attend, mlp(shape.hidden, config.size("intermediate_size"), norm=ahead, after=after)))
    # The head is as wide as the vocabulary without those marks, and never the embedding's.
    config.ignore("tie_word_embeddings")
    found = model(
        config, (layer,) * shape.depth, tied=False, embedding=blocks.embedding(rows // shape.hidden, shape.hidden),
        head=blocks.head(shape.hidden, shape.vocabulary, tied=False, norm=shape.hidden),
    )  # fmt: skip
    return without_head(config, found, "Molmo2TextModel")


def qwen2_vl(config: Config) -> Architecture:
    """Qwen2-VL's text model: Qwen 2."""
    return without_head(config, qwen.qwen2_vl(config), "Qwen2VLTextModel")


def qwen2_5_vl(config: Config) -> Architecture:
    """Qwen2.5-VL's text model: Qwen 2."""
    return without_head(config, qwen.qwen2_vl(config), "Qwen2_5_VLTextModel")


def qwen3_vl(config: Config) -> Architecture:
    """Qwen3-VL's text model: Qwen 3 without windows."""
    config.ignore("sliding_window", "use_sliding_window", "max_window_layers")
    found = plain(config, widths(config, key_value_heads=32, head_dim=128), head_norm=True, inner_bias=False)
    return without_head(config, found, "Qwen3VLTextModel")


def qwen3_vl_moe(config: Config) -> Architecture:
    """Qwen3-VL's text model with experts."""
    return without_head(config, qwen.qwen3_vl_moe(config), "Qwen3VLMoeTextModel")


def qwen2_5_omni(config: Config) -> Architecture:
    """Qwen2.5-Omni's text model: Qwen 2."""
    return without_head(config, qwen.qwen2_5_omni(config), "Qwen2_5OmniThinkerTextModel")


def qwen3_omni_moe(config: Config) -> Architecture:
    """Qwen3-Omni's text model: Qwen 3 with experts, without windows."""
    return without_head(config, qwen.qwen3_omni_moe(config), "Qwen3OmniMoeThinkerTextModel")


def without_head(config: Config, found: Architecture, bare: str) -> Architecture:
    """Return a text model as it is, or without its head where it was saved from the class that has none."""
    if has_head(config, bare):
        return found
    (last,) = found.layers[-1].blocks
    kept = tuple(one for one in last.operations if not (isinstance(one, Linear) and one.name == "lm_head"))
    end = Layer((Block(kept, tuple(one.name for one in kept[-1:])),), "head")
    return replace(found, layers=(*found.layers[:-1], end), tied=False)


def _glm(config: Config, shape: Widths, *, bias: bool) -> Architecture:
    return plain(
        config, shape, bias=bias, output_bias=False, inner_bias=False, after=shape.hidden,
        names=("gate_up_proj", "down_proj"),
    )  # fmt: skip
