"""Diffusion transformers of films, Wan to LTX-Video; `seq_len` is the side of a latent frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.extents import ONCE, Extent
from flopline.architecture.grids import FRAMES, TEXT, film, fixed, pairs, text_length, times, total
from flopline.architecture.joint import (
    ACTIVATIONS,
    CONDITION,
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
    modulation,
)
from flopline.architecture.operations import (
    CROSS_SCORES,
    MAPS,
    MODULATION,
    PATCHES,
    PROJECTIONS,
    Linear,
    Operation,
    Scores,
    Weights,
)
from flopline.architecture.readers.common import LAYER_NORM
from flopline.architecture.readers.denoisers import Shape, denoiser, layers_of, stretched
from flopline.architecture.readers.two_streams import (
    FREQUENCIES,
    Modulated,
    Pair,
    condition,
    double,
    finish,
    parallel,
    query_norm,
    text_output,
)
from flopline.architecture.shape import Layer

if TYPE_CHECKING:
    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

UNIT = "side of a latent frame"
WAN_TEXT = 512
"""Tokens of text that Wan cuts off where pictures stand in front of them."""
WAN_PICTURE = 257
"""Tokens of a picture of CLIP's largest encoder, of which Wan reads one or two."""


def wan(config: Config) -> Architecture:
    """Wan 2.1 and 2.2: attention to a text, and to a picture where films start from one; one time for all frames."""
    config.ignore("qk_norm", "eps", "rope_max_seq_len")
    sizes = config.sizes("patch_size", 3, (1, 2, 2))
    if sizes[1] != sizes[2]:
        config.refuse("patch_size", "patches that are not square are not counted yet")
    found = shape_of_film(config, sizes[1], 16)
    width, on = found.width, film(sizes[1], sizes[0])
    volume = sizes[0] * sizes[1] ** 2
    pictures = config.optional("image_dim")
    added = config.optional("added_kv_proj_dim")
    if added is not None and pictures is None:
        config.refuse("added_kv_proj_dim", "there is attention to pictures, and no `image_dim`")
    if added not in (None, width):
        config.refuse("added_kv_proj_dim", f"pictures have a width of {width}, and {added} is attended to")
    tokens = config.optional("pos_embed_seq_len")
    seen = fixed(tokens or WAN_PICTURE)
    words = TEXT if pictures is None else fixed(WAN_TEXT)
    time = chain("condition_embedder.time_embedder", config.size("freq_dim", default=256), width, width)
    scales = Linear("condition_embedder.time_proj", width, 6 * width, MODULATION, last(time), True, on=ONCE)
    text = chain(
        "condition_embedder.text_embedder", config.size("text_dim", default=4096), width, width, on=words, term=MAPS
    )
    first = [
        entering((Linear("patch_embedding", found.channels * volume, width, PATCHES, (), True, on=on),)),
        _both(time, scales),
        entering(text, stream="text"),
    ]
    if pictures is not None:
        first.append(entering(_pictures(pictures, width, seen, tokens or 0), stream="picture"))
    read = words if added is not None or pictures is None else total(seen, words)
    layer = _wan_layer(config, found, on, read, seen if added is not None else None)
    table = Weights("scale_shift_table", 2 * width, CONDITION)
    head = block(
        (table, Linear("proj_out", width, found.out_channels * volume, PATCHES, ("x", table.name), True, on=on))
    )
    others = (FRAMES,) if pictures is not None else (FRAMES, text_length(512))
    return denoiser(config, first, [layer] * found.depth, head, on, *others, unit=UNIT)


def hunyuan_video(config: Config) -> Architecture:
    """HunyuanVideo: a text refined by layers of its own, then layers of two streams, then of one."""
    config.ignore("rope_theta", "rope_axes_dim")
    config.must_be("image_condition_type", "latent_concat", "token_replace", why="another first picture")
    replaced = config.raw("image_condition_type") == "token_replace"
    found = shape_of_film(config, config.size("patch_size", default=2), 16)
    width, together = found.width, config.size("patch_size_t", default=1)
    positions = Pair(film(found.patch, together), TEXT)
    # The first frame is conditioned as if at time zero: time, and what it scales, is computed twice.
    twice = fixed(2) if replaced else ONCE
    pooled = config.size("pooled_projection_dim", default=768)
    conditions = condition(width, pooled, guided=config.flag("guidance_embeds", True))
    conditions[0] = tuple(one._replace(on=twice) for one in conditions[0])
    text, refiners = config.size("text_embed_dim", default=4096), layers_of(config, "num_refiner_layers", 2)
    first = [
        entering(
            (Linear("x_embedder.proj", found.patched * together, width, PATCHES, (), True, on=positions.image),),
            (Linear("context_embedder.proj_in", text, width, MAPS, (), True, on=TEXT),),
        ),
        entering(*conditions, stream="condition"),
        entering(*_seen(condition(width, text), used=refiners > 0), stream="refiner"),
    ]
    norm = query_norm(config, found.head_dim, "rms_norm")
    inner = stretched(config, "mlp_ratio", 4.0, width)
    names = ("norm1.linear", "norm1_context.linear")
    image = modulation(names[0], width, 6 * width)._replace(on=twice)
    modulations = Modulated((image, modulation(names[1], width, 6 * width)), names[:1], names[1:])
    own = (modulation("norm.linear", width, 3 * width)._replace(on=twice),)
    single = layers_of(config, "num_single_layers", 40)
    layers = [
        *[refiner(found)] * refiners,
        *(
            double(found, positions, modulations, norm=2 * norm, inner=inner, text=text_output(found, index, single))
            for index in range(found.depth)
        ),
        *[(parallel(found, positions, own, last(own), inner=inner, norm=norm),)] * single,
    ]
    head = finish(found._replace(out_channels=found.out_channels * together), positions.image)
    return denoiser(config, first, layers, head, positions.both, FRAMES, text_length(256), unit=UNIT)


def cogvideox(config: Config) -> Architecture:
    """CogVideoX: text and film are one stream, which each layer modulates apart."""
    config.ignore(
        "flip_sin_to_cos", "freq_shift", "sample_width", "sample_height", "sample_frames", "timestep_activation_fn",
        "temporal_compression_ratio", "spatial_interpolation_scale", "temporal_interpolation_scale",
        "use_rotary_positional_embeddings", "use_learned_positional_embeddings",
    )  # fmt: skip
    found = shape_of_film(config, config.size("patch_size", default=2), 16)
    together = config.optional("patch_size_t")
    width, frames = found.width, together or 1
    on = film(found.patch, frames)
    both = total(TEXT, on)
    time, offset = config.size("time_embed_dim", default=512), config.optional("ofs_embed_dim", least=0)
    if offset not in (None, 0, time):
        config.refuse("ofs_embed_dim", f"`ofs_embed_dim` is added to a vector of {time}")
    biased = config.flag("patch_bias", True) or together is not None
    text = config.size("text_embed_dim", default=4096)
    first = [
        entering(
            (Linear("patch_embed.proj", found.patched * frames, width, PATCHES, (), biased, on=on),),
            (Linear("patch_embed.text_proj", text, width, MAPS, (), True, on=TEXT),),
        ),
        entering(
            chain("time_embedding", width, time, time),
            chain("ofs_embedding", offset, offset, offset) if offset else (),
            stream="condition",
        ),
    ]
    norm = LAYER_NORM * width * config.flag("norm_elementwise_affine", True)
    bias = config.flag("attention_bias", True)
    before = [*_modulated("norm1", time, 6 * width, norm)]
    side = Side(width, both, last(before), bias=bias)
    norms = (LAYER_NORM * found.head_dim,) * 2
    after = [*_modulated("norm2", time, 6 * width, norm)]
    layer = (
        block(before, attend("attn1", found.heads, found.head_dim, [side], pairs(both), norms=norms)),
        block(after, feed_forward("ff", width, 4 * width, on=both, gated=gated(config), reads=last(after))),
    )
    final = [*_modulated("norm_out", time, 2 * width, 2 * norm)]
    outputs = found.unpatched * frames
    head = block(final, (Linear("proj_out", width, outputs, PATCHES, last(final), True, on=on),))
    usual = text_length(config.size("max_text_seq_length", default=226))
    return denoiser(config, first, [layer] * found.depth, head, both, FRAMES, usual, unit=UNIT)


def ltx(config: Config) -> Architecture:
    """LTX-Video: attention to a text; channels come packed, so that a patch is as wide as `in_channels`."""
    config.ignore("qk_norm", "norm_eps")
    found = shape_of_film(config, config.size("patch_size", default=1), 128)
    width = found.width
    on = film(found.patch, config.size("patch_size_t", default=1))
    if config.size("cross_attention_dim", default=2048) != width:
        config.refuse("cross_attention_dim", f"captions have a width of {width}")
    captions = config.size("caption_channels", default=4096)
    first = [
        entering((Linear("proj_in", found.channels, width, PATCHES, (), True, on=on),)),
        single_condition(width),
        entering(chain("caption_projection", captions, width, width, on=TEXT, term=MAPS), stream="text"),
    ]
    norm = width * config.flag("norm_elementwise_affine", False)
    bias, output = config.flag("attention_bias", True), config.flag("attention_out_bias", True)
    norms = (width, width)
    table = Weights("scale_shift_table", 6 * width, CONDITION)
    before = [table, *([Weights("norm1", norm)] if norm else [])]
    own = Side(width, on, ("x", *(one.name for one in before)), bias=bias, output_bias=output)
    other = Side(width, on, bias=bias, output_bias=output)
    after = [Weights("norm2", norm)] if norm else []
    reads = ("x", *(one.name for one in after))
    layer = (
        block(before, attend("attn1", found.heads, found.head_dim, [own], pairs(on), norms=norms)),
        block(cross("attn2", found.heads, found.head_dim, other, Side(width, TEXT, CONTEXT, bias=bias), norms=norms)),
        block(after, feed_forward("ff", width, 4 * width, on=on, gated=gated(config), reads=reads)),
    )
    final = Weights("scale_shift_table", 2 * width, CONDITION)
    head = block((final, Linear("proj_out", width, found.out_channels, PATCHES, ("x", final.name), True, on=on)))
    return denoiser(config, first, [layer] * found.depth, head, on, FRAMES, text_length(128), unit=UNIT)


def shape_of_film(config: Config, patch: int, out_channels: int) -> Shape:
    """Return the numbers of a film's transformer, whose patches may be given otherwise."""
    config.ignore("patch_size")
    heads, head_dim = config.size("num_attention_heads"), config.size("attention_head_dim")
    config.ignore("dropout", "norm_eps", "eps", "sample_size")
    depth, channels = layers_of(config, "num_layers", None), config.size("in_channels")
    outputs = config.optional("out_channels", out_channels) or channels
    return Shape(heads, head_dim, depth, channels, outputs, patch)


def single_condition(width: int, name: str = "time_embed") -> Layer:
    """Return the network of time whose result modulates every layer, by a table of each (adaLN-single)."""
    time = chain(f"{name}.emb.timestep_embedder", FREQUENCIES, width, width)
    return _both(time, Linear(f"{name}.linear", width, 6 * width, MODULATION, last(time), True, on=ONCE))


def gated(config: Config, default: str = "gelu-approximate") -> bool:
    """Return whether the feed-forward networks have a gate, by the name of their activation."""
    activation = config.text("activation_fn", default)
    if activation not in ACTIVATIONS:
        config.refuse("activation_fn", f"`{activation[:40]}` is not an activation of these models")
    return activation in GATED_ACTIVATIONS


def refiner(found: Shape, on: Extent = TEXT) -> tuple[Block, ...]:
    """Return a layer of HunyuanVideo's text refiner: attention and feed-forward, gated by time."""
    width, norm = found.width, LAYER_NORM * found.width
    first, second = Weights("norm1", norm), Weights("norm2", norm)
    gate = Linear("norm_out.linear", width, 2 * width, MODULATION, ("@refiner",), True, on=ONCE)
    side = Side(width, on, (first.name,))
    attention = attend("attn", found.heads, found.head_dim, [side], pairs(on))
    inner = feed_forward("ff", width, 4 * width, on=on, reads=(second.name,))
    return (
        block((first, gate), attention, outputs=(gate.name, *last(attention))),
        block((second,), inner),
    )


def _seen(chains: list[tuple[Linear, ...]], *, used: bool) -> list[tuple[Linear, ...]]:
    """Return networks that run all the same where nothing reads them, so that no gradient comes back."""
    return [tuple(one._replace(detached=not used) for one in each) for each in chains]


def _both(time: tuple[Linear, ...], scales: Linear) -> Layer:
    """Return the condition of layers and head: what they are modulated by, and the time itself."""
    return Layer((block(time, (scales,), outputs=(*last(time), scales.name)),), "embedding", stream="condition")


def _modulated(name: str, width: int, outputs: int, norm: int) -> tuple[Operation, ...]:
    """Return a normalization with what shifts and scales it."""
    matrix = modulation(f"{name}.linear", width, outputs)
    return (matrix, Weights(f"{name}.norm", norm, ("x", matrix.name), frozen=not norm))


def _pictures(width: int, outputs: int, on: Extent, positions: int) -> tuple[Operation, ...]:
    """Return what embeds the tokens of a picture."""
    name = "condition_embedder.image_embedder"
    start = Weights(f"{name}.norm1", LAYER_NORM * width + positions * width, ())
    inner = feed_forward(f"{name}.ff", width, width, on=on, reads=(start.name,), outputs=outputs)
    return (start, *inner, Weights(f"{name}.norm2", LAYER_NORM * outputs, last(inner)))


def _wan_layer(config: Config, found: Shape, on: Extent, words: Extent, seen: Extent | None) -> tuple[Block, ...]:
    """Return self-attention, attention to the text (and to a picture with the same queries), feed-forward."""
    width, norms = found.width, (found.width, found.width)
    table = Weights("scale_shift_table", 6 * width, CONDITION)
    own = attend("attn1", found.heads, found.head_dim, [Side(width, on, ("x", table.name))], pairs(on), norms=norms)
    before = [Weights("norm2", LAYER_NORM * width)] if config.flag("cross_attn_norm", True) else []
    reads = (before[0].name,) if before else ("x",)
    context = ("@text",) if seen is not None else ("@text", "@picture")
    text = Side(width, words, context)
    *other, output = cross("attn2", found.heads, found.head_dim, Side(width, on, reads), text, norms=norms)
    extra: list[Operation] = []
    if seen is not None:
        extra = [
            *(
                Linear(f"attn2.{name}", width, width, PROJECTIONS, ("@picture",), True, on=seen)
                for name in ("add_k_proj", "add_v_proj")
            ),
            Weights("attn2.norm_added_k", width, ("attn2.add_k_proj",)),
            Scores(
                "attn2.picture_scores", found.heads, found.head_dim, found.head_dim, times(on, seen),
                "attn2.query", "attn2.norm_added_k", "attn2.add_v_proj", term=CROSS_SCORES,
            ),
        ]  # fmt: skip
    inner = feed_forward("ffn", width, config.size("ffn_dim", default=13824), on=on)
    return (block((table,), own), block(before, other, extra, (output,)), block(inner))
