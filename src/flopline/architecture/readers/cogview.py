"""CogView 3 Plus and 4: text and picture share all matrices, and are modulated apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.grids import TEXT, pairs, patches, text_length, total
from flopline.architecture.joint import Side, attend, block, chain, entering, feed_forward, last, modulation
from flopline.architecture.operations import MAPS, PATCHES, Linear
from flopline.architecture.readers.denoisers import denoiser, shape

if TYPE_CHECKING:
    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture


def cogview3_plus(config: Config) -> Architecture:
    """CogView 3 Plus: text and picture are fed forward together, the last text too."""
    return _cogview(config, apart=False)


def cogview4(config: Config) -> Architecture:
    """CogView 4: text and picture are fed forward one after the other, so that no gradient reaches the last text."""
    config.ignore("rope_axes_dim")
    return _cogview(config, apart=True)


def _cogview(config: Config, *, apart: bool) -> Architecture:
    found = shape(config, out_channels=16)
    config.ignore("pos_embed_max_size")
    width, on = found.width, patches(found.patch)
    both = total(TEXT, on)
    time, sines = config.size("time_embed_dim", default=512), config.size("condition_dim", default=256)
    text = config.size("text_embed_dim", default=4096)
    first = [
        entering(
            (Linear("patch_embed.proj", found.patched, width, PATCHES, (), True, on=on),),
            (Linear("patch_embed.text_proj", text, width, MAPS, (), True, on=TEXT),),
        ),
        entering(
            chain("time_condition_embed.timestep_embedder", width, time, time),
            # Original size, crop and target size, two numbers each.
            chain("time_condition_embed.condition_embedder", 6 * sines, time, time),
            stream="condition",
        ),
    ]

    def layer(*, final: bool) -> tuple[Block, ...]:
        matrix = modulation("norm1.linear", time, 12 * width)
        side = Side(width, both, ("x", matrix.name))
        core = block((matrix,), attend("attn1", found.heads, found.head_dim, [side], pairs(both)))
        if not (final and apart):
            return (core, block(feed_forward("ff", width, 4 * width, on=both)))
        unread = feed_forward("ff_text", width, 4 * width, on=TEXT, detached=True)
        again = tuple(one._replace(shared=True) for one in unread)
        return (core, block(again), block(feed_forward("ff", width, 4 * width, on=on)))

    scales = modulation("norm_out.linear", time, 2 * width)
    head = block((scales, Linear("proj_out", width, found.unpatched, PATCHES, ("x", *last((scales,))), True, on=on)))
    layers = [*[layer(final=False)] * (found.depth - 1), layer(final=True)]
    return denoiser(config, first, layers, head, both, text_length(224))
