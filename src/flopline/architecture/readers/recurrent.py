"""Recurrent language models without attention: RWKV-4 and xLSTM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture import blocks
from flopline.architecture.config import DEEPEST
from flopline.architecture.readers.common import LAYER_NORM, model
from flopline.architecture.shape import Layer
from flopline.architecture.time_mixing import Memory, channel_mixing, matrix_memory, time_mixing

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture


def rwkv(config: Config) -> Architecture:
    """RWKV-4: another normalization before the first layer."""
    hidden, vocabulary = config.size("hidden_size"), config.size("vocab_size")
    width = config.optional("attention_hidden_size") or hidden
    inner = config.optional("intermediate_size") or 4 * hidden
    norm = LAYER_NORM * hidden
    config.ignore("rescale_every")
    layer = Layer((time_mixing(hidden, width, norm=norm), channel_mixing(hidden, inner, norm=norm)))
    layers = (layer,) * config.size("num_hidden_layers", largest=DEEPEST)
    tied, raw = config.tied(False), config.raw("context_length")
    positions = raw if isinstance(raw, int) and not isinstance(raw, bool) and raw > 0 else None
    first = blocks.embedding(vocabulary, hidden, extra=norm)
    last = blocks.head(hidden, vocabulary, tied=tied, norm=norm)
    return model(config, layers, embedding=first, head=last, tied=tied, positions=positions)


def xlstm(config: Config) -> Architecture:
    """Return xLSTM 7B and kin: a matrix memory and a gated MLP in every layer."""
    hidden, vocabulary = config.size("hidden_size", "embedding_dim"), config.size("vocab_size")
    depth = config.size("num_hidden_layers", "num_blocks", largest=DEEPEST)
    for key, other in (("embedding_dim", hidden), ("num_blocks", depth)):
        if config.has(key) and config.size(key) != other:
            config.refuse(key, f"`{key}` differs from what its other name says")
    config.must_be("mode", "inference", "train", why="a memory that is padded to whole chunks")
    config.must_be("return_last_states", True, why="a memory without its last state")
    for key in ("add_post_norm", "add_qk_norm", "gate_linears"):
        config.must_be(key, False, why="a first release of the code that had more parts")
    config.must_be("weight_mode", "single", "fused", why="another layout of matrices")
    config.ignore(
        "norm_reduction_force_float32", "chunkwise_kernel", "sequence_kernel", "step_kernel", "autocast_kernel_dtype",
        "inference_state_dtype", "gate_soft_cap", "output_logit_soft_cap", "max_inference_chunksize", "add_out_norm",
        # The class of this family ties nothing, whatever the configuration says; the others are older names.
        "tie_word_embeddings", "head_dim", "qk_head_dim", "v_head_dim", "qk_dim", "v_dim", "ffn_dim",
        "add_embedding_dropout", "add_post_blocks_norm", "cell_norm_eps", "force_bos_token_insert",
    )  # fmt: skip
    bias, heads = config.flag("use_bias", False), config.size("num_heads", default=8)
    query = int(hidden * config.ratio("qk_dim_factor", 0.5))
    value = int(hidden * config.ratio("v_dim_factor", 1.0))
    if query % heads or value % heads or not query or not value:
        config.refuse("num_heads", f"queries of {query} and values of {value} do not divide into {heads} heads")
    multiple = config.size("ffn_round_up_to_multiple_of", default=64)
    inner = int((hidden * config.ratio("ffn_proj_factor", 2.667) + multiple - 1) // multiple * multiple)
    norm = hidden * (1 + bias)
    shape = Memory(heads, query, value, config.size("chunk_size", default=64))
    mixer = matrix_memory(hidden, shape, norm=norm, inner_norm=value * (1 + bias), bias=bias)
    names = ("proj_up_gate", "proj_up", "proj_down")
    layer = Layer((mixer, blocks.mlp(hidden, inner, norm=norm, bias=bias, names=names)))
    first = blocks.embedding(vocabulary, hidden)
    last = blocks.head(hidden, vocabulary, tied=False, norm=hidden)
    return model(config, (layer,) * depth, embedding=first, head=last, tied=False)
