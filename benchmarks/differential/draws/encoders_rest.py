"""Further encoders of text in BERT's keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from differential.draw import ABSENT
from differential.draws.encoders import heads

if TYPE_CHECKING:
    from differential.draw import Draw

_SMALL: Final = {"num_hidden_layers": 3, "vocab_size": 77, "pad_token_id": 1}
_TYPED: Final[dict[str, Any]] = {
    "hidden_size": [32, 48],
    "intermediate_size": [24, 56],
    "num_attention_heads": [4, 8],
    "tie_word_embeddings": [ABSENT, True, False],
    "max_position_embeddings": [ABSENT, 40],
    "type_vocab_size": [ABSENT, 1, 3],
}
_SOUNDED: Final[dict[str, Any]] = {
    **_TYPED,
    "concat_input": [ABSENT, True, False],
    "enable_pronunciation": [ABSENT, False],
    "enable_shape": [ABSENT, False],
    "pronunciation_embed_dim": [ABSENT, 20],
    "shape_embed_dim": [ABSENT, 12],
    "pronunciation_vocab_size": [ABSENT, 31],
    "shape_vocab_size": [45],
}
_FULL: Final[dict[str, Any]] = {**_TYPED, "use_bias": [ABSENT, True, False], "rescale_embeddings": [ABSENT, True]}
_HEADS: Final = ("ForMaskedLM", "ForCausalLM", "ForSequenceClassification", "ForTokenClassification", "Model")

DRAWS: Final[dict[str, Draw]] = {
    **heads("roc_bert", "RoCBert", _SMALL, _SOUNDED, (*_HEADS, "ForQuestionAnswering")),
    **heads("big_bird", "BigBird", {**_SMALL, "attention_type": "original_full"}, _FULL, _HEADS),
}
