"""T5Gemma: Gemma 2 as an encoder, and again as a decoder with cross-attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.architecture.attention import attention
from flopline.architecture.blocks import Block, mlp
from flopline.architecture.encoders import language_head, tables, task_head
from flopline.architecture.masks import BIDIRECTIONAL, CAUSAL, Mask
from flopline.architecture.readers.bart import joined
from flopline.architecture.readers.common import Widths, by_layer, every, widths
from flopline.architecture.readers.tasks import task
from flopline.architecture.seq2seq import ENCODER, cross_attention, in_decoder
from flopline.architecture.shape import Layer, stack

if TYPE_CHECKING:
    from flopline.architecture.config import Config
    from flopline.architecture.shape import Architecture


def t5gemma(config: Config) -> Architecture:
    """T5Gemma: both sides in Gemma 2's keys, which may differ in size."""
    sides = {}
    for name in ("encoder", "decoder"):
        if not config.has(name):
            config.refuse(name, f"the configuration has no `{name}`")
        sides[name] = config.nested(name)
    config.must_be("is_encoder_decoder", True, why="an encoder alone")
    config.ignore("vocab_size", "num_hidden_layers")
    encoder, decoder = sides["encoder"], sides["decoder"]
    first, second = _shape(encoder), _shape(decoder)
    decoder.must_be("cross_attention_hidden_size", first.hidden, why="an encoder of another width")
    kind = task(config, "language", "model")
    tied = config.tied(True)
    head = (
        task_head(second.hidden, first=second.hidden) if kind == "model"
        else language_head(
            second.hidden, second.vocabulary, tied=tied, transform=False, bias=False, first=second.hidden
        )
    )  # fmt: skip
    return joined(
        config, _encoder(encoder, first), _decoder(decoder, second, first.hidden),
        first=tables(first.vocabulary, first.hidden, {}), second=tables(second.vocabulary, second.hidden, {}),
        head=in_decoder(head), tied=tied and kind == "language",
        between=task_head(first.hidden, first=first.hidden),
    )  # fmt: skip


def _shape(side: Config) -> Widths:
    side.ignore("is_decoder", "query_pre_attn_scalar", "is_encoder_decoder", "tie_word_embeddings",
                "attn_logit_softcapping", "final_logit_softcapping", "add_cross_attention")  # fmt: skip
    return widths(side, key_value_heads=4, head_dim=256)


def _masks(side: Config, depth: int, full: Mask, kind: str) -> list[Mask]:
    size = side.optional("sliding_window", 4096)
    near = None if size is None else Mask("band" if kind == "band" else "window", size)
    return by_layer(side, every(depth, 2), {"full_attention": full, "sliding_attention": near})


def _blocks(side: Config, shape: Widths, mask: Mask) -> tuple[Block, Block]:
    bias, norm = side.flag("attention_bias", False), shape.hidden
    own = attention(
        shape.hidden, shape.heads, shape.key_value_heads, shape.head_dim, mask, norm=norm, after=norm, bias=bias,
        output_bias=bias,
    )  # fmt: skip
    return own, mlp(shape.hidden, side.size("intermediate_size"), norm=norm, after=norm)


def _encoder(side: Config, shape: Widths) -> tuple[Layer, ...]:
    masks = _masks(side, shape.depth, BIDIRECTIONAL, "band")
    return stack(masks, lambda mask: Layer(_blocks(side, shape, mask), stream=ENCODER))


def _decoder(side: Config, shape: Widths, memory: int) -> tuple[Layer, ...]:
    bias, norm = side.flag("attention_bias", False), shape.hidden

    def build(mask: Mask) -> Layer:
        own, inner = _blocks(side, shape, mask)
        cross = cross_attention(
            shape.hidden, shape.heads, shape.head_dim, memory=memory, key_value_heads=shape.key_value_heads,
            norm=norm, after=norm, bias=bias, prefix="cross_attn",
        )  # fmt: skip
        return Layer((in_decoder(own), cross, in_decoder(inner)))

    return stack(_masks(side, shape.depth, CAUSAL, "window"), build)
