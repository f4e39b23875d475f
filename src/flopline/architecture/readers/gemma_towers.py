"""Gemma 4 as published: towers for images and sound, whose parameters are counted and which do not run.

How many positions they run on is up to the processor, which fills every image up to a budget of patches.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from flopline.architecture.attention import SPLIT
from flopline.architecture.blocks import Block
from flopline.architecture.config import DEEPEST
from flopline.architecture.operations import (
    CONVOLUTION,
    MERGING,
    MLP,
    PATCHES,
    PROJECTIONS,
    Linear,
    Lookup,
    Operation,
    Weights,
)
from flopline.architecture.readers.multimodal import Beside, joined
from flopline.architecture.readers.text_models import text_model, width_of
from flopline.architecture.shape import Layer
from flopline.architecture.towers import LAYER_NORM, NEVER, RMS, Encoder, encoder_layers, patch_embedding, projector

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

VISION, AUDIO = "vision_config", "audio_config"


def gemma4(config: Config) -> Architecture:
    """Gemma 4 with the towers that its configuration has."""
    text = text_model(config, "gemma4_text", tied=True)
    parts = {VISION: partial(_vision, config, width_of(text)), AUDIO: partial(_audio, config, width_of(text))}
    return joined(config, text, {key: build for key, build in parts.items() if config.has(key)})


def gemma4_unified(config: Config) -> Architecture:
    """Gemma 4 12B, which reads pixels and waves without a tower."""
    text = text_model(config, "gemma4_unified_text", tied=True)
    parts = {VISION: partial(_pixels, config, width_of(text)), AUDIO: partial(_waves, config, width_of(text))}
    return joined(config, text, {key: build for key, build in parts.items() if config.has(key)})


def gemma3n(config: Config) -> Architecture:
    """Gemma 3n as published: embeddings of image and sound tokens run on every token, even without either."""
    text = text_model(config, "gemma3n_text", tied=True)
    config.ignore("audio_soft_tokens_per_image", "vision_soft_tokens_per_image", VISION, AUDIO)
    first, *rest = text.layers
    embedders = (_embedder(config, key, width, width_of(text)) for key, width in ((VISION, 2048), (AUDIO, 1536)))
    message = "`gemma3n` is multimodal: its text model is counted, without the towers beside it"
    config.note("model_type", message, code="W402")
    return replace(text, name="gemma3n", model_type="gemma3n", layers=(first, *embedders, *rest))


def _embedder(config: Config, key: str, usual: int, text: int) -> Layer:
    """Return the embedding of the tokens that stand for images or sound, with its map to the text model."""
    inside = config.nested(key) if config.has(key) else None
    width = inside.size("hidden_size", default=usual) if inside is not None else usual
    rows = inside.size("vocab_size", default=128) if inside is not None else 128
    if inside is not None:
        inside.ignore_rest()
    operations: tuple[Operation, ...] = (
        Lookup("embedding", rows * width),
        Weights("hard_embedding_norm", width, ("embedding",)),
        Weights("soft_embedding_norm", width, ()),
        Linear("embedding_projection", width, text, MERGING, ("hard_embedding_norm",)),
    )
    return Layer((Block(operations, ("embedding_projection",)),), "projector")


def _vision(config: Config, text: int) -> Beside:
    vision = config.nested(VISION)
    vision.ignore("model_type", "pooling_kernel_size", "use_clipped_linears", "standardize", "attention_bias")
    vision.ignore("default_output_length")
    hidden, heads = vision.size("hidden_size", default=768), vision.size("num_attention_heads", default=12)
    groups, per_head = vision.size("num_key_value_heads", default=12), vision.size("head_dim", default=64)
    if heads % groups:
        vision.refuse("num_key_value_heads", f"{heads} heads do not divide into {groups} key-value heads")
    shape = Encoder(
        hidden, vision.size("num_hidden_layers", default=16, largest=DEEPEST), heads, per_head,
        vision.size("intermediate_size", default=3072), groups, RMS, gated=True, bias=False, output_bias=False,
        inner_bias=False, query_norm=per_head, key_norm=per_head, after=RMS, names=SPLIT, inner=None,
    )  # fmt: skip
    patch = 3 * vision.size("patch_size", default=16) ** 2
    places = 2 * vision.size("position_embedding_size", default=10240) * hidden
    layers = (
        patch_embedding(patch, hidden, NEVER, bias=False, extra=places),
        *encoder_layers(shape, NEVER, NEVER),
        projector(_map(hidden, text), NEVER),
    )
    return Beside(layers, ())


def _map(width: int, text: int) -> tuple[Operation, ...]:
    return (Linear("embedding_projection", width, text, MERGING, ("x",)),)


def _audio(config: Config, text: int) -> Beside:
    """Return the conformer (Gulati et al. 2020, arXiv:2005.08100) of Gemma 4."""
    audio = config.nested(AUDIO)
    audio.ignore("model_type", "attention_chunk_size", "attention_context_left", "attention_context_right")
    audio.ignore("attention_logit_cap", "attention_invalid_logits_value", "use_clipped_linears", "residual_weight")
    hidden, heads = audio.size("hidden_size", default=1024), audio.size("num_attention_heads", default=8)
    if hidden % heads:
        audio.refuse("num_attention_heads", f"a width of {hidden} does not divide into {heads} heads")
    first, second = audio.sizes("subsampling_conv_channels", 2, default=(128, 32))
    outputs, kernel = audio.size("output_proj_dims", default=1536), audio.size("conv_kernel_size", default=5)
    start: tuple[Operation, ...] = (
        Linear("conv_0", 9, first, PATCHES, (), on=NEVER),
        Weights("norm_0", first, ("conv_0",)),
        Linear("conv_1", 9 * first, second, PATCHES, ("norm_0",), on=NEVER),
        Weights("norm_1", second, ("conv_1",)),
        Linear("input_proj_linear", first // 4 * second, hidden, PATCHES, ("norm_1",), on=NEVER),
    )
    last = (Linear("output_proj", hidden, outputs, MERGING, ("x",), True, on=NEVER),)
    depth = audio.size("num_hidden_layers", default=12, largest=DEEPEST)
    layers = (
        Layer((Block(start, ("input_proj_linear",)),), "tower", stream="sound"),
        *(_conformer(hidden, hidden // heads, kernel),) * depth,
        Layer((Block(last, ("output_proj",)),), "tower", stream="sound"),
        projector(_map(outputs, text), NEVER, source="sound"),
    )
    return Beside(layers, ())


def _conformer(hidden: int, per_head: int, kernel: int) -> Layer:
    def feed(name: str) -> Block:
        return _chain(
            Weights(f"{name}.pre_layer_norm", hidden),
            Linear(f"{name}.ffw_layer_1", hidden, 4 * hidden, MLP, on=NEVER),
            Linear(f"{name}.ffw_layer_2", 4 * hidden, hidden, MLP, on=NEVER),
            Weights(f"{name}.post_layer_norm", hidden),
        )

    inputs = ("q_proj", "k_proj", "v_proj", "relative_k_proj")
    attend = _chain(
        Weights("norm_pre_attn", hidden),
        *(Linear(name, hidden, hidden, PROJECTIONS, on=NEVER) for name in inputs),
        Weights("per_dim_scale", per_head),
        Linear("post", hidden, hidden, PROJECTIONS, on=NEVER),
        Weights("norm_post_attn", hidden),
    )
    convolve = _chain(
        Weights("pre_layer_norm", hidden),
        Linear("linear_start", hidden, 2 * hidden, CONVOLUTION, on=NEVER),
        Linear("depthwise_conv1d", hidden * kernel, hidden, CONVOLUTION, groups=hidden, on=NEVER),
        Weights("conv_norm", hidden),
        Linear("linear_end", hidden, hidden, CONVOLUTION, on=NEVER),
    )
    blocks = (feed("feed_forward1"), attend, convolve, feed("feed_forward2"), _chain(Weights("norm_out", hidden)))
    return Layer(blocks, "tower", stream="sound")


def _chain(*operations: Linear | Weights) -> Block:
    """Return operations of which each reads the one before it."""
    found: list[Operation] = []
    for one in operations:
        found.append(one._replace(reads=(found[-1].name,)) if found else one)
    return Block(tuple(found), (found[-1].name,))


def _pixels(config: Config, text: int) -> Beside:
    vision = config.nested(VISION)
    vision.ignore("model_type", "num_soft_tokens")
    side = vision.size("patch_size", default=16) * vision.size("pooling_kernel_size", default=3)
    pixels, wide = 3 * side**2, vision.size("mm_embed_dim", default=3840)
    rows, outputs = vision.size("mm_posemb_size", default=1120), vision.size("output_proj_dims", default=3840)
    if outputs != wide:
        vision.refuse("output_proj_dims", f"patches are {wide} wide, their map reads {outputs}")
    operations = (
        Weights("patch_ln1", LAYER_NORM * pixels, ()),
        Linear("patch_dense", pixels, wide, PATCHES, ("patch_ln1",), True),
        Weights("patch_ln2", LAYER_NORM * wide, ("patch_dense",)),
        Weights("pos_embedding", 2 * rows * wide, ()),
        Weights("pos_norm", LAYER_NORM * wide, ("patch_ln2", "pos_embedding")),
        Linear("embedding_projection", wide, text, MERGING, ("pos_norm",)),
    )
    return Beside((projector(operations, NEVER),), ())


def _waves(config: Config, text: int) -> Beside:
    audio = config.nested(AUDIO)
    audio.ignore("model_type")
    names = ("audio_embed_dim", "hidden_size", "output_proj_dims", "audio_samples_per_token")
    width = audio.size(*names, default=640)
    return Beside((projector(_map(width, text), NEVER, source="sound"),), ())
