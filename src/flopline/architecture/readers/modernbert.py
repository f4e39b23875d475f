"""ModernBERT, as an encoder and as a decoder: most layers see a band or a window of the text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.architecture.attention import Fused, Split, attention
from flopline.architecture.blocks import mlp
from flopline.architecture.encoders import language_head, tables, task_head
from flopline.architecture.extents import ONCE, TOKENS
from flopline.architecture.masks import BIDIRECTIONAL, CAUSAL, Mask
from flopline.architecture.readers.common import LAYER_NORM, RMS, Widths, by_layer, model, widths
from flopline.architecture.readers.tasks import Task, labels, task
from flopline.architecture.shape import Architecture, Layer, stack

if TYPE_CHECKING:
    from flopline.architecture.blocks import Block
    from flopline.architecture.config import Config

FUSED: Final = Fused("Wqkv", "Wo")
SEPARATE: Final = Split(output="Wo")
INNER: Final = ("Wi", "mlp.Wo")
TASKS: Final[tuple[Task, ...]] = ("language", "sequence", "tokens", "question", "model")


def modernbert(config: Config) -> Architecture:
    """ModernBERT: every third layer sees everything, the others half of `local_attention` to either side."""
    config.ignore("classifier_pooling", "deterministic_flash_attn", "sparse_prediction", "sparse_pred_ignore_index",
                  "reference_compile", "repad_logits_with_grad")  # fmt: skip
    shape = widths(config, free=False)
    side = config.optional("sliding_window") or config.size("local_attention", default=128) // 2
    masks = _masks(config, shape, BIDIRECTIONAL, Mask("band", side))
    return _joined(config, shape, masks, task(config, *TASKS))


def modernbert_decoder(config: Config) -> Architecture:
    """ModernBERT as a decoder: the same layers, with windows for bands, and matrices of their own for all three."""
    config.ignore("sliding_window")
    shape = widths(config, free=False)
    width = config.optional("local_attention", 128, least=2)
    if width is None:
        config.refuse("local_attention", "a decoder without windows is not counted yet")
    masks = _masks(config, shape, CAUSAL, Mask("window", width // 2))
    return _joined(config, shape, masks, task(config, "causal", "sequence", "model"), decoder=True)


def _masks(config: Config, shape: Widths, full: Mask, near: Mask) -> list[Mask]:
    period = config.size("global_attn_every_n_layers", default=3)
    usual = ["sliding_attention" if index % period else "full_attention" for index in range(shape.depth)]
    return by_layer(config, usual, {"full_attention": full, "sliding_attention": near})


def _joined(config: Config, shape: Widths, masks: list[Mask], kind: Task, *, decoder: bool = False) -> Architecture:
    hidden = shape.hidden
    norm = (LAYER_NORM if config.flag("norm_bias", False) else RMS) * hidden
    bias, inner_bias = config.flag("attention_bias", False), config.flag("mlp_bias", False)
    width = config.size("intermediate_size")

    def build(key: tuple[Mask, bool]) -> Layer:
        mask, first = key
        # The first layer reads the embedding, which is normalized already.
        attend = attention(
            hidden, shape.heads, shape.heads, shape.head_dim, mask, norm=0 if first else norm, bias=bias,
            output_bias=bias, names=SEPARATE if decoder else FUSED,
        )  # fmt: skip
        return Layer((attend, mlp(hidden, width, norm=norm, bias=inner_bias, names=INNER)))

    layers = stack([(mask, index == 0) for index, mask in enumerate(masks)], build)
    tied = config.tied(True)
    return model(
        config, layers, embedding=tables(shape.vocabulary, hidden, {}, norm=norm),
        head=_head(config, shape, kind, norm, tied, decoder=decoder), tied=tied and kind in ("language", "causal"),
    )  # fmt: skip


def _head(config: Config, shape: Widths, kind: Task, norm: int, tied: bool, *, decoder: bool) -> Block:
    hidden, classes = shape.hidden, labels(config)
    transform_bias, last_bias = config.flag("classifier_bias", False), config.flag("decoder_bias", True)
    if kind == "model":
        return task_head(hidden, first=norm)
    if kind in ("language", "causal"):
        return language_head(
            hidden, shape.vocabulary, tied=tied, transform_bias=transform_bias, norm=norm, bias=last_bias, first=norm
        )
    # The decoder judges every token, and takes the last one's word.
    on = ONCE if kind == "sequence" and not decoder else TOKENS
    return task_head(
        hidden,
        hidden,
        classes,
        on=on,
        bias=transform_bias,
        last_bias=not decoder or transform_bias,
        norm=norm,
        first=norm,
    )
