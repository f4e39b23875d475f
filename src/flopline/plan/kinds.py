"""Which keys each kind of stage understands."""

from __future__ import annotations

from typing import Final

COMMON: Final = frozenset(
    {
        "name",
        "kind",
        "actor",
        "phase",
        "note",
        "base",
        "merges",
        "flop",
        "starts",
        "after",
        "pause",
        "duration",
        "happens",
        "observed",
    }
)
MODEL: Final = frozenset({"config", "params", "active"})
TRAINED: Final = frozenset(
    {"lora", "adapter", "trainable", "mtp", "recompute", "attention", "overhead", "rework", "padding", "capacity"}
)
LENGTHS: Final = ("decoder_len", "text_len", "frames", "images", "image_side", "patches", "audios")
"""Lengths that some families need beside `seq_len`."""
COUNTED: Final = frozenset({"tokens", "samples", "seq_len", "documents", "epochs", *LENGTHS})
MACHINE_AMOUNTS: Final = frozenset({"chips", "days", "hours", "chip_hours"})
MACHINE: Final = MACHINE_AMOUNTS | {
    "hardware", "peak", "format", "utilization", "availability", "period", "either", "relation",
    "server_power", "price", "pue",
}  # fmt: skip
GENERATED: Final = frozenset({
    "tokens_per_sample", "prompt_tokens", "length_spread", "tool_tokens", "turns", "evicted", "speculative",
    "prefix_cache", "samples_per_prompt",
})  # fmt: skip
_ON_POLICY: Final = frozenset({"prompts", "kept", "reward_model", "reference", "judge", "judge_tokens"})
_UPDATES: Final = COMMON | MODEL | TRAINED | COUNTED | MACHINE
_FORWARD: Final = COMMON | MODEL | COUNTED | MACHINE | {"overhead", "attention", "mtp"}

KEYS: Final[dict[str, frozenset[str]]] = {
    "pretraining": _UPDATES,
    "continued-pretraining": _UPDATES,
    "fine-tuning": _UPDATES,
    "reward-model": _UPDATES,
    "research": _UPDATES,
    "preference": _UPDATES | GENERATED | _ON_POLICY,
    "distillation": _UPDATES | {"teacher"},
    "reinforcement-learning": COMMON | MODEL | TRAINED | MACHINE | GENERATED | _ON_POLICY | {
        "epochs", "critic", "old_log_probabilities", "update_share",
    },
    "synthetic-data": COMMON | MACHINE | GENERATED | {"generator", "tokens_generated", "public", "overhead"},
    "evaluation": _FORWARD,
    "data-processing": _FORWARD,
}  # fmt: skip

GENERATING: Final = frozenset({"reinforcement-learning", "synthetic-data", "evaluation", "data-processing"})
"""Kinds whose utilization on a machine the prior of training runs says nothing about."""
