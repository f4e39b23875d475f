"""GPT-2 and the decoders of its generation: layer normalization, fused or plain attention, no gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.attention import Fused, Split, attention
from flopline.architecture.blocks import embedding, head, mlp
from flopline.architecture.config import DEEPEST
from flopline.architecture.masks import CAUSAL, Mask
from flopline.architecture.readers.common import LAYER_NORM, Widths, decoder, head_size, model, widths
from flopline.architecture.shape import Layer, stack
from flopline.architecture.values import shown

if TYPE_CHECKING:
    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture


def gpt2(config: Config) -> Architecture:
    """GPT-2 and GPT-3 in its keys; learned positions."""
    config.must_be("add_cross_attention", False, why="attention to an encoder")
    shape, inner = _gpt(config)
    return _learned(config, shape, inner, shape.heads, Fused("c_attn", "c_proj"), ("c_fc", "mlp.c_proj"))


def gpt_bigcode(config: Config) -> Architecture:
    """StarCoder 1 and SantaCoder: GPT-2 with one key-value head."""
    config.must_be("add_cross_attention", False, why="attention to an encoder")
    config.ignore("num_key_value_heads")
    shape, inner = _gpt(config)
    pairs = 1 if config.flag("multi_query", True) else shape.heads
    return _learned(config, shape, inner, pairs, Fused("c_attn", "c_proj"), ("c_fc", "mlp.c_proj"))


def gptj(config: Config) -> Architecture:
    """GPT-J: attention and MLP side by side after one normalization; a bias in the head."""
    config.ignore("rotary_dim")
    shape, inner = _gpt(config)
    attend = attention(
        shape.hidden,
        shape.heads,
        shape.heads,
        shape.head_dim,
        names=Split("q_proj", "k_proj", "v_proj", "out_proj"),
    )
    inside = mlp(shape.hidden, inner, gated=False, bias=True, names=("fc_in", "fc_out"))
    norm = LAYER_NORM * shape.hidden
    layer = Layer((attend, inside), parallel=True, norm=norm)
    return decoder(config, (layer,) * shape.depth, shape, norm=norm, tied=False, bias=True)


def gpt_neo(config: Config) -> Architecture:
    """GPT-Neo: global and local layers by turns; learned positions."""
    hidden, heads = config.size("hidden_size"), config.size("num_heads", "num_attention_heads")
    depth = config.size("num_layers", "num_hidden_layers", largest=DEEPEST)
    shape = Widths(
        hidden, depth, heads, heads, head_size(config, hidden, heads, None, False), config.size("vocab_size")
    )
    inner = config.size("intermediate_size", default=4 * hidden)
    local = Mask("window", config.size("window_size", default=256))
    masks = [local if one == "local" else CAUSAL for one in _turns(config, depth)]
    return _learned(
        config, shape, inner, heads, Split("q_proj", "k_proj", "v_proj", "out_proj"), ("c_fc", "c_proj"),
        masks=masks, bias=False,
    )  # fmt: skip


def gpt_neox(config: Config) -> Architecture:
    """GPT-NeoX and Pythia: attention and MLP side by side, each after its own normalization."""
    config.ignore("is_decoder")
    shape = widths(config, free=False)
    config.must_be("num_key_value_heads", shape.heads, why="grouped-query attention")
    norm, bias = LAYER_NORM * shape.hidden, config.flag("attention_bias", True)
    attend = attention(
        shape.hidden, shape.heads, shape.heads, shape.head_dim, norm=norm, bias=bias, output_bias=bias,
        names=Fused("query_key_value", "dense"),
    )  # fmt: skip
    inside = mlp(
        shape.hidden, config.size("intermediate_size"), gated=False, norm=norm, bias=True,
        names=("dense_h_to_4h", "dense_4h_to_h"),
    )  # fmt: skip
    layer = Layer((attend, inside), parallel=config.flag("use_parallel_residual", True))
    return decoder(config, (layer,) * shape.depth, shape, norm=norm, tied=False)


def opt(config: Config) -> Architecture:
    """OPT: learned positions with two spare rows; OPT-350m embeds in a narrower space."""
    shape = widths(config, free=False)
    config.ignore("num_key_value_heads")
    width = config.size("word_embed_proj_dim", default=shape.hidden)
    affine, bias = config.flag("layer_norm_elementwise_affine", True), config.flag("enable_bias", True)
    norm = LAYER_NORM * shape.hidden * affine
    before = config.flag("do_layer_norm_before", True)
    last = norm if before and not config.flag("_remove_final_layer_norm", False) else 0
    ahead, after = (norm, 0) if before else (0, norm)
    attend = attention(
        shape.hidden, shape.heads, shape.heads, shape.head_dim, bias=bias, output_bias=bias,
        names=Split("q_proj", "k_proj", "v_proj", "out_proj"), norm=ahead, after=after,
    )  # fmt: skip
    inner = config.size("ffn_dim")
    inside = mlp(shape.hidden, inner, gated=False, bias=bias, names=("fc1", "fc2"), norm=ahead, after=after)
    positions = (config.size("max_position_embeddings", default=2048) + 2) * shape.hidden
    tied = config.tied(True)
    return model(
        config, (Layer((attend, inside)),) * shape.depth, tied=tied,
        embedding=embedding(shape.vocabulary, width, positions=positions, hidden=shape.hidden),
        head=head(shape.hidden, shape.vocabulary, tied=tied, norm=last, width=width),
    )  # fmt: skip


def bloom(config: Config) -> Architecture:
    """BLOOM: relative positions by bias, a normalization after the embedding."""
    hidden = config.size("n_embed", "hidden_size")
    heads = config.size("n_head", "num_attention_heads")
    depth = config.size("n_layer", "num_hidden_layers", largest=DEEPEST)
    size, vocabulary = head_size(config, hidden, heads, None, False), config.size("vocab_size")
    norm, tied = LAYER_NORM * hidden, config.tied(True)
    attend = attention(
        hidden,
        heads,
        heads,
        size,
        norm=norm,
        bias=True,
        output_bias=True,
        names=Fused("query_key_value", "dense"),
    )
    inside = mlp(hidden, 4 * hidden, gated=False, norm=norm, bias=True, names=("dense_h_to_4h", "dense_4h_to_h"))
    config.ignore("apply_residual_connection_post_layernorm", "seq_length", "attention_softmax_in_fp32")
    return model(
        config, (Layer((attend, inside)),) * depth, tied=tied,
        embedding=embedding(vocabulary, hidden, extra=norm),
        head=head(hidden, vocabulary, tied=tied, norm=norm),
    )  # fmt: skip


def falcon(config: Config) -> Architecture:
    """Falcon: one key-value head, or groups, side by side with the MLP or not."""
    hidden = config.size("n_embed", "hidden_size")
    heads = config.size("num_attention_heads", "n_head")
    depth = config.size("num_hidden_layers", "n_layer", largest=DEEPEST)
    size = head_size(config, hidden, heads, None, False)
    grouped, parallel = config.flag("new_decoder_architecture", False), config.flag("parallel_attn", True)
    single = config.flag("multi_query", True)
    groups = config.size("num_kv_heads", "n_head_kv", default=heads)
    pairs = groups if grouped else 1 if single else heads
    bias, norm = config.flag("bias", False), LAYER_NORM * hidden
    inner = config.size("ffn_hidden_size", default=4 * hidden)
    norms = config.size("num_ln_in_parallel_attn", default=2 if grouped else 1) if parallel else 2
    own = norm if norms == 2 else 0
    attend = attention(
        hidden,
        heads,
        pairs,
        size,
        norm=own,
        bias=bias,
        output_bias=bias,
        names=Fused("query_key_value", "dense"),
    )
    inside = mlp(hidden, inner, gated=False, norm=own, bias=bias, names=("dense_h_to_4h", "dense_4h_to_h"))
    layer = Layer((attend, inside), parallel=parallel, norm=0 if own else norm)
    shape = Widths(hidden, depth, heads, pairs, size, config.size("vocab_size"))
    config.ignore("alibi", "num_ln_in_parallel_attn")
    return decoder(config, (layer,) * depth, shape, norm=norm, tied=True)


def mpt(config: Config) -> Architecture:
    """MPT: relative positions by bias, normalizations without biases, an MLP of four times the width."""
    config.ignore("learned_pos_emb", "no_bias", "norm_type", "embedding_fraction")
    config.must_be("expansion_ratio", 4, why="an MLP of another width")
    inner: object = config.raw("attn_config")
    kind = inner.get("attn_type") if isinstance(inner, dict) else None
    if kind not in (None, "multihead_attention"):
        config.refuse("attn_config", f"`attn_type` is {shown(kind)}, which is not counted yet")
    hidden, heads = config.size("d_model", "hidden_size"), config.size("n_heads", "num_attention_heads")
    depth = config.size("n_layers", "num_hidden_layers", largest=DEEPEST)
    size = head_size(config, hidden, heads, None, False)
    attend = attention(hidden, heads, heads, size, norm=hidden, names=Fused("Wqkv", "out_proj"))
    layer = Layer((attend, mlp(hidden, 4 * hidden, gated=False, norm=hidden)))
    shape = Widths(hidden, depth, heads, heads, size, config.size("vocab_size"))
    return decoder(config, (layer,) * depth, shape, norm=hidden, tied=True)


def _gpt(config: Config) -> tuple[Widths, int]:
    """Return the numbers of a decoder in GPT-2's keys, and the width of its MLP."""
    hidden = config.size("n_embd", "hidden_size")
    heads = config.size("n_head", "num_attention_heads")
    depth = config.size("n_layer", "num_hidden_layers", largest=DEEPEST)
    size = head_size(config, hidden, heads, None, False)
    inner = config.size("n_inner", default=4 * hidden)
    return Widths(hidden, depth, heads, heads, size, config.size("vocab_size")), inner


def _learned(
    config: Config,
    shape: Widths,
    inner: int,
    pairs: int,
    names: Fused | Split,
    inside: tuple[str, str],
    *,
    masks: list[Mask] | None = None,
    bias: bool = True,
) -> Architecture:
    """Return a decoder with learned positions, layer normalization and biases."""
    norm, tied = LAYER_NORM * shape.hidden, config.tied(True)

    def build(mask: Mask) -> Layer:
        attend = attention(
            shape.hidden,
            shape.heads,
            pairs,
            shape.head_dim,
            mask,
            norm=norm,
            bias=bias,
            output_bias=True,
            names=names,
        )
        return Layer((attend, _plain(shape.hidden, inner, norm, inside)))

    rows = config.size("n_positions", "max_position_embeddings", "n_ctx", default=_ROWS[config.model_type])
    return model(
        config, stack(masks or [CAUSAL] * shape.depth, build), tied=tied, positions=rows,
        embedding=embedding(shape.vocabulary, shape.hidden, positions=rows * shape.hidden),
        head=head(shape.hidden, shape.vocabulary, tied=tied, norm=norm),
    )  # fmt: skip


_ROWS = {"gpt2": 1024, "gpt-sw3": 1024, "gpt_bigcode": 1024, "gpt_neo": 2048}


def _plain(hidden: int, inner: int, norm: int, names: tuple[str, str]) -> Block:
    return mlp(hidden, inner, gated=False, norm=norm, bias=True, names=names)


def _turns(config: Config, depth: int) -> list[str]:
    """Return `global` or `local` for each layer, from the layers themselves or GPT-Neo's nested pattern."""
    listed = config.raw("attention_layers")
    pattern = config.raw("attention_types") or [[["global", "local"], 12]]
    turns = listed if isinstance(listed, list) else []
    try:
        for names, times in pattern if not turns else ():
            turns += names * min(times, DEEPEST)
    except (TypeError, ValueError):
        config.refuse("attention_types", "`attention_types` must be pairs of a list of words and a number")
    if len(turns) != depth or any(one not in ("global", "local") for one in turns):
        config.refuse("attention_types", f"`attention_types` must give `global` or `local` for each of {depth} layers")
    return turns
