"""What diffusion transformers share: their numbers, and what enters, layers and head put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flopline.architecture.config import DEEPEST
from flopline.architecture.shape import Architecture, Layer, stack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.extents import Extent, OtherLength

HARMLESS = ("dropout", "norm_eps", "eps", "norm_num_groups", "upcast_attention", "interpolation_scale", "sample_size")
"""Keys that change no count in any of these models."""


class Shape(NamedTuple):
    """The numbers that most diffusion transformers have.

    Attributes
    ----------
    heads, head_dim, depth : int
        Heads, their size, and layers.
    channels, out_channels : int
        Channels of what is denoised and of what is predicted.
    patch : int
        Side of a patch.
    """

    heads: int
    head_dim: int
    depth: int
    channels: int
    out_channels: int
    patch: int

    @property
    def width(self) -> int:
        """Width of the stream."""
        return self.heads * self.head_dim

    @property
    def patched(self) -> int:
        """Numbers of one patch."""
        return self.channels * self.patch**2

    @property
    def unpatched(self) -> int:
        """Numbers that are predicted for one patch."""
        return self.out_channels * self.patch**2


def shape(config: Config, *, out_channels: int | None = None, patch: int = 2) -> Shape:
    """Return the numbers of a diffusion transformer under their usual names.

    Parameters
    ----------
    config : Config
        The configuration.
    out_channels : int, optional
        The family's default of `out_channels`; None: as many as `in_channels`.
    patch : int
        The family's default of `patch_size`.
    """
    config.ignore(*HARMLESS)
    heads, head_dim = config.size("num_attention_heads"), config.size("attention_head_dim")
    depth, channels = config.size("num_layers", largest=DEEPEST), config.size("in_channels")
    outputs = config.optional("out_channels", out_channels) or channels
    return Shape(heads, head_dim, depth, channels, outputs, config.optional("patch_size", patch) or patch)


def stretched(config: Config, key: str, default: float, width: int) -> int:
    """Return the width of a feed-forward network from its ratio to that of the stream, rounded down as Python does."""
    return int(width * config.ratio(key, default))


def layers_of(config: Config, key: str, default: int | None) -> int:
    """Return a number of layers of one kind, which may be none.

    Parameters
    ----------
    config : Config
        The configuration.
    key : str
        The key.
    default : int or None
        The family's default; None: it must be given.
    """
    found = config.number(key, default)
    if found > DEEPEST:
        config.refuse(key, f"{found} layers are more than any model has")
    return found


def denoiser(
    config: Config,
    first: Sequence[Layer],
    layers: Sequence[tuple[Block, ...]],
    head: Block,
    tokens: Extent,
    *others: OtherLength,
    unit: str = "latent side",
) -> Architecture:
    """Return the architecture of what enters, layers and head.

    Parameters
    ----------
    config : Config
        The configuration.
    first : sequence of Layer
        What embeds pictures, texts and conditions.
    layers : sequence of tuple of Block
        The layers, equal ones as one object.
    head : Block
        What computes the prediction.
    tokens : Extent
        Positions of the stream, the text's among them where it is part of it.
    others : OtherLength
        Lengths beside `seq_len`.
    unit : str
        What `seq_len` counts.
    """
    return Architecture(
        config.model_type, config.model_type, (*first, *stack(layers, Layer), Layer((head,), "head")), False,
        others=others, unit=unit, tokens=tokens,
    )  # fmt: skip
