"""Which keys of a configuration cannot change a count, whoever reads them."""

from __future__ import annotations

import re
from typing import Final

_COUNTS: Final = (
    r"(?i)expert|layer|head|window|hidden|dim|size|rank|moe|ffn|width|depth|latent|inter|block|chunk|shared"
    r"|vocab|group|kv|predict|mtp|cross|decoder|encoder|conv|ssm|mamba|state|attention|attn|proj|indexer|topk|top_k"
)
"""Words in the names of keys that shape a model; compiled with the first key that nobody reads."""

_HARMLESS: Final = (
    r"(?i)(?:_eps|_epsilon|_act|_activation|_fn|_init|_std|_range|_token_id|_token_ids|_coef|_prob|_pdrop|_dropout|_drop"
    r"|_theta|_base|_base_freq|_factor|_temperature|_penalty|_scale|_scaling|_scalar|_softcapping|_logits"
    r"|_loss|_alpha|_version|_implementation|_type_ids|_dtype|_jitter|_noise|_id|_name|_path)$"
    r"|^(?:rope|rotary|init|quant|torch|use_cache|cache|bos|eos|pad|sep|output_attentions|output_hidden_states|output_router|return_dict|problem|task|id2label|label2id"
    r"|summary|scale|logit|transformers|_name|_attn|_experts|_commit|auto|dtype|attn_pdrop|embd|resid)"
    r"|dropout|layerdrop|initializer|quantization|rope_|rotary|softmax|fp32|scoring|normaliz|norm_topk|jitter"
)
"""Endings, beginnings and words of keys about numbers inside the operations, not about their shape."""

_NAMED: Final = frozenset(
    (
        "attention_dropout",
        "attention_softmax_in_fp32",
        "attn_dropout",
        "attn_logit_softcapping",
        "audio_config",
        "bad_words_ids",
        "chunk_size_feed_forward",
        "clip_qkv",
        "decoder_start_token_id",
        "encoder_no_repeat_ngram_size",
        "encoder_repetition_penalty",
        "ep_size",
        "final_logit_softcapping",
        "forced_decoder_ids",
        "hidden_act",
        "hidden_dropout_prob",
        "is_decoder",
        "kv_cache_quant_algo",
        "kv_cache_scheme",
        "max_position_embeddings",
        "n_group",
        "no_repeat_ngram_size",
        "num_beam_groups",
        "position_embedding_type",
        "query_pre_attn_scalar",
        "slow_but_exact",
        "tie_encoder_decoder",
        "tie_word_embeddings",
        "tokenizer_class",
        "top_k",
        "topk_group",
        "topk_method",
        "vision_config",
    )
)
"""Keys that contain a shaping word and still shape nothing."""


def could_count(key: object, value: object) -> bool:
    """Return whether a key that no reader knows could change the count.

    Parameters
    ----------
    key, value : object
        The key and what it holds; nulls, `false`, zero and what is empty switch nothing on.
    """
    if not isinstance(key, str) or value is None or value is False or value == 0 or value in ([], {}, ""):
        return False
    if key in _NAMED or key.startswith("_"):
        return False
    return bool(re.search(_COUNTS, key[:200])) and not re.search(_HARMLESS, key[:200])
