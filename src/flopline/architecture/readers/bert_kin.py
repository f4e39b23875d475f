"""Further encoders in BERT's pattern: shared layers, narrow embeddings, further tables, other names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.config import DEEPEST
from flopline.architecture.encoders import again
from flopline.architecture.masks import BIDIRECTIONAL, CAUSAL
from flopline.architecture.operations import Lookup
from flopline.architecture.readers.bert import (
    TWO_SENTENCES,
    USUAL_TASKS,
    Kin,
    encoder,
    joined,
    positions,
    post_norm,
    types,
)
from flopline.architecture.readers.common import Widths, widths
from flopline.architecture.shape import Layer

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.readers.tasks import Task
    from flopline.architecture.shape import Architecture


def megatron_bert(config: Config) -> Architecture:
    """Megatron-BERT: normalizations before the blocks, none of the embedding."""
    rows = {"positions": positions(config), "token_types": types(config)}
    return encoder(config, rows, Kin(TWO_SENTENCES, before=True, embedding_norm=False))


def bert_generation(config: Config) -> Architecture:
    """BERT for generation: no types of tokens, and a head without a matrix before it."""
    rows = {"positions": positions(config)}
    return encoder(config, rows, Kin(("causal", "model"), pooled=False, transform=False))


def rembert(config: Config) -> Architecture:
    """RemBERT: a narrow embedding, and a wide head of its own."""
    config.must_be("tie_word_embeddings", False, why="a head as wide as the embedding")
    rows = {"positions": positions(config), "token_types": types(config)}
    kin = Kin(twin=False, tied=False, mapped=True)
    return encoder(
        config, rows, kin, width=config.size("input_embedding_size", default=256),
        output=config.size("output_embedding_size", default=1664),
    )  # fmt: skip


def mpnet(config: Config) -> Architecture:
    """MPNet: learned positions, and biases of the scores that all layers share."""
    buckets = config.size("relative_attention_num_buckets", default=32)
    kin = Kin(tuple(one for one in USUAL_TASKS if one != "causal"))
    shared = Lookup("relative_attention_bias", buckets * config.size("num_attention_heads"))
    return encoder(config, {"positions": positions(config)}, kin, lookups=(shared,))


def layoutlm(config: Config) -> Architecture:
    """LayoutLM: BERT with tables of places on a page."""
    rows = {"positions": positions(config), "token_types": types(config)}
    places = config.size("max_2d_position_embeddings", default=1024)
    rows.update({f"{side}_positions": places for side in ("x", "y", "height", "width")})
    return encoder(config, rows, Kin(("language", "sequence", "tokens", "question", "model"), always_pooled=True))


def ibert(config: Config) -> Architecture:
    """I-BERT before it is quantized: RoBERTa."""
    config.must_be("quant_mode", False, why="arithmetic with whole numbers")
    config.ignore("force_dequant")
    rows = {"positions": positions(config), "token_types": types(config)}
    return encoder(config, rows, Kin(("language", "sequence", "tokens", "question", "model")))


def albert(config: Config) -> Architecture:
    """ALBERT: groups of layers that share their weights, and a narrow embedding (arXiv:1909.11942, section 3.1)."""
    config.ignore("classifier_dropout_prob", "net_structure_type", "gap_size", "num_memory_blocks", "down_scale_factor")
    config.ignore("layers_to_keep")
    shape, inner = widths(config, free=False), config.size("intermediate_size")
    groups = config.size("num_hidden_groups", default=1, largest=DEEPEST)
    repeated = config.size("inner_group_num", default=1, largest=64)
    order = [int(index / (shape.depth / groups)) for index in range(shape.depth)]
    if set(order) != set(range(groups)):
        config.refuse("num_hidden_groups", f"{groups} groups of weights for {shape.depth} layers leave some unused")
    blocks = post_norm(shape, inner, BIDIRECTIONAL)
    first, later = Layer(blocks), Layer(tuple(again(block) for block in blocks))
    layers = [later if group in order[:index] else first for index, group in enumerate(order)]
    rows = {"positions": positions(config), "token_types": types(config)}
    kin = Kin((*USUAL_TASKS, "pretraining"), mapped=True)
    width = config.size("embedding_size", default=128)
    return joined(config, shape, tuple(one for one in layers for _ in range(repeated)), rows, kin, width=width)


def esm(config: Config) -> Architecture:
    """ESM-1b and ESM-2: normalizations before the blocks, rotary or learned positions, a head for contacts."""
    config.must_be("is_folding_model", False, why="a folding model")
    config.ignore("esmfold_config", "vocab_list", "token_dropout", "rope_theta")
    config.must_be("position_embedding_type", "absolute", "rotary", why="relative positions")
    learned = config.text("position_embedding_type", "absolute") == "absolute"
    rows = {"positions": positions(config, 1026) if learned else 0}
    normed = config.flag("emb_layer_norm_before", False)
    # The regression on attention maps stands in every model, and only a prediction of contacts runs it.
    contacts = config.size("num_hidden_layers") * config.size("num_attention_heads") + 1
    tasks: tuple[Task, ...] = ("language", "sequence", "tokens", "model")
    return encoder(config, rows, Kin(tasks, before=True, embedding_norm=normed, twin=False, extra=contacts))


def distilbert(config: Config) -> Architecture:
    """DistilBERT: BERT's layers without types of tokens and without a pooler, under names of its own."""
    config.ignore("sinusoidal_pos_embds")
    hidden, heads = config.size("dim", "hidden_size"), config.size("n_heads", "num_attention_heads")
    shape = Widths(
        hidden, config.size("n_layers", "num_hidden_layers"), heads, heads, _divided(config, hidden, heads, "n_heads"),
        config.size("vocab_size"),
    )  # fmt: skip
    kin = Kin(twin=False, pooled=False)
    layer = Layer(post_norm(shape, config.size("hidden_dim"), BIDIRECTIONAL))
    return joined(config, shape, (layer,) * shape.depth, {"positions": positions(config)}, kin)


def xlm(config: Config) -> Architecture:
    """XLM and FlauBERT: BERT's layers, four times as wide inside, and a plain head."""
    config.must_be("asm", False, why="an adaptive softmax")
    config.must_be("is_encoder", True, why="a decoder with cross-attention")
    config.must_be("pre_norm", False, why="normalizations before the blocks, which the reference does not run")
    config.ignore("layerdrop", "gelu_activation", "sinusoidal_embeddings", "lang_id", "embed_init_std",
                  "summary_type", "summary_use_proj", "start_n_top", "end_n_top", "max_vocab", "min_count", "id2lang",
                  "lang2id", "encoder_only", "amp", "bptt", "bos_index", "eos_index", "pad_index", "unk_index",
                  "mask_index", "summary_proj_to_labels")  # fmt: skip
    hidden, heads = config.size("emb_dim", "hidden_size"), config.size("n_heads", "num_attention_heads")
    shape = Widths(
        hidden, config.size("n_layers", "num_hidden_layers", largest=DEEPEST), heads, heads,
        _divided(config, hidden, heads, "n_heads"), config.size("vocab_size", "n_words"),
    )  # fmt: skip
    config.ignore("group_by_size")
    languages = config.size("n_langs", default=1)
    spoken = config.flag("use_lang_emb", True) and languages > 1
    rows = {"positions": positions(config), "languages": languages * spoken}
    layer = Layer(post_norm(shape, 4 * hidden, CAUSAL if config.flag("causal", False) else BIDIRECTIONAL))
    kin = Kin(("causal", "model"), twin=False, pooled=False, transform=False)
    return joined(config, shape, (layer,) * shape.depth, rows, kin)


def _divided(config: Config, hidden: int, heads: int, key: str) -> int:
    if hidden % heads:
        config.refuse(key, f"a width of {hidden} does not divide into {heads} heads")
    return hidden // heads
