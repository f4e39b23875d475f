"""Decoders before Llama that are not quite GPT-2: GPT-1, CTRL, BioGPT, XGLM, CodeGen, GPT-NeoX Japanese."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flopline.architecture.attention import Fused, Split, attention
from flopline.architecture.blocks import embedding, head, mlp
from flopline.architecture.config import DEEPEST
from flopline.architecture.readers.common import LAYER_NORM, Widths, decoder, head_size, model, widths
from flopline.architecture.shape import Layer

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture

_OUT = Split("q_proj", "k_proj", "v_proj", "out_proj")


class _Keys(NamedTuple):
    """What a family calls width, layers and heads."""

    hidden: str
    depth: str
    heads: str


_GPT = _Keys("n_embd", "n_layer", "n_head")


def openai_gpt(config: Config) -> Architecture:
    """GPT-1: normalizations after the blocks and none at the end; learned positions."""
    shape, norm = _shape(config, _GPT)
    _check_class(config, "OpenAIGPTDoubleHeadsModel")
    config.ignore("summary_type", "summary_use_proj", "summary_activation", "summary_proj_to_labels")
    config.ignore("predict_special_tokens")
    attend = attention(
        shape.hidden, shape.heads, shape.heads, shape.head_dim, after=norm, bias=True, output_bias=True,
        names=Fused("c_attn", "c_proj"),
    )  # fmt: skip
    inside = mlp(
        shape.hidden, 4 * shape.hidden, gated=False, after=norm, bias=True, names=("c_fc", "mlp.c_proj")
    )  # fmt: skip
    rows = config.size("n_positions", "max_position_embeddings", default=512)
    tied = config.tied(True)
    return model(
        config, (Layer((attend, inside)),) * shape.depth, tied=tied, positions=rows,
        embedding=embedding(shape.vocabulary, shape.hidden, positions=rows * shape.hidden),
        head=head(shape.hidden, shape.vocabulary, tied=tied),
    )  # fmt: skip


def biogpt(config: Config) -> Architecture:
    """BioGPT: learned positions with two spare rows."""
    shape, norm = _shape(config, _Keys("hidden_size", "num_hidden_layers", "num_attention_heads"))
    layer = _before(shape, config.size("intermediate_size"), _OUT, ("fc1", "fc2"))
    rows, tied = config.size("max_position_embeddings", default=1024), config.tied(True)
    return model(
        config, (layer,) * shape.depth, tied=tied, positions=rows,
        embedding=embedding(shape.vocabulary, shape.hidden, positions=(rows + 2) * shape.hidden),
        head=head(shape.hidden, shape.vocabulary, tied=tied, norm=norm),
    )  # fmt: skip


def xglm(config: Config) -> Architecture:
    """XGLM: fixed sinusoids for positions."""
    config.must_be("add_cross_attention", False, why="attention to an encoder")
    shape, norm = _shape(config, _Keys("d_model", "num_layers", "attention_heads"))
    layer = _before(shape, config.size("ffn_dim"), _OUT, ("fc1", "fc2"))
    return decoder(config, (layer,) * shape.depth, shape, norm=norm, tied=True)


def ctrl(config: Config) -> Architecture:
    """CTRL: fixed sinusoids for positions, a bias in the head."""
    shape, norm = _shape(config, _GPT)
    layer = _before(shape, config.size("dff"), Split("Wq", "Wk", "Wv", "dense"), ("ffn.0", "ffn.2"))
    return decoder(config, (layer,) * shape.depth, shape, norm=norm, tied=True, bias=True)


def codegen(config: Config) -> Architecture:
    """CodeGen: GPT-J with a fused matrix."""
    config.ignore("rotary_dim", "n_ctx")
    shape, norm = _shape(config, _GPT)
    # The fused matrix is laid out for four devices, among which the heads are split.
    if shape.heads % 4:
        config.refuse("n_head", f"{shape.heads} heads do not divide into 4")
    attend = attention(
        shape.hidden, shape.heads, shape.heads, shape.head_dim, names=Fused("qkv_proj", "out_proj")
    )  # fmt: skip
    inner = config.size("n_inner", default=4 * shape.hidden)
    inside = mlp(shape.hidden, inner, gated=False, bias=True, names=("fc_in", "fc_out"))
    layer = Layer((attend, inside), parallel=True, norm=norm)
    return decoder(config, (layer,) * shape.depth, shape, norm=norm, tied=False, bias=True)


def gpt_neox_japanese(config: Config) -> Architecture:
    """GPT-NeoX Japanese: one block after the other, no biases but one in the last layer."""
    config.ignore("is_decoder")
    shape = widths(config, free=False)
    config.must_be("num_key_value_heads", shape.heads, why="grouped-query attention")
    norm, inner = LAYER_NORM * shape.hidden, shape.hidden * config.size("intermediate_multiple_size", default=4)

    def build(*, last: bool) -> Layer:
        attend = attention(
            shape.hidden, shape.heads, shape.heads, shape.head_dim, norm=norm, output_bias=last,
            names=Fused("query_key_value", "dense"),
        )  # fmt: skip
        names = ("dense_h_to_4h", "dense_4h_to_h")
        return Layer((attend, mlp(shape.hidden, inner, gated=False, norm=norm, names=names)))

    layers = (*(build(last=False),) * (shape.depth - 1), build(last=True))
    return decoder(config, layers, shape, norm=norm, tied=True)


def _shape(config: Config, keys: _Keys) -> tuple[Widths, int]:
    """Return the numbers of a decoder under its own names, and the parameters of one normalization."""
    hidden = config.size(keys.hidden, "hidden_size")
    heads = config.size(keys.heads, "num_attention_heads")
    depth = config.size(keys.depth, "num_hidden_layers", largest=DEEPEST)
    size = head_size(config, hidden, heads, None, False)
    return Widths(hidden, depth, heads, heads, size, config.size("vocab_size")), LAYER_NORM * hidden


def _before(shape: Widths, inner: int, names: Split, inside: tuple[str, str]) -> Layer:
    """Return a layer with normalizations before the blocks and biases everywhere."""
    norm = LAYER_NORM * shape.hidden
    attend = attention(
        shape.hidden, shape.heads, shape.heads, shape.head_dim, norm=norm, bias=True, output_bias=True, names=names
    )  # fmt: skip
    return Layer((attend, mlp(shape.hidden, inner, gated=False, norm=norm, bias=True, names=inside)))


def _check_class(config: Config, *refused: str) -> None:
    if config.classes() in refused:
        config.refuse("architectures", f"`{config.classes()}` has another head, which is not counted yet")
