"""More diffusion transformers of films, and of sound: Mochi, Allegro and Stable Audio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.extents import ONCE, TOKENS
from flopline.architecture.grids import FRAMES, TEXT, film, fixed, pairs, text_length, total
from flopline.architecture.joint import (
    ADDED,
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
    MAPS,
    MODULATION,
    PATCHES,
    RELATIVE,
    Linear,
    Operation,
    Product,
    Scores,
    Weights,
)
from flopline.architecture.readers.common import LAYER_NORM
from flopline.architecture.readers.denoisers import denoiser, layers_of
from flopline.architecture.readers.films import UNIT, gated, shape_of_film, single_condition
from flopline.architecture.readers.two_streams import finish

if TYPE_CHECKING:
    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.extents import Extent
    from flopline.architecture.shape import Architecture

POOL_HEADS = 8
"""Heads with which Mochi pools its text."""


def mochi(config: Config) -> Architecture:
    """Mochi: a text narrower than the film, pooled by attention, and learned frequencies of positions."""
    config.ignore("qk_norm", "max_sequence_length")
    found = shape_of_film(config, config.size("patch_size", default=2), 0)
    width, on = found.width, film(found.patch)
    narrow = config.size("pooled_projection_dim", default=1536)
    text = config.size("text_embed_dim", default=4096)
    if text % POOL_HEADS:
        config.refuse("text_embed_dim", f"a width of {text} does not divide into {POOL_HEADS} heads")
    time = chain("time_embed.timestep_embedder", config.size("time_embed_dim", default=256), width, width)
    gate = gated(config, "swiglu")
    # Positions times learned frequencies: three coordinates, half as many angles as a head has channels.
    angles = Linear("pos_frequencies", 3, found.heads * (found.head_dim // 2), RELATIVE, (), on=on)
    first = [
        entering(
            (Linear("patch_embed.proj", found.patched, width, PATCHES, (), True, on=on),),
            (Linear("time_embed.caption_proj", text, narrow, MAPS, (), True, on=TEXT),),
        ),
        entering((angles,), stream="angles"),
        entering(time, _pooled(text, width), stream="condition"),
    ]

    def layer(final: bool) -> tuple[Block, ...]:
        scales = modulation("norm1.linear", width, 4 * width)
        name, outputs = ("norm1_context.linear_1", narrow) if final else ("norm1_context.linear", 4 * narrow)
        other = modulation(name, width, outputs)
        film_side = Side(width, on, ("x", scales.name), bias=False)
        text_side = Side(narrow, TEXT, ("x", other.name), ADDED[:3] if final else ADDED, bias=False, outputs=narrow)
        norms = (2 * found.head_dim,) * 2
        joint = attend(
            "attn1", found.heads, found.head_dim, [film_side, text_side], pairs(total(on, TEXT)), norms=norms
        )
        turned = tuple(
            one._replace(reads=(*one.reads, "@angles"))
            if isinstance(one, Weights) and one.name != "attn1.value" else one
            for one in joint
        )  # fmt: skip
        blocks = [
            block((scales, other), turned, outputs=tuple(one.name for one in joint if one.name.endswith("out.0"))),
            block(feed_forward("ff", width, 8 * width // 3, on=on, gated=gate, bias=False)),
        ]
        if not final:
            inner = 8 * narrow // 3
            blocks.append(block(feed_forward("ff_context", narrow, inner, on=TEXT, gated=gate, bias=False)))
        return tuple(blocks)

    layers = [*[layer(final=False)] * (found.depth - 1), *[layer(final=True)] * min(found.depth, 1)]
    return denoiser(config, first, layers, finish(found, on), on, FRAMES, text_length(256), unit=UNIT)


def allegro(config: Config) -> Architecture:
    """Allegro: PixArt's layers over a film, whose patches lie within frames."""
    config.ignore(
        "patch_size_t", "sample_height", "sample_width", "sample_frames", "interpolation_scale_h",
        "interpolation_scale_w", "interpolation_scale_t",
    )  # fmt: skip
    found = shape_of_film(config, config.size("patch_size", default=2), 4)
    width, on = found.width, film(found.patch)
    if config.size("cross_attention_dim", default=2304) != width:
        config.refuse("cross_attention_dim", f"captions have a width of {width}")
    captions = config.size("caption_channels", default=4096)
    first = [
        entering((Linear("pos_embed.proj", found.patched, width, PATCHES, (), True, on=on),)),
        single_condition(width, "adaln_single"),
        entering(chain("caption_projection", captions, width, width, on=TEXT, term=MAPS), stream="text"),
    ]
    norm = LAYER_NORM * width * config.flag("norm_elementwise_affine", False)
    bias = config.flag("attention_bias", True)
    before = _table("norm1", width, norm)
    # The third normalization is built and never runs.
    after = [Weights("norm2", norm, frozen=not norm), *([Weights("norm3", norm)] if norm else [])]
    own = Side(width, on, last(before), bias=bias)
    context = Side(width, TEXT, CONTEXT, bias=bias)
    layer = (
        block(before, attend("attn1", found.heads, found.head_dim, [own], pairs(on))),
        block(cross("attn2", found.heads, found.head_dim, Side(width, on, bias=bias), context)),
        block(after, feed_forward("ff", width, 4 * width, on=on, gated=gated(config), reads=("x", "norm2"))),
    )
    final = Weights("scale_shift_table", 2 * width, CONDITION)
    head = block((final, Linear("proj_out", width, found.unpatched, PATCHES, ("x", final.name), True, on=on)))
    return denoiser(config, first, [layer] * found.depth, head, on, FRAMES, text_length(512), unit=UNIT)


def stable_audio(config: Config) -> Architecture:
    """Stable Audio: time and durations are one more position in front of the sound."""
    config.ignore("sample_size")
    heads, head_dim = config.size("num_attention_heads"), config.size("attention_head_dim")
    width, depth, channels = heads * head_dim, layers_of(config, "num_layers", None), config.size("in_channels")
    grouped = config.size("num_key_value_attention_heads", default=12)
    if heads % grouped:
        config.refuse("num_key_value_attention_heads", f"{heads} heads do not divide into {grouped}")
    context, sines = config.size("cross_attention_dim", default=768), config.size("time_proj_dim", default=256)
    outputs = config.size("out_channels", default=64)
    on = total(fixed(1), TOKENS)
    time: tuple[Operation, ...] = (
        Weights("time_proj", sines // 2, (), frozen=True),
        Product("time_proj.angles", 2 * (sines // 2), MODULATION, "", "", ONCE),
        *chain("timestep_proj", 2 * (sines // 2), width, width),
    )
    durations = config.size("global_states_input_dim", default=1536)
    sound = (
        Linear("preprocess_conv", channels, channels, CONVOLUTION, (), on=TOKENS),
        Linear("proj_in", channels, width, PATCHES, ("preprocess_conv",), on=TOKENS),
    )
    text = config.size("cross_attention_input_dim", default=768)
    words = chain("cross_attention_proj", text, context, context, on=TEXT, term=MAPS, bias=False)
    first = [
        entering(sound, time, chain("global_proj", durations, width, width, bias=False)),
        entering(words, stream="text"),
    ]
    one, two, three = (Weights(f"norm{index}", LAYER_NORM * width) for index in (1, 2, 3))
    own, other = (Side(width, on, (norm.name,), bias=False, output_bias=False) for norm in (one, two))
    layer = (
        block((one,), attend("attn1", heads, head_dim, [own], pairs(on))),
        block(
            (two,),
            cross("attn2", heads, head_dim, other, Side(context, TEXT, CONTEXT, bias=False), key_value_heads=grouped),
        ),
        block((three,), feed_forward("ff", width, 4 * width, on=on, gated=True, reads=(three.name,))),
    )
    head = block(
        (
            Linear("proj_out", width, outputs, PATCHES, on=on),
            Linear("postprocess_conv", outputs, outputs, CONVOLUTION, ("proj_out",), on=TOKENS),
        ),
        outputs=("proj_out", "postprocess_conv"),
    )
    return denoiser(config, first, [layer] * depth, head, on, text_length(130), unit="latent frames of sound")


def _table(name: str, width: int, norm: int) -> tuple[Operation, ...]:
    """Return a table that modulates a layer, with the normalization that it scales."""
    table = Weights("scale_shift_table", 6 * width, CONDITION)
    return (table, Weights(name, norm, ("x", table.name), frozen=not norm))


def _pooled(text: int, outputs: int) -> tuple[Operation, ...]:
    """Return Mochi's attention of the mean of a text to the text and itself."""
    name = "time_embed.pooler"
    seen: Extent = total(fixed(1), TEXT)
    size = text // POOL_HEADS
    return (
        Linear(f"{name}.to_kv", text, 2 * text, MODULATION, (), True, on=seen),
        Linear(f"{name}.to_q", text, text, MODULATION, (), True, on=ONCE),
        Scores(f"{name}.scores", POOL_HEADS, size, size, seen, f"{name}.to_q", f"{name}.to_kv", f"{name}.to_kv"),
        Linear(f"{name}.to_out", text, outputs, MODULATION, (f"{name}.scores",), True, on=ONCE),
    )
