"""Cohere, StableLM, Phi, Persimmon and Fuyu, GLM-4: blocks side by side, or fused matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.architecture.attention import Fused, Split, attention
from flopline.architecture.blocks import Block, embedding, head, mlp
from flopline.architecture.config import DEEPEST, TextModel
from flopline.architecture.extents import Extent, OtherLength
from flopline.architecture.operations import PATCHES, Linear
from flopline.architecture.readers.common import LAYER_NORM, Widths, decoder, every, sliding, widths, window
from flopline.architecture.shape import Architecture, Layer, stack

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.masks import Mask

_FUYU: Final = {
    "vocab_size": 262144,
    "hidden_size": 4096,
    "intermediate_size": 16384,
    "num_hidden_layers": 36,
    "num_attention_heads": 64,
}
"""What Fuyu's configuration class says about its text model."""


def cohere(config: Config) -> Architecture:
    """Command R: attention and MLP side by side after one normalization."""
    shape = widths(config)
    config.ignore("logit_scale")
    bias, normed = config.flag("attention_bias", False), config.flag("use_qk_norm", False)
    queries, keys = shape.heads * shape.head_dim * normed, shape.key_value_heads * shape.head_dim * normed
    attend = attention(
        shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, bias=bias, output_bias=bias,
        query_norm=queries, key_norm=keys,
    )  # fmt: skip
    layer = Layer((attend, mlp(shape.hidden, config.size("intermediate_size"))), parallel=True, norm=shape.hidden)
    return decoder(config, (layer,) * shape.depth, shape, norm=shape.hidden, tied=True)


def cohere2(config: Config) -> Architecture:
    """Command R7B and A: three sliding layers to one that is not."""
    period = config.size("sliding_window_pattern", "_sliding_window_pattern", default=4)
    # Published files say with a period of their own, and a block that is always so, what the class knows already.
    config.ignore("order_of_interleaved_layers", "layer_switch", "rotary_pct", "use_parallel_block")
    return interleaved(config, every(config.size("num_hidden_layers", largest=DEEPEST), period))


def interleaved(config: Config, usual: list[str]) -> Architecture:
    """Return a decoder of blocks side by side, whose layers slide or see everything.

    Parameters
    ----------
    config : Config
        The configuration.
    usual : list of str
        The pattern where it names no layers.
    """
    shape = widths(config)
    masks, bias = sliding(config, usual, 4096), config.flag("attention_bias", False)
    width = config.size("intermediate_size")

    def build(mask: Mask) -> Layer:
        attend = attention(
            shape.hidden,
            shape.heads,
            shape.key_value_heads,
            shape.head_dim,
            mask,
            bias=bias,
            output_bias=bias,
        )
        return Layer((attend, mlp(shape.hidden, width)), parallel=True, norm=shape.hidden)

    return decoder(config, stack(masks, build), shape, norm=shape.hidden, tied=True)


def stablelm(config: Config) -> Architecture:
    """StableLM: layer normalization, gated; side by side where `use_parallel_residual` says so."""
    shape = widths(config, key_value_heads=32, free=False)
    parallel, bias = config.flag("use_parallel_residual", False), config.flag("use_qkv_bias", False)
    normed, norm = config.flag("qk_layernorm", False), LAYER_NORM * shape.hidden
    own = 0 if parallel else norm
    queries, keys = shape.heads * shape.head_dim * normed, shape.key_value_heads * shape.head_dim * normed
    attend = attention(
        shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, norm=own, bias=bias,
        query_norm=queries, key_norm=keys,
    )  # fmt: skip
    inside = mlp(shape.hidden, config.size("intermediate_size"), norm=own)
    layer = Layer((attend, inside), parallel=parallel, norm=norm - own)
    return decoder(config, (layer,) * shape.depth, shape, norm=norm, tied=False)


def phi(config: Config) -> Architecture:
    """Phi 1 and 2: attention and MLP side by side, no gate, biases everywhere."""
    shape = widths(config)
    norm = LAYER_NORM * shape.hidden
    per_head = LAYER_NORM * shape.head_dim * config.flag("qk_layernorm", False)
    attend = attention(
        shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, bias=True, output_bias=True,
        query_norm=per_head, key_norm=per_head, names=Split("q_proj", "k_proj", "v_proj", "dense"),
    )  # fmt: skip
    inside = mlp(shape.hidden, config.size("intermediate_size"), gated=False, bias=True, names=("fc1", "fc2"))
    layer = Layer((attend, inside), parallel=True, norm=norm)
    return decoder(config, (layer,) * shape.depth, shape, norm=norm, tied=False, bias=True)


def phi3(config: Config) -> Architecture:
    """Phi 3 and 4: Llama with fused matrices and an optional window."""
    shape, mask = widths(config), window(config)
    config.must_be("full_attn_mod", 1, why="layers that differ, which this class cannot build")
    attend = attention(
        shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=shape.hidden,
        names=Fused("qkv_proj", "o_proj"),
    )  # fmt: skip
    inside = mlp(shape.hidden, config.size("intermediate_size"), norm=shape.hidden, names=("gate_up_proj", "down_proj"))
    return decoder(config, (Layer((attend, inside)),) * shape.depth, shape, norm=shape.hidden, tied=False)


def persimmon(config: Config) -> Architecture:
    """Persimmon: fused attention, no gate, biases everywhere, queries and keys normalized per head."""
    shape, layer = _persimmon(config)
    return decoder(config, (layer,) * shape.depth, shape, norm=LAYER_NORM * shape.hidden, tied=False)


def fuyu(config: Config) -> Architecture:
    """Fuyu: Persimmon, into which patches of images enter by one matrix."""
    # Files on the hub write the text model's keys beside the others, without a table of their own.
    text = config.nested("text_config", usual=TextModel("persimmon", _FUYU)) if config.has("text_config") else config
    text.must_be("model_type", "persimmon", "fuyu", why="another text model")
    if text is not config:
        config.ignore_copies(config.raw("text_config"))
    shape, layer = _persimmon(text)
    channels = config.size("num_channels", default=3)
    patch = channels * config.size("patch_size", default=30) ** 2
    config.ignore("image_size", "image_token_id")
    patches = Extent("P", lambda lengths: lengths["patches"])
    pixels = Linear("vision_embed_tokens", patch, shape.hidden, PATCHES, (), bias=True, on=patches)
    tied = config.tied(False)
    first = Layer((embedding(shape.vocabulary, shape.hidden),), "embedding")
    inputs = Layer((Block((pixels,), ("vision_embed_tokens",)),), "projector")
    last = Layer((head(shape.hidden, shape.vocabulary, tied=tied, norm=LAYER_NORM * shape.hidden),), "head")
    return Architecture(
        "fuyu", "fuyu", (first, inputs, *(layer,) * shape.depth, last), tied,
        others=(OtherLength("patches", 0, "patches of images, which are among the tokens", 0),),
    )  # fmt: skip


def _persimmon(config: Config) -> tuple[Widths, Layer]:
    shape = widths(config, free=False)
    config.must_be("num_key_value_heads", shape.heads, why="grouped-query attention")
    norm = LAYER_NORM * shape.hidden
    per_head = LAYER_NORM * shape.head_dim * config.flag("qk_layernorm", True)
    attend = attention(
        shape.hidden, shape.heads, shape.heads, shape.head_dim, norm=norm, bias=True, output_bias=True,
        query_norm=per_head, key_norm=per_head, names=Fused("query_key_value", "dense"),
    )  # fmt: skip
    inside = mlp(
        shape.hidden, config.size("intermediate_size"), gated=False, norm=norm, bias=True,
        names=("dense_h_to_4h", "dense_4h_to_h"),
    )  # fmt: skip
    return shape, Layer((attend, inside))


def glm4(config: Config) -> Architecture:
    """GLM-4 (and GLM before the normalizations after the blocks): a fused gate, biases in the projections."""
    shape = widths(config, key_value_heads=2, head_dim=128)
    bias = config.flag("attention_bias", True)
    after = shape.hidden if config.model_type == "glm4" else 0
    attend = attention(
        shape.hidden,
        shape.heads,
        shape.key_value_heads,
        shape.head_dim,
        norm=shape.hidden,
        after=after,
        bias=bias,
    )
    inside = mlp(
        shape.hidden, config.size("intermediate_size"), norm=shape.hidden, after=after,
        names=("gate_up_proj", "down_proj"),
    )  # fmt: skip
    return decoder(config, (Layer((attend, inside)),) * shape.depth, shape, norm=shape.hidden, tied=False)
