"""Encoders of text: BERT and its kin with every head that they are saved with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import torch

from differential.draw import ABSENT, Draw

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LANGUAGE: Final = ("ForMaskedLM", "ForCausalLM")
HEADS: Final = ("ForSequenceClassification", "ForTokenClassification", "ForQuestionAnswering", "Model")

_SMALL = {"num_hidden_layers": 3, "vocab_size": 77, "pad_token_id": 1}
_CHOICES = {
    "hidden_size": [32, 48],
    "intermediate_size": [24, 56],
    "num_attention_heads": [4, 8],
    "tie_word_embeddings": [ABSENT, True, False],
    "max_position_embeddings": [ABSENT, 40],
}
_TYPED = {**_CHOICES, "type_vocab_size": [ABSENT, 1, 3]}
_LABELS = [ABSENT, {"0": "a", "1": "b", "2": "c"}, {"0": "a"}]


def ids(settings: Any, seq_len: int, _: Mapping[str, int]) -> dict[str, Any]:
    """Return token numbers and a mask that hides none of them."""
    numbers = torch.randint(3, settings.vocab_size, (1, seq_len))
    return {"input_ids": numbers, "attention_mask": torch.ones_like(numbers)}


def both(settings: Any, seq_len: int, others: Mapping[str, int]) -> dict[str, Any]:
    """Return token numbers with labels for both tasks of BERT's pretraining, so that both train."""
    found = ids(settings, seq_len, others)
    second = "sentence_order_label" if settings.model_type == "albert" else "next_sentence_label"
    return {**found, "labels": found["input_ids"], second: torch.zeros(1, dtype=torch.long)}


def heads(
    family: str,
    prefix: str,
    fixed: Mapping[str, Any],
    choices: Mapping[str, Sequence[Any]],
    endings: Sequence[str],
    **more: Any,
) -> dict[str, Draw]:
    """Return one draw for each class of a family."""
    found = {}
    for ending in endings:
        drawn = dict(choices)
        if ending in ("ForSequenceClassification", "ForTokenClassification"):
            drawn["id2label"] = _LABELS
        if ending in ("ForCausalLM", "LMHeadModel"):
            drawn["is_decoder"] = [ABSENT, True, False]
        settings = {"model_type": family, **fixed, "architectures": [prefix + ending]}
        feed = both if ending == "ForPreTraining" and family != "electra" else ids
        found[f"{family}-{ending}"] = Draw(settings, drawn, model=prefix + ending, feed=feed, **more)
    return found


_TWO = ("ForPreTraining", "ForNextSentencePrediction")
_OWN = {**_TYPED, "embedding_size": [ABSENT, 16, 32]}
_DISTIL = {
    "dim": [32, 48],
    "hidden_dim": [24, 56],
    "n_heads": [4],
    "tie_word_embeddings": [ABSENT, False],
    "max_position_embeddings": [ABSENT, 40],
    "sinusoidal_pos_embds": [ABSENT, True],
}
_ESM = {
    **_CHOICES,
    "position_embedding_type": [ABSENT, "absolute", "rotary"],
    "emb_layer_norm_before": [ABSENT, True],
    "token_dropout": [ABSENT, True],
    "mask_token_id": [2],
}

_MODERN = {
    **_CHOICES,
    "local_attention": [ABSENT, 4, 6, 7],
    "sliding_window": [ABSENT, ABSENT, 2],
    "global_attn_every_n_layers": [ABSENT, 2],
    "layer_types": [ABSENT, ["full_attention"] + ["sliding_attention"] * 3],
    "norm_bias": [ABSENT, True],
    "attention_bias": [ABSENT, True],
    "mlp_bias": [ABSENT, True],
    "decoder_bias": [ABSENT, False],
    "classifier_bias": [ABSENT, True],
    "classifier_pooling": [ABSENT, "mean"],
}
_ALBERT = {**_OWN, "num_hidden_groups": [ABSENT, 1, 2, 3], "inner_group_num": [ABSENT, 2]}
_REM = {key: value for key, value in _TYPED.items() if key != "tie_word_embeddings"}
_REM = {**_REM, "input_embedding_size": [16, 32], "output_embedding_size": [24, 32]}
_ROTARY = {**_TYPED, "head_dim": [ABSENT, 8]}
_BIASES = {"attention_bias": [ABSENT, True], "mlp_bias": [ABSENT, True]}
_LATE = {
    **_CHOICES,
    **_BIASES,
    "head_dim": [ABSENT, 8],
    "num_key_value_heads": [ABSENT, 1, 2],
    "classifier_pooling": [ABSENT, "bos", "mean", "late"],
}
_NORMED = {**_CHOICES, **_BIASES}
_RELATIVE = {
    **_TYPED,
    "type_vocab_size": [ABSENT, 0, 2],
    "relative_attention": [ABSENT, True, True],
    "pos_att_type": ["c2p|p2c", ["p2c", "c2p"]],
    "max_relative_positions": [ABSENT, -1, 6, 30],
    "position_biased_input": [ABSENT, False],
}
_RELATIVE_2 = {
    **_RELATIVE,
    "position_buckets": [ABSENT, -1, 4],
    "share_att_key": [ABSENT, True],
    "norm_rel_ebd": [ABSENT, "layer_norm"],
    "conv_kernel_size": [ABSENT, 3],
    "conv_groups": [ABSENT, 2],
    "embedding_size": [ABSENT, 16],
}
_ONE_WAY = {**_RELATIVE, "pos_att_type": ["c2p", "p2c"], "legacy": [ABSENT, False]}
_SQUEEZE = {
    **_TYPED,
    "hidden_size": [32],
    "q_groups": [ABSENT, 2],
    "k_groups": [ABSENT, 1],
    "v_groups": [ABSENT, 8],
    "post_attention_groups": [ABSENT, 2],
    "intermediate_groups": [ABSENT, 1],
    "output_groups": [ABSENT, 2],
}
_XLM_SMALL = {"n_layers": 3, "vocab_size": 77}
_XLM = {
    "emb_dim": [32, 48],
    "n_heads": [4, 8],
    "causal": [ABSENT, True],
    "sinusoidal_embeddings": [ABSENT, True],
    "tie_word_embeddings": [ABSENT, False],
    "max_position_embeddings": [ABSENT, 40],
}
_MOBILE = {
    **_TYPED,
    "embedding_size": [16, 24],
    "intra_bottleneck_size": [16, 24],
    "trigram_input": [ABSENT, False],
    "num_feedforward_networks": [ABSENT, 1, 2],
    "normalization_type": [ABSENT, "layer_norm"],
}
_FEW = ("ForMaskedLM", "ForSequenceClassification", "ForTokenClassification", "Model")
_SOME = ("ForMaskedLM", "ForSequenceClassification")

DRAWS: Final = {
    **heads("bert", "Bert", _SMALL, _TYPED, ("ForMaskedLM", "LMHeadModel", *_TWO, *HEADS)),
    **heads("ernie", "Ernie", _SMALL, {**_TYPED, "use_task_id": [ABSENT, True], "task_type_vocab_size": [ABSENT, 5]},
            ("ForMaskedLM", "ForPreTraining", "Model")),
    **heads("roberta", "Roberta", _SMALL, _TYPED, (*LANGUAGE, *HEADS)),
    **heads("camembert", "Camembert", _SMALL, _TYPED, _SOME),
    **heads("xlm-roberta", "XLMRoberta", _SMALL, _TYPED, _SOME),
    **heads("data2vec-text", "Data2VecText", _SMALL, _TYPED, _SOME),
    **heads("xlm-roberta-xl", "XLMRobertaXL", _SMALL, _TYPED, (*LANGUAGE, *HEADS)),
    **heads("roberta-prelayernorm", "RobertaPreLayerNorm", _SMALL, _TYPED, (*_SOME, "Model")),
    **heads("electra", "Electra", _SMALL, _OWN, (*LANGUAGE, "ForPreTraining", *HEADS)),
    **heads("roformer", "RoFormer", _SMALL, _OWN, (*LANGUAGE, *HEADS)),
    **heads("esm", "Esm", _SMALL, _ESM, (*_SOME, "ForTokenClassification", "Model")),
    **heads("distilbert", "DistilBert", {"n_layers": 3, "vocab_size": 77, "pad_token_id": 1}, _DISTIL,
            ("ForMaskedLM", *HEADS)),
    **heads("modernbert", "ModernBert", {"num_hidden_layers": 4, "vocab_size": 77, "pad_token_id": 1}, _MODERN,
            ("ForMaskedLM", *HEADS)),
    **heads("megatron-bert", "MegatronBert", _SMALL, _TYPED, ("ForMaskedLM", "ForCausalLM", *_TWO, *HEADS)),
    **heads("bert-generation", "BertGeneration", _SMALL, {**_CHOICES, "is_decoder": [ABSENT, True]},
            ("Decoder", "Encoder")),
    **heads("rembert", "RemBert", _SMALL, _REM, (*LANGUAGE, *HEADS)),
    **heads("mpnet", "MPNet", _SMALL, {**_CHOICES, "relative_attention_num_buckets": [ABSENT, 40]},
            ("ForMaskedLM", *HEADS)),
    **heads("layoutlm", "LayoutLM", _SMALL, {**_TYPED, "max_2d_position_embeddings": [ABSENT, 50]},
            ("ForMaskedLM", *HEADS)),
    **heads("ibert", "IBert", _SMALL, _TYPED, ("ForMaskedLM", *HEADS)),
    **heads("albert", "Albert", _SMALL, _ALBERT, ("ForMaskedLM", "ForPreTraining", *HEADS)),
    **heads("deberta", "Deberta", _SMALL, _RELATIVE, ("ForMaskedLM", *HEADS)),
    **heads("deberta-v2", "DebertaV2", _SMALL, _RELATIVE_2, ("ForMaskedLM", *HEADS)),
    "deberta-one": Draw({"model_type": "deberta", **_SMALL}, _ONE_WAY, model="DebertaForMaskedLM", feed=ids),
    "deberta-v2-one": Draw({"model_type": "deberta-v2", **_SMALL}, _ONE_WAY, model="DebertaV2ForMaskedLM", feed=ids),
    # Its softmax runs over columns of a band.
    **heads(
        "longformer",
        "Longformer",
        _SMALL,
        {**_TYPED, "max_position_embeddings": [ABSENT, 40], "attention_window": [4, 6, [4, 8, 4], [6, 12, 4]]},
        ("ForMaskedLM", "ForTokenClassification", "Model"),
        pairs=False,
    ),
    **heads("nomic_bert", "NomicBert", _SMALL, _ROTARY, _FEW),
    **heads("gte", "Gte", _SMALL, _TYPED, _FEW),
    **heads("jina_embeddings_v3", "JinaEmbeddingsV3", _SMALL, _TYPED, _FEW),
    **heads("eurobert", "EuroBert", _SMALL, _LATE, _FEW),
    **heads("esmc", "Esmc", _SMALL, _NORMED, _FEW),
    **heads("modernbert-decoder", "ModernBertDecoder", {"num_hidden_layers": 4, "vocab_size": 77, "pad_token_id": 1},
            {key: values for key, values in _MODERN.items() if key not in ("sliding_window", "classifier_pooling")},
            ("ForCausalLM", "ForSequenceClassification", "Model")),
    **heads("squeezebert", "SqueezeBert", {**_SMALL, "embedding_size": 32}, _SQUEEZE, ("ForMaskedLM", *HEADS)),
    **heads("xlm", "XLM", _XLM_SMALL, {**_XLM, "n_langs": [ABSENT, 3], "use_lang_emb": [ABSENT, False]},
            ("WithLMHeadModel", "Model")),
    **heads("flaubert", "Flaubert", _XLM_SMALL, {**_XLM, "pre_norm": [ABSENT, False]}, ("WithLMHeadModel", "Model")),
    **heads("mobilebert", "MobileBert", _SMALL, _MOBILE, ("ForMaskedLM", "ForNextSentencePrediction", *HEADS)),
}  # fmt: skip
