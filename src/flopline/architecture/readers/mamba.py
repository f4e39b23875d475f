"""Mamba and Mamba-2, alone: every layer is one mixer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture import blocks
from flopline.architecture.config import DEEPEST
from flopline.architecture.readers.common import model
from flopline.architecture.shape import Layer
from flopline.architecture.state_space import Dual, selective_scan, state_space_dual

if TYPE_CHECKING:
    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

_INSIDE = ("time_step_floor", "time_step_limit", "time_step_max", "time_step_min", "rescale_prenorm_residual")
_ORIGINAL = ("d_inner", "d_model", "n_layer", "ssm_cfg", "pad_vocab_size_multiple", "norm_before_gate", "rms_norm")


def mamba(config: Config) -> Architecture:
    """Mamba and Falcon Mamba, whose normalizations of step sizes and maps have no weights."""
    hidden = config.size("hidden_size")
    config.ignore("use_mambapy", "use_falcon_mambapy", "time_step_init_scheme", *_INSIDE, *_ORIGINAL)
    block = selective_scan(
        hidden,
        # Falcon Mamba 7B says 16 under `expand`, and is as wide as its other key says.
        config.size("intermediate_size", default=config.size("expand", default=2) * hidden),
        state=config.size("state_size", default=16),
        rank=step_rank(config, "time_step_rank", hidden),
        kernel=config.size("conv_kernel", default=4),
        bias=config.flag("use_bias", False),
        conv_bias=config.flag("use_conv_bias", True),
        norm=hidden,
    )
    return _repeated(config, block, hidden, tied=True)


def mamba2(config: Config) -> Architecture:
    """Mamba-2, Codestral Mamba."""
    hidden = config.size("hidden_size")
    config.ignore("intermediate_size", "time_step_rank", *_INSIDE, *_ORIGINAL)
    shape = Dual(
        config.size("num_heads", default=128),
        config.size("head_dim", default=64),
        config.size("n_groups", default=8),
        config.size("state_size", default=128),
        config.size("conv_kernel", default=4),
        config.size("chunk_size", default=256),
    )
    if shape.inner != config.size("expand", default=2) * hidden:
        config.refuse(
            "num_heads", f"{shape.heads} heads of {shape.head_dim} are not `expand` times a width of {hidden}"
        )
    grouped(config, shape, "n_groups")
    bias = config.flag("use_bias", False)
    block = state_space_dual(
        hidden, shape, bias=bias, output_bias=bias, conv_bias=config.flag("use_conv_bias", True), norm=hidden,
        gate_norm=shape.inner,
    )  # fmt: skip
    return _repeated(config, block, hidden, tied=False)


def step_rank(config: Config, key: str, hidden: int) -> int:
    """Return the rank of a selective scan's step sizes, which is a sixteenth of the width where it is `auto`.

    Parameters
    ----------
    config : Config
        The configuration.
    key : str
        The key.
    hidden : int
        Width of the stream.
    """
    return -(-hidden // 16) if config.raw(key) in (None, "auto") else config.size(key)


def grouped(config: Config, shape: Dual, key: str) -> None:
    """Refuse heads that do not divide into groups.

    Parameters
    ----------
    config, shape : Config, Dual
        The configuration and the shape of its mixers.
    key : str
        The key that says how many groups there are.
    """
    if shape.heads % shape.groups:
        config.refuse(key, f"{shape.heads} heads of a scan do not divide into {shape.groups} groups")


def _repeated(config: Config, block: Block, hidden: int, *, tied: bool) -> Architecture:
    """Return the architecture of one block in every layer."""
    vocabulary, shared = config.size("vocab_size"), config.tied(tied)
    layers = (Layer((block,)),) * config.size("num_hidden_layers", largest=DEEPEST)
    first = blocks.embedding(vocabulary, hidden)
    last = blocks.head(hidden, vocabulary, tied=shared, norm=hidden)
    return model(config, layers, embedding=first, head=last, tied=shared)
