"""Diffusion transformers that refine text and picture apart before they are one stream: Lumina 2 and Z-Image."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from flopline.architecture.extents import Extent
from flopline.architecture.grids import TEXT, pairs, patches, text_length, total
from flopline.architecture.joint import Side, attend, block, chain, entering, feed_forward, last, modulation
from flopline.architecture.operations import MAPS, PATCHES, Linear, Operation, Weights
from flopline.architecture.readers.denoisers import denoiser, layers_of
from flopline.architecture.readers.two_streams import FREQUENCIES

if TYPE_CHECKING:
    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

LUMINA = ("feed_forward.linear_1", "feed_forward.linear_3", "feed_forward.linear_2")
Z_IMAGE = ("feed_forward.w1", "feed_forward.w3", "feed_forward.w2")
MULTIPLE = 32
"""Z-Image pads picture and text to a multiple of so many tokens."""


class Refined(NamedTuple):
    """The numbers of a layer.

    Attributes
    ----------
    width, heads, key_value_heads, inner : int
        Widths of stream and feed-forward network, and heads.
    condition : int
        Width of the condition.
    modulation : str
        Name of the matrix that scales and gates.
    matrices : tuple of str
        Names of the feed-forward matrices.
    normal : bool
        Whether queries and keys are normalized.
    """

    width: int
    heads: int
    key_value_heads: int
    inner: int
    condition: int
    modulation: str
    matrices: tuple[str, ...]
    normal: bool = True

    def layer(self, on: Extent, *, modulated: bool = True) -> tuple[Block, ...]:
        """Return a layer at so many positions, which knows the time or does not."""
        width, size = self.width, self.width // self.heads
        matrix = [modulation(self.modulation, self.condition, 4 * width)] if modulated else []
        before = Weights("norm1", width, ("x", *(one.name for one in matrix)))
        side = Side(width, on, (before.name,), bias=False, output_bias=False)
        norms = (size * self.normal,) * 2
        core = attend("attn", self.heads, size, [side], pairs(on), norms=norms, key_value_heads=self.key_value_heads)
        second = Weights("ffn_norm1", width)
        names = tuple(one.partition(".")[2] for one in self.matrices)
        feed = feed_forward("feed_forward", width, self.inner, on=on, bias=False, reads=(second.name,), names=names)
        return (
            block(matrix, (before,), core, (Weights("norm2", width, last(core)),)),
            block((second,), feed, (Weights("ffn_norm2", width, last(feed)),)),
        )


def lumina2(config: Config) -> Architecture:
    """Lumina 2: the prediction is made for the text too."""
    config.ignore("sample_size", "norm_eps", "scaling_factor", "axes_dim_rope", "axes_lens")
    width, heads = config.size("hidden_size"), config.size("num_attention_heads")
    depth, channels, patch = layers_of(config, "num_layers", None), config.size("in_channels"), 2
    patch = config.size("patch_size", default=patch)
    grouped = config.size("num_kv_heads", default=8)
    _divides(config, "num_attention_heads", width, heads)
    _divides(config, "num_kv_heads", heads, grouped)
    inner = 4 * width
    if config.has("ffn_dim_multiplier"):
        inner = int(config.ratio("ffn_dim_multiplier") * inner)
    config.ignore("ffn_dim_multiplier")
    inner += -inner % config.size("multiple_of", default=256)
    narrow = min(width, 1024)
    shape = Refined(width, heads, grouped, inner, narrow, "norm1.linear", LUMINA)
    image = patches(patch)
    outputs = (config.optional("out_channels") or channels) * patch**2
    scale = modulation("norm_out.linear_1", narrow, width)
    head = (scale, Linear("norm_out.linear_2", width, outputs, PATCHES, ("x", scale.name), True, on=total(image, TEXT)))
    time = chain("timestep_embedder", FREQUENCIES, narrow, narrow)
    text = config.size("cap_feat_dim", default=1024)
    return _refined(config, shape, (depth, channels * patch**2, text), (image, TEXT), time, head)


def z_image(config: Config) -> Architecture:
    """Z-Image: picture and text are padded to a multiple of 32 tokens."""
    config.ignore("norm_eps", "rope_theta", "t_scale", "axes_dims", "axes_lens", "n_kv_heads")
    config.must_be("siglip_feat_dim", why="attention to pictures")
    config.must_be("all_f_patch_size", [1], why="patches of several frames")
    width, heads = config.size("dim"), config.size("n_heads")
    depth, channels = layers_of(config, "n_layers", None), config.size("in_channels")
    (patch,) = config.sizes("all_patch_size", 1, (2,))
    _divides(config, "n_heads", width, heads)
    narrow = min(width, 256)
    # Rounded as Python rounds it: a third of the width, eight times.
    inner = int(width / 3 * 8)
    normal = config.flag("qk_norm", True)
    shape = Refined(width, heads, heads, inner, narrow, "adaLN_modulation.0", Z_IMAGE, normal)
    image, text = padded(patches(patch)), padded(TEXT)
    scale = modulation("final_layer.adaLN_modulation.1", narrow, width)
    on = total(image, text)
    outputs = Linear("final_layer.linear", width, channels * patch**2, PATCHES, ("x", scale.name), True, on=on)
    time = chain("t_embedder.mlp", FREQUENCIES, 1024, narrow)
    words = config.size("cap_feat_dim", default=2560)
    sizes = (depth, channels * patch**2, words)
    return _refined(config, shape, sizes, (image, text), time, (scale, outputs), "n_refiner_layers", fillers=width)


@lru_cache(maxsize=256)
def padded(positions: Extent) -> Extent:
    """Return positions filled up to a multiple of 32.

    Parameters
    ----------
    positions : Extent
        The positions.
    """
    return Extent(
        f"{MULTIPLE} ceil({positions.text}/{MULTIPLE})",
        lambda lengths: -(-positions.times(lengths) // MULTIPLE) * MULTIPLE,
    )


def _refined(
    config: Config,
    shape: Refined,
    sizes: tuple[int, int, int],
    streams: tuple[Extent, Extent],
    time: tuple[Linear, ...],
    head: tuple[Operation, ...],
    refiners: str = "num_refiner_layers",
    *,
    fillers: int = 0,
) -> Architecture:
    """Return refiners of text and picture, then layers of both, and the head on all of them."""
    (depth, patched, text), (image, words) = sizes, streams
    norm = Weights("cap_embedder.0", text, ())
    captions = (norm, Linear("cap_embedder.1", text, shape.width, MAPS, (norm.name,), True, on=words))
    embedded = (Linear("x_embedder", patched, shape.width, PATCHES, (), True, on=image),)
    filled = [(Weights(f"{name}_pad_token", fillers, ()),) for name in ("x", "cap")] if fillers else []
    first = [entering(embedded, captions, *filled), entering(time, stream="condition")]
    count, both = layers_of(config, refiners, 2), total(image, words)
    layers = [
        *[shape.layer(words, modulated=False)] * count,
        *[shape.layer(image)] * count,
        *[shape.layer(both)] * depth,
    ]
    return denoiser(config, first, layers, block(head), both, text_length(512 if fillers else 256))


def _divides(config: Config, key: str, whole: int, parts: int) -> None:
    if whole % parts:
        config.refuse(key, f"{whole} does not divide into {parts}")
