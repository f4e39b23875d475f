"""Further encoders in BERT's keys: tables of sounds and shapes, attention that may be sparse."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flopline.architecture.attention import attention
from flopline.architecture.blocks import Block, mlp
from flopline.architecture.composition import side_by_side
from flopline.architecture.encoders import pooler
from flopline.architecture.masks import BIDIRECTIONAL, CAUSAL
from flopline.architecture.operations import MAPS, Linear, Lookup, Weights
from flopline.architecture.readers.bert import INNER, NAMES, USUAL_TASKS, Kin, encoder, joined, positions, types
from flopline.architecture.readers.common import LAYER_NORM, widths
from flopline.architecture.readers.tasks import task
from flopline.architecture.shape import Layer

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture


def roc_bert(config: Config) -> Architecture:
    """RoCBert: BERT whose tokens have a sound and a shape, joined by a matrix (Su et al. 2022, section 3.2)."""
    found = encoder(config, {"positions": positions(config), "token_types": types(config)}, Kin())
    first, *others = found.layers
    return replace(found, layers=(replace(first, blocks=(_sounded(config),)), *others))


def _sounded(config: Config) -> Block:
    """Return the tables of RoCBert, which exist where a switch leaves them unread, and the matrix over them."""
    hidden = config.size("hidden_size")
    widths_of = {
        "pronunciation": config.size("pronunciation_embed_dim", default=768),
        "shape": config.size("shape_embed_dim", default=512),
    }
    rows = {
        "pronunciation": config.size("pronunciation_vocab_size", default=910),
        "shape": config.size("shape_vocab_size", default=24858),
    }
    read = tuple(name for name in rows if config.flag(f"enable_{name}", True))
    tables = (
        Lookup("embedding", config.size("vocab_size") * hidden),
        *(Lookup(name, rows[name] * widths_of[name]) for name in rows),
        Lookup("positions", positions(config) * hidden),
        Lookup("token_types", types(config) * hidden),
    )
    sources = ("embedding", *read)
    mapped: tuple[Linear, ...] = ()
    if config.flag("concat_input", True):
        width = hidden + sum(widths_of[name] for name in read)
        mapped = (Linear("map_inputs_layer", width, hidden, MAPS, sources, True),)
        sources = ("map_inputs_layer",)
    norm = Weights("embedding_norm", LAYER_NORM * hidden, (*sources, "positions", "token_types"))
    return Block((*tables, *mapped, norm), ("embedding_norm",))


def big_bird(config: Config) -> Architecture:
    """BigBird with full attention; its default is attention to blocks drawn at random (arXiv:2007.14062)."""
    shape = widths(config, free=False)
    if config.text("attention_type", "block_sparse") != "original_full":
        config.refuse("attention_type", "`attention_type` is `block_sparse`: attention to blocks, not counted yet")
    config.must_be("add_cross_attention", False, why="cross-attention in a decoder")
    config.ignore("block_size", "num_random_blocks", "rescale_embeddings")
    norm, biased = LAYER_NORM * shape.hidden, config.flag("use_bias", True)
    mask = CAUSAL if config.flag("is_decoder", False) else BIDIRECTIONAL
    attend = attention(
        shape.hidden, shape.heads, shape.heads, shape.head_dim, mask, after=norm, bias=biased, output_bias=True,
        names=NAMES,
    )  # fmt: skip
    inner = mlp(shape.hidden, config.size("intermediate_size"), gated=False, after=norm, bias=True, names=INNER)
    rows = {"positions": positions(config, 4096), "token_types": types(config)}
    # The head for questions has a feed-forward block of its own, and is refused.
    kin = Kin(tuple(one for one in USUAL_TASKS if one != "question"))
    found = joined(config, shape, (Layer((attend, inner)),) * shape.depth, rows, kin)
    if task(config, *kin.tasks) == "model":
        return found
    # A pooler runs under every head, and none of them reads it.
    *others, last = found.layers
    (head,) = last.blocks
    return replace(found, layers=(*others, replace(last, blocks=(side_by_side(0, head, pooler(shape.hidden)),))))
