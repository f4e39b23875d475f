"""Diffusion transformers of one stream: DiT and PixArt, also under the name of the class that once held both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.extents import ONCE
from flopline.architecture.grids import TEXT, fixed, pairs, patches, text_length
from flopline.architecture.joint import (
    ACTIVATIONS,
    CONTEXT,
    GATED_ACTIVATIONS,
    Side,
    attend,
    block,
    chain,
    cross,
    entering,
    feed_forward,
    last,
)
from flopline.architecture.operations import MAPS, MODULATION, PATCHES, Linear, Lookup, Operation, Weights
from flopline.architecture.readers.common import LAYER_NORM
from flopline.architecture.readers.denoisers import Shape, denoiser, shape

if TYPE_CHECKING:
    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.extents import Extent
    from flopline.architecture.shape import Architecture

FREQUENCIES = 256
"""Sines and cosines of a time, as most of these models take them."""


def dit(config: Config) -> Architecture:
    """DiT: the conditions of time and label are embedded anew in every layer."""
    config.must_be("norm_type", "ada_norm_zero", why="DiT without adaptive normalization")
    config.ignore("sample_size", "caption_channels", "cross_attention_dim", "use_additional_conditions")
    found = shape(config)
    on, width = patches(found.patch), found.width
    labels = config.size("num_embeds_ada_norm", default=1000)
    time = chain("norm1.emb.timestep_embedder", FREQUENCIES, width, width)
    table = Lookup("norm1.emb.class_embedder", (labels + 1) * width)
    condition = (*last(time), table.name)
    scales = Linear("norm1.linear", width, 6 * width, MODULATION, condition, True, on=ONCE)
    start: tuple[Operation, ...] = (*time, table, scales)
    layer = basic(config, found, on, bias=True, start=start)
    again = chain("norm1.emb.timestep_embedder", FREQUENCIES, width, width, shared=True)
    head = block(
        again,
        (Linear("proj_out_1", width, 2 * width, MODULATION, last(again), True, on=ONCE),),
        (Linear("proj_out_2", width, found.unpatched, PATCHES, ("x", "proj_out_1"), True, on=on),),
    )
    return denoiser(config, [entering(patched(found, on))], [layer] * found.depth, head, on)


def pixart(config: Config) -> Architecture:
    """PixArt: the conditions of time and size are embedded once, each layer adds a table; text by cross-attention."""
    config.must_be("norm_type", "ada_norm_single", why="PixArt without its single adaptive normalization")
    found = shape(config, out_channels=8)
    on, width = patches(found.patch), found.width
    time = chain("adaln_single.emb.timestep_embedder", FREQUENCIES, width, width)
    sizes: list[tuple[Operation, ...]] = []
    if config.flag("use_additional_conditions", config.size("sample_size", default=128) == 128):
        if width % 3:
            config.refuse("num_attention_heads", f"a width of {width} does not divide into three conditions")
        third = width // 3
        sizes = [
            chain("adaln_single.emb.resolution_embedder", FREQUENCIES, third, third, on=fixed(2)),
            chain("adaln_single.emb.aspect_ratio_embedder", FREQUENCIES, third, third),
        ]
    embedded = (*last(time), *(name for one in sizes for name in last(one)))
    shared = (Linear("adaln_single.linear", width, 6 * width, MODULATION, embedded, True, on=ONCE),)
    first = [entering(patched(found, on)), entering(time, *sizes, shared, stream="condition")]
    captions, context = config.optional("caption_channels"), config.optional("cross_attention_dim", 1152)
    if captions is not None:
        # Without attention to it the text is projected all the same.
        words = chain("caption_projection", captions, width, width, on=TEXT, term=MAPS, detached=context is None)
        first.append(entering(words, stream="text"))
    if captions is not None and context not in (None, width):
        config.refuse("cross_attention_dim", f"captions have a width of {width}, and {context} is attended to")
    table = (Weights("scale_shift_table", 6 * width, ("@condition",)),)
    layer = basic(config, found, on, bias=True, start=table, context=context, single=True)
    final = Weights("scale_shift_table", 2 * width, ("@condition",))
    head = block((final, Linear("proj_out", width, found.unpatched, PATCHES, ("x", final.name), True, on=on)))
    return denoiser(config, first, [layer] * found.depth, head, on, text_length(120))


def transformer_2d(config: Config) -> Architecture:
    """DiT or PixArt under the name that held both in older files, which tell them apart by their normalization."""
    kind = config.text("norm_type", "layer_norm")
    for key in ("only_cross_attention", "double_self_attention", "use_linear_projection"):
        config.must_be(key, False, why="a transformer inside a U-Net")
    config.must_be("num_vector_embeds", why="a transformer over discrete latents")
    if not config.has("num_layers"):
        config.size("num_layers")
    if kind == "ada_norm_zero":
        return dit(config)
    if kind != "ada_norm_single":
        config.refuse("norm_type", f"`Transformer2DModel` with `{kind[:40]}` is counted only inside a U-Net")
    return pixart(config)


def patched(found: Shape, on: Extent) -> tuple[Linear, ...]:
    """Return the convolution that embeds patches."""
    return (Linear("pos_embed.proj", found.channels * found.patch**2, found.width, PATCHES, (), True, on=on),)


def basic(
    config: Config,
    found: Shape,
    on: Extent,
    *,
    bias: bool,
    start: tuple[Operation, ...],
    context: int | None = None,
    single: bool = False,
) -> tuple[Block, ...]:
    """Return a layer of self-attention, attention to a text if there is one, and a feed-forward network.

    Parameters
    ----------
    config, found : Config, Shape
        The configuration and its numbers.
    on : Extent
        Positions.
    bias : bool
        The family's default of `attention_bias`.
    start : tuple of operations
        What conditions the layer.
    context : int, optional
        Width of the text that is attended to.
    single : bool
        Whether no normalization stands before the attention to the text (adaLN-single).
    """
    biased = config.flag("attention_bias", bias)
    norm = LAYER_NORM * found.width * config.flag("norm_elementwise_affine", False)
    activation = config.text("activation_fn", "gelu-approximate")
    if activation not in ACTIVATIONS:
        config.refuse("activation_fn", f"`{activation[:40]}` is not an activation of these models")
    config.must_be("attention_type", "default", why="attention to boxes (GLIGEN)")
    read = ("x", *last(start))
    # DiT's first normalization has no weights whatever the configuration says.
    before = [Weights("norm1", norm)] if norm and single else []
    side = Side(found.width, on, (*read, *(one.name for one in before)), bias=biased)
    blocks = [block(start, before, attend("attn1", found.heads, found.head_dim, [side], pairs(on)))]
    if context is not None:
        text = Side(context, TEXT, CONTEXT, bias=biased)
        second = Side(found.width, on, bias=biased)
        blocks.append(block(cross("attn2", found.heads, found.head_dim, second, text)))
    after = [Weights("norm3", norm)] if norm else []
    reads = ("x", *(one.name for one in after))
    gated = activation in GATED_ACTIVATIONS
    inner = feed_forward("ff", found.width, 4 * found.width, on=on, gated=gated, reads=reads)
    blocks.append(block(after, inner))
    return tuple(blocks)
