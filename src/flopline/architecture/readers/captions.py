"""Diffusion transformers of pictures that read a text in ways of their own: Sana and Hunyuan-DiT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.extents import ONCE, Extent
from flopline.architecture.grids import TEXT, fixed, pairs, patches, text_length
from flopline.architecture.joint import (
    CONDITION,
    CONTEXT,
    Side,
    attend,
    block,
    chain,
    cross,
    entering,
    feed_forward,
    last,
    modulation,
)
from flopline.architecture.operations import (
    CONVOLUTION,
    LINEAR_ATTENTION,
    MAPS,
    MLP,
    MODULATION,
    PATCHES,
    PROJECTIONS,
    Linear,
    Lookup,
    Operation,
    Product,
    Scores,
    Weights,
)
from flopline.architecture.readers.common import LAYER_NORM
from flopline.architecture.readers.denoisers import Shape, denoiser, layers_of, shape, stretched
from flopline.architecture.readers.films import gated, single_condition
from flopline.architecture.readers.two_streams import FREQUENCIES, finish
from flopline.architecture.shape import Layer

if TYPE_CHECKING:
    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture


def sana(config: Config) -> Architecture:
    """Sana: linear attention to the picture, attention to the text, and a convolution between feed-forward matrices."""
    found = shape(config, out_channels=32, patch=1)
    config.ignore("guidance_embeds_scale", "timestep_scale")
    width, on = found.width, patches(found.patch)
    first = [entering((Linear("patch_embed.proj", found.patched, width, PATCHES, (), True, on=on),))]
    if config.flag("guidance_embeds", False):
        times = [chain(f"time_embed.{one}_embedder", FREQUENCIES, width, width) for one in ("timestep", "guidance")]
        reads = tuple(name for one in times for name in last(one))
        scales = Linear("time_embed.linear", width, 6 * width, MODULATION, reads, True, on=ONCE)
        first.append(Layer((block(*times, (scales,), outputs=(*reads, scales.name)),), "embedding", stream="condition"))
    else:
        first.append(single_condition(width))
    captions = chain(
        "caption_projection", config.size("caption_channels", default=2304), width, width, on=TEXT, term=MAPS
    )
    first.append(entering((*captions, Weights("caption_norm", width, last(captions))), stream="text"))
    if config.size("cross_attention_dim", default=2240) != width:
        config.refuse("cross_attention_dim", f"captions have a width of {width}")
    final = Weights("scale_shift_table", 2 * width, CONDITION)
    head = block((final, Linear("proj_out", width, found.unpatched, PATCHES, ("x", final.name), True, on=on)))
    layer = _sana_layer(config, found, on)
    return denoiser(config, first, [layer] * found.depth, head, on, text_length(300))


def hunyuan_dit(config: Config) -> Architecture:
    """Hunyuan-DiT: two texts of fixed lengths, and connections from its first half to its second."""
    config.ignore("sample_size", "norm_type")
    heads, head_dim = config.size("num_attention_heads"), config.size("attention_head_dim")
    channels, width = config.size("in_channels"), heads * head_dim
    depth = layers_of(config, "num_layers", None)
    if depth % 2:
        config.refuse("num_layers", f"{depth} layers do not divide into two halves that are connected")
    if config.size("hidden_size", default=1152) != width:
        config.refuse("hidden_size", f"{heads} heads of {head_dim} have another width")
    outputs = channels * (1 + config.flag("learn_sigma", True))
    found = Shape(heads, head_dim, depth, channels, outputs, config.size("patch_size"))
    on, context = patches(found.patch), config.size("cross_attention_dim", default=1024)
    first_text, second_text = config.size("text_len", default=77), config.size("text_len_t5", default=256)
    wide = config.size("cross_attention_dim_t5", default=2048)
    if wide % 8:
        config.refuse("cross_attention_dim_t5", f"a width of {wide} does not divide into 8 heads")
    words = chain("text_embedder", wide, 4 * wide, context, on=fixed(second_text), term=MAPS)
    padding = Weights("text_embedding_padding", (first_text + second_text) * context, last(words))
    inner = stretched(config, "mlp_ratio", 4.0, width)
    first = [
        entering((Linear("pos_embed.proj", found.patched, width, PATCHES, (), True, on=on),)),
        _hunyuan_condition(config, width, wide, second_text),
        entering((*words, padding), stream="text"),
    ]

    def layer(skipped: bool) -> tuple[Block, ...]:
        joined = Weights("skip_norm", 2 * LAYER_NORM * width)
        start = [block((joined, Linear("skip_linear", 2 * width, width, MAPS, (joined.name,), True, on=on)))]
        shift = modulation("norm1.linear", width, width)
        before = Weights("norm1.norm", LAYER_NORM * width, ("x", shift.name))
        second, third = (Weights(f"norm{index}", LAYER_NORM * width) for index in (2, 3))
        norms = (LAYER_NORM * head_dim,) * 2
        own = attend("attn1", heads, head_dim, [Side(width, on, (before.name,))], pairs(on), norms=norms)
        text = Side(context, fixed(first_text + second_text), CONTEXT)
        other = cross("attn2", heads, head_dim, Side(width, on, (second.name,)), text, norms=norms)
        feed = feed_forward("ff", width, inner, on=on, gated=gated(config), reads=(third.name,))
        return (
            *(start if skipped else []),
            block((shift, before), own),
            block((second,), other),
            block((third,), feed),
        )

    layers = [*[layer(skipped=False)] * (depth // 2 + 1), *[layer(skipped=True)] * (depth - depth // 2 - 1)]
    return denoiser(config, first, layers[:depth], finish(found, on), on)


def _hunyuan_condition(config: Config, width: int, wide: int, words: int) -> Layer:
    """Return the condition of time, pooled text, size and style."""
    pooled = config.size("pooled_projection_dim", default=1024)
    name = "time_extra_emb.pooler"
    all_words = fixed(words + 1)
    places = Weights(f"{name}.positional_embedding", (words + 1) * wide, ())
    pool: list[Operation] = [
        places,
        Linear(f"{name}.q_proj", wide, wide, MODULATION, (places.name,), True, on=ONCE),
        *(
            Linear(f"{name}.{one}_proj", wide, wide, MODULATION, (places.name,), True, on=all_words)
            for one in ("k", "v")
        ),
        Scores(
            f"{name}.scores", 8, wide // 8, wide // 8, all_words, f"{name}.q_proj", f"{name}.k_proj", f"{name}.v_proj"
        ),
        Linear(f"{name}.c_proj", wide, pooled, MODULATION, (f"{name}.scores",), True, on=ONCE),
    ]
    size, reads = pooled, last(pool)
    if config.flag("use_style_cond_and_image_meta_size", True):
        style = Lookup("time_extra_emb.style_embedder", width)
        pool.append(style)
        size, reads = 6 * FREQUENCIES + width + pooled, (*reads, style.name)
    time = chain("time_extra_emb.timestep_embedder", FREQUENCIES, width, width)
    extra = chain("time_extra_emb.extra_embedder", size, 4 * width, width, reads=reads)
    return entering(time, (*pool, *extra), stream="condition")


def _sana_layer(config: Config, found: Shape, on: Extent) -> tuple[Block, ...]:
    width, size = found.width, found.head_dim
    config.must_be("qk_norm", "rms_norm_across_heads", why="another normalization of queries")
    normal = config.has("qk_norm")
    heads = config.size("num_cross_attention_heads", default=20)
    wide = heads * config.size("cross_attention_head_dim", default=112)
    table = Weights("scale_shift_table", 6 * width, CONDITION)
    bias = config.flag("attention_bias", False)
    name = "attn1"
    inputs = [
        Linear(f"{name}.to_{one}", width, width, PROJECTIONS, ("x", table.name), bias, on=on) for one in ("q", "k", "v")
    ]
    query, key = (
        Weights(f"{name}.norm_{one}", width * normal, (f"{name}.to_{one}",), frozen=not normal) for one in ("q", "k")
    )
    # A row of ones beside the values sums the keys, which is what queries are divided by.
    each = 2 * found.heads * (size + 1) * size
    core = (
        Product(f"{name}.state", each, LINEAR_ATTENTION, f"{name}.to_v", key.name, on),
        Product(f"{name}.read", each, LINEAR_ATTENTION, f"{name}.state", query.name, on),
        Linear(f"{name}.to_out.0", width, width, PROJECTIONS, (f"{name}.read",), True, on=on),
    )
    other = cross(
        "attn2", heads, wide // heads, Side(width, on), Side(width, TEXT, CONTEXT), norms=(wide * normal,) * 2
    )
    hidden = stretched(config, "mlp_ratio", 2.5, width)
    wider = 2 * hidden
    norm = LAYER_NORM * width * config.flag("norm_elementwise_affine", False)
    before = Weights("norm2", norm, ("x",), frozen=not norm)
    feed = (
        before,
        Linear("ff.conv_inverted", width, wider, MLP, (before.name,), True, on=on),
        Linear(
            "ff.conv_depth", 18 * hidden, 2 * hidden, CONVOLUTION, ("ff.conv_inverted",), True, groups=2 * hidden, on=on
        ),
        Linear("ff.conv_point", hidden, width, MLP, ("ff.conv_depth",), on=on),
    )
    return (block((table,), inputs, (query, key), core), block(other), block(feed))
