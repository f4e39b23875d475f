"""HiDream-I1: two streams, then one, with experts, and a new view of the text in every layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.grids import TEXT, fixed, pairs, patches, text_length, times, total
from flopline.architecture.joint import Side, attend, block, chain, entering, feed_forward, modulation
from flopline.architecture.operations import EXPERTS, MAPS, PATCHES, ROUTER, Linear, Operation
from flopline.architecture.readers.denoisers import denoiser, layers_of, shape
from flopline.architecture.readers.two_streams import FREQUENCIES

if TYPE_CHECKING:
    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.extents import Extent
    from flopline.architecture.shape import Architecture

IMAGE = ("to_q", "to_k", "to_v", "to_out")
WORDS = ("to_q_t", "to_k_t", "to_v_t", "to_out_t")
MATRICES = ("w1", "w3", "w2")


def hidream(config: Config) -> Architecture:
    """HiDream-I1; `text_len` counts the tokens of each of its two texts, of which one is projected for every layer."""
    config.ignore("axes_dims_rope", "max_resolution")
    config.size("patch_size")
    found = shape(config)
    width, on = found.width, patches(found.patch)
    single = layers_of(config, "num_single_layers", 32)
    captions = config.sizes("caption_channels", 2)
    chosen = config.raw("llama_layers")
    if not isinstance(chosen, list) or len(chosen) != found.depth + single:
        config.refuse("llama_layers", f"there must be one layer of the text's model for each of {found.depth + single}")
    kept, seen = times(fixed(2), TEXT), times(fixed(3), TEXT)
    first = [
        entering(
            (Linear("x_embedder.proj", found.patched, width, PATCHES, (), True, on=on),),
            (Linear("caption_projection.last", captions[0], width, MAPS, (), on=TEXT),),
        ),
        entering(
            chain("t_embedder", FREQUENCIES, width, width),
            chain("p_embedder", config.size("text_emb_dim", default=2048), width, width),
            stream="condition",
        ),
    ]
    view = Linear("caption_projection", captions[1], width, MAPS, (), on=TEXT)
    inner = _rounded(4 * width)

    def two() -> tuple[Block, ...]:
        scales = modulation("adaLN_modulation.1", width, 12 * width)
        reads = ("x", scales.name)
        sides = [Side(width, on, reads, IMAGE), Side(width, seen, (*reads, view.name), WORDS)]
        norms = (2 * width,) * 2
        core = attend("attn1", found.heads, found.head_dim, sides, pairs(total(on, seen)), norms=norms)
        text = feed_forward("ff_t", width, inner, on=seen, bias=False, names=MATRICES)
        results = ("attn1.to_out", "attn1.to_out_t", view.name)
        return (block((view, scales), core, outputs=results), _experts(config, width, on), block(text))

    def one() -> tuple[Block, ...]:
        both = total(on, seen)
        scales = modulation("adaLN_modulation.1", width, 6 * width)
        side = Side(width, both, ("x", scales.name, view.name), IMAGE)
        core = attend("attn1", found.heads, found.head_dim, [side], pairs(both), norms=(width, width))
        return (block((view, scales), core, outputs=("attn1.to_out", view.name)), _experts(config, width, both))

    final = modulation("final_layer.adaLN_modulation.1", width, 2 * width)
    head = block((final, Linear("final_layer.linear", width, found.unpatched, PATCHES, ("x", final.name), True, on=on)))
    layers = [*[two()] * found.depth, *([one()] * single if single else [])]
    return denoiser(config, first, layers, head, total(on, kept), text_length(128))


def _rounded(width: int) -> int:
    """Return two thirds of a width, rounded up to a multiple of 256."""
    inner = int(2 * width / 3)
    return inner + -inner % 256


def _experts(config: Config, width: int, on: Extent) -> Block:
    """Return routed experts beside a shared one of half the width, or one network where there are none."""
    count = config.number("num_routed_experts", 4)
    # Forced to predict, the library runs router and experts without gradients.
    detached = config.flag("force_inference_output", False)
    inner = _rounded(4 * width)
    if not count:
        config.ignore("num_activated_experts")
        return block(feed_forward("ff_i", width, inner, on=on, bias=False, names=MATRICES))
    active = config.size("num_activated_experts", default=2)
    if active > count:
        config.refuse("num_activated_experts", f"a token cannot pass {active} of {count} experts")
    shared = feed_forward("ff_i.shared_experts", width, _rounded(2 * width), on=on, bias=False, names=MATRICES)
    routed: list[Operation] = [Linear("router", width, count, ROUTER, on=on, detached=detached)]
    routed += [
        one._replace(term=EXPERTS, active=active, stored=count, detached=detached)
        for one in feed_forward("ff_i.experts", width, inner, on=on, bias=False, names=MATRICES)
    ]
    return block(routed, shared, outputs=("router", routed[-1].name, shared[-1].name))
