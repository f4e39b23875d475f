"""Diffusion transformers of two streams that attend together: Stable Diffusion 3, FLUX.1 and their kin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.config import DEEPEST
from flopline.architecture.extents import ONCE, TOKENS
from flopline.architecture.grids import TEXT, fixed, pairs, patches, text_length, total
from flopline.architecture.joint import (
    CONDITION,
    Side,
    attend,
    block,
    chain,
    entering,
    feed_forward,
    last,
    modulation,
)
from flopline.architecture.operations import (
    MAPS,
    MODULATION,
    PATCHES,
    PROJECTIONS,
    Linear,
    Lookup,
    Operation,
    Scores,
    Weights,
)
from flopline.architecture.readers.denoisers import Shape, denoiser, layers_of, shape, stretched
from flopline.architecture.readers.two_streams import (
    FREQUENCIES,
    Modulated,
    Pair,
    condition,
    double,
    embedded,
    finish,
    parallel,
    patched,
    query_norm,
    same_width,
    text_output,
    two_modulations,
    words,
)
from flopline.architecture.shape import Layer

if TYPE_CHECKING:
    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.extents import Extent
    from flopline.architecture.shape import Architecture


AURA = ("linear_1", "linear_2", "out_projection")
"""Names of the matrices of AuraFlow's feed-forward networks."""


def sd3(config: Config) -> Architecture:
    """Stable Diffusion 3 and 3.5: some layers attend a second time to the picture alone."""
    found = shape(config, out_channels=16)
    config.ignore("pos_embed_max_size")
    positions, width = Pair(patches(found.patch), TEXT), found.width
    twice = config.indices("dual_attention_layers")
    same_width(config, "caption_projection_dim", 1152, width)
    norm = query_norm(config, found.head_dim)

    def layer(index: int) -> tuple[Block, ...]:
        dual, final = index in twice, index == found.depth - 1
        modulations = two_modulations(width, 9 if dual else 6, 2 if final else 6)
        side = Side(width, positions.image, ("x", *modulations.image))
        own = attend("attn2", found.heads, found.head_dim, [side], pairs(positions.image), norms=(norm, norm))
        return double(
            found, positions, modulations, norm=2 * norm, text="absent" if final else "kept",
            beside=own if dual else (),
        )  # fmt: skip

    pooled = config.size("pooled_projection_dim", default=2048)
    first = [
        entering(patched(found, positions.image, "pos_embed.proj"), words(config, found, 4096)),
        entering(*condition(width, pooled), stream="condition"),
    ]
    head = finish(found, positions.image)
    layers = [layer(index) for index in range(found.depth)]
    return denoiser(config, first, layers, head, positions.both, text_length(333))


def flux(config: Config) -> Architecture:
    """FLUX.1: layers of two streams, then layers in which both are one; `seq_len` counts packed patches."""
    found = shape(config, patch=1)
    config.ignore("axes_dims_rope")
    width, positions = found.width, Pair(TOKENS, TEXT)
    pooled = config.size("pooled_projection_dim", default=768)
    conditions = condition(width, pooled, guided=config.flag("guidance_embeds", False))
    first = [
        entering(embedded(found, TOKENS, "x_embedder"), words(config, found, 4096)),
        entering(*conditions, stream="condition"),
    ]
    single = layers_of(config, "num_single_layers", 38)
    modulations = two_modulations(width, 6, 6)
    own = (modulation("norm.linear", width, 3 * width),)
    layers = [
        double(found, positions, modulations, norm=2 * found.head_dim, text=text_output(found, index, single))
        for index in range(found.depth)
    ] + [(parallel(found, positions, own, last(own)),)] * single
    head = finish(found, positions.image)
    return denoiser(config, first, layers, head, positions.both, text_length(512), unit="image tokens")


def flux2(config: Config) -> Architecture:
    """FLUX.2: no biases, modulations computed once for all layers, layers of one stream with one matrix each way."""
    found = shape(config, patch=1)
    config.ignore("axes_dims_rope", "rope_theta")
    width, positions = found.width, Pair(TOKENS, TEXT)
    single = layers_of(config, "num_single_layers", 48)
    inner = stretched(config, "mlp_ratio", 3.0, width)
    sines = config.size("timestep_guidance_channels", default=256)
    kinds = ("timestep_embedder", *(["guidance_embedder"] if config.flag("guidance_embeds", True) else []))
    times = [chain(f"time_guidance_embed.{name}", sines, width, width, bias=False) for name in kinds]
    reads = tuple(name for one in times for name in last(one))
    scales = [
        Linear(f"{name}.linear", width, sets * width, MODULATION, reads, on=ONCE, detached=sets == 3 and not single)
        for name, sets in (
            ("double_stream_modulation_img", 6), ("double_stream_modulation_txt", 6), ("single_stream_modulation", 3),
        )
    ]  # fmt: skip
    conditions = block(*times, scales, outputs=(*reads, *(one.name for one in scales)))
    text = config.size("joint_attention_dim", default=15360)
    first = [
        entering(
            (Linear("x_embedder", found.channels, width, PATCHES, (), on=TOKENS),),
            (Linear("context_embedder", text, width, MAPS, (), on=TEXT),),
        ),
        Layer((conditions,), "embedding", stream="condition"),
    ]
    kept = double(
        found, positions, Modulated((), CONDITION, CONDITION), norm=2 * found.head_dim, inner=inner, gated=True,
        bias=False, matrices=("linear_in", "linear_out"),
    )  # fmt: skip
    layers = [*[kept] * found.depth, *[(_one_matrix(found, inner, positions.both),)] * single]
    head = finish(found, TOKENS, bias=False)
    return denoiser(config, first, layers, head, positions.both, text_length(512), unit="image tokens")


def _one_matrix(found: Shape, inner: int, on: Extent) -> Block:
    """Return a layer whose queries, keys, values and feed-forward network leave one matrix and enter another."""
    width, size, name = found.width, found.head_dim, "attn.to_qkv_mlp_proj"
    return block(
        (
            Linear(name, width, 3 * width + 2 * inner, PROJECTIONS, ("x", *CONDITION), on=on),
            Weights("attn.norm_q", size, (name,)),
            Weights("attn.norm_k", size, (name,)),
            Scores("attn.scores", found.heads, size, size, pairs(on), "attn.norm_q", "attn.norm_k", name),
            Linear("attn.to_out", width + inner, width, PROJECTIONS, ("attn.scores", name), on=on),
        )
    )


def chroma(config: Config) -> Architecture:
    """Chroma: FLUX.1 whose modulations come from one small network, which runs once for each of them."""
    found = shape(config, patch=1)
    config.ignore("axes_dims_rope")
    positions, single = Pair(TOKENS, TEXT), layers_of(config, "num_single_layers", 38)
    modulations = Modulated((), CONDITION, CONDITION)
    layers = [double(found, positions, modulations, norm=2 * found.head_dim)] * found.depth + [
        (parallel(found, positions, (), CONDITION),)
    ] * single
    first = [
        entering(embedded(found, TOKENS, "x_embedder"), words(config, found, 4096)),
        entering(_approximator(config, found, 3 * single + 12 * found.depth + 2), stream="condition"),
    ]
    head = block((Linear("proj_out", found.width, found.unpatched, PATCHES, ("x", *CONDITION), True, on=TOKENS),))
    return denoiser(config, first, layers, head, positions.both, text_length(512), unit="image tokens")


def aura_flow(config: Config) -> Architecture:
    """AuraFlow: no biases, eight register tokens beside the text, gated feed-forward networks."""
    depth = "num_mmdit_layers"
    config.ignore("sample_size")
    heads, head_dim = config.size("num_attention_heads"), config.size("attention_head_dim")
    channels = config.size("in_channels")
    found = Shape(
        heads, head_dim, config.size(depth, largest=DEEPEST), channels, config.optional("out_channels", 4) or channels,
        config.size("patch_size", default=2),
    )  # fmt: skip
    width, registers = found.width, 8
    positions = Pair(patches(found.patch), total(TEXT, fixed(registers)))
    same_width(config, "caption_projection_dim", 3072, width)
    inner = 2 * 4 * width // 3
    inner += -inner % 256
    modulations = two_modulations(width, 6, 6, bias=False)
    own = modulation("norm1.linear", width, 6 * width, bias=False)
    single = layers_of(config, "num_single_dit_layers", 32)
    side = Side(width, positions.both, ("x", own.name), bias=False, output_bias=False)
    alone = (
        block((own,), attend("attn", heads, head_dim, [side], pairs(positions.both))),
        block(feed_forward("ff", width, inner, on=positions.both, bias=False, names=AURA)),
    )
    layers = [
        double(
            found,
            positions,
            modulations,
            inner=inner,
            bias=False,
            matrices=AURA,
            text=text_output(found, index, single),
        )
        for index in range(found.depth)
    ] + [alone] * single
    tables = (Lookup("pos_embed", config.size("pos_embed_max_size", default=1024) * width),)
    text = config.size("joint_attention_dim", default=2048)
    texts = (Linear("context_embedder", text, width, MAPS, (), on=TEXT),)
    first = [
        entering(
            patched(found, positions.image, "pos_embed.proj"), tables, texts,
            (Weights("register_tokens", registers * width, ()),),
        ),
        entering(chain("time_step_proj", FREQUENCIES, width, width), stream="condition"),
    ]  # fmt: skip
    head = finish(found, positions.image, bias=False)
    return denoiser(config, first, layers, head, positions.both, text_length(256))


def qwen_image(config: Config) -> Architecture:
    """Qwen-Image: two streams to the end; `seq_len` counts packed patches."""
    found = shape(config, out_channels=16)
    config.ignore("axes_dims_rope", "use_layer3d_rope", "guidance_embeds", "pooled_projection_dim")
    width, positions = found.width, Pair(TOKENS, TEXT)
    # Of an edited picture, parts are conditioned as if at time zero: two conditions instead of one.
    conditions = fixed(2) if config.flag("zero_cond_t", False) else ONCE
    modulations = Modulated(
        (
            Linear("img_mod.1", width, 6 * width, MODULATION, CONDITION, True, on=conditions),
            modulation("txt_mod.1", width, 6 * width),
        ),
        ("img_mod.1",), ("txt_mod.1",),
    )  # fmt: skip
    text = config.size("joint_attention_dim", default=3584)
    texts = (
        Weights("txt_norm", text, ()),
        Linear("txt_in", text, width, MAPS, ("txt_norm",), True, on=TEXT),
    )
    extra = [(Lookup("addition_t_embedding", 2 * width),)] if config.flag("use_additional_t_cond", False) else []
    first = [
        entering(embedded(found, TOKENS, "img_in"), texts),
        entering(chain("timestep_embedder", FREQUENCIES, width, width, on=conditions), *extra, stream="condition"),
    ]
    layers = [
        double(
            found, positions, modulations, norm=2 * found.head_dim, text=text_output(found, index, 0),
            feeds=("img_mlp", "txt_mlp"),
        )
        for index in range(found.depth)
    ]  # fmt: skip
    head = finish(found, TOKENS)
    return denoiser(config, first, layers, head, positions.both, text_length(None), unit="image tokens")


def _approximator(config: Config, found: Shape, times: int) -> tuple[Operation, ...]:
    """Return Chroma's network of residual blocks that computes all modulations."""
    channels, hidden = (
        config.size("approximator_num_channels", default=64),
        config.size("approximator_hidden_dim", default=5120),
    )
    if channels % 4:
        config.refuse("approximator_num_channels", f"{channels} channels do not divide into four sets of frequencies")
    on, depth = fixed(times), layers_of(config, "approximator_layers", 5)
    name = "distilled_guidance_layer"
    stream: tuple[str, ...] = (f"{name}.in_proj",)
    found_so_far: list[Operation] = [Linear(stream[0], channels, hidden, MODULATION, (), True, on=on)]
    for index in range(depth):
        norm = Weights(f"{name}.norms.{index}", hidden, stream)
        inner = chain(f"{name}.layers.{index}", hidden, hidden, hidden, on=on, reads=(norm.name,))
        found_so_far += [norm, *inner]
        stream = (*stream[:1], *last(inner))
    return (*found_so_far, Linear(f"{name}.out_proj", hidden, found.width, MODULATION, stream, True, on=on))
