"""HRM-Text: a slow and a fast stack of layers that run again and again, most fast runs without a gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from flopline.architecture import blocks
from flopline.architecture.attention import attention
from flopline.architecture.blocks import Block, mlp
from flopline.architecture.config import DEEPEST
from flopline.architecture.operations import Weights
from flopline.architecture.readers.common import model
from flopline.architecture.repeated import repeated
from flopline.architecture.shape import Layer, stack

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

CYCLES: Final = 1000
"""Most cycles that are believed; the published model has two slow ones of three fast ones."""


class Run(NamedTuple):
    """One run of a stack: whether its weights ran before, and whether it has a gradient."""

    shared: bool
    detached: bool


def hrm_text(config: Config) -> Architecture:
    """HRM-Text (Wang et al. 2025, arXiv:2506.21734): in a cycle the fast stack runs several times, the slow one once.

    Notes
    -----
    Of the fast runs of a cycle only the last `L_bp_cycles` have a gradient (section 2 of the paper has one). Prompts
    count as causal: whether they see all of themselves is an argument of the forward pass.
    """
    hidden, heads = config.size("hidden_size"), config.size("num_attention_heads")
    if hidden % heads:
        config.refuse("num_attention_heads", f"a width of {hidden} does not divide into {heads} heads")
    size, vocabulary = config.size("head_dim", default=128), config.size("vocab_size")
    width, tied = config.size("intermediate_size"), config.tied(False)
    bias, inner_bias = config.flag("attention_bias", False), config.flag("mlp_bias", False)
    config.ignore("num_key_value_heads", "prefix_lm", "embedding_scale")
    attend = attention(hidden, heads, heads, size, bias=bias, output_bias=bias, gate=heads * size, gate_bias=bias)
    both = (attend, mlp(hidden, width, bias=inner_bias))

    def build(run: Run) -> Layer:
        return Layer(tuple(repeated(one, shared=run.shared, detached=run.detached) for one in both))

    runs = _runs(config)
    layers = stack([run for run in runs for _ in range(_depth(config, len(runs)))], build)
    first = blocks.embedding(vocabulary, hidden)
    start = Weights("z_L_init", hidden, (), frozen=True)
    last = blocks.head(hidden, vocabulary, tied=tied)
    return model(config, layers, embedding=Block((*first.operations, start), first.outputs), head=last, tied=tied)


def _depth(config: Config, runs: int) -> int:
    """Return the layers of one stack: a saved configuration has them of all runs beside those of one stack."""
    everything = config.size("num_hidden_layers", largest=DEEPEST)
    depth = config.size("num_layers_per_stack", default=everything, largest=DEEPEST)
    if depth * runs > DEEPEST:
        config.refuse("num_hidden_layers", f"{runs} runs of {depth} layers are more than any model has")
    return depth


def _runs(config: Config) -> list[Run]:
    """Return the runs of both stacks: in each cycle fast ones, then a slow one."""
    slow = config.size("H_cycles", default=2, largest=CYCLES)
    fast = config.size("L_cycles", default=3, largest=CYCLES)
    given = config.sizes("L_bp_cycles", default=(2,))
    kept = (*(1 for _ in range(slow - len(given))), *given)
    runs = []
    for cycle in range(slow):
        runs += [Run(cycle > 0 or turn > 0, turn < fast - kept[cycle]) for turn in range(fast)]
        runs.append(Run(cycle > 0, detached=False))
    return runs
