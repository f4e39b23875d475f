"""Keys that are grafted onto stages of plans, and chips that plans describe themselves: valid, doubtful and wrong."""

from __future__ import annotations

import tomllib
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "plan"
RICH = tomllib.loads((FOLDER / "rich.toml").read_text())

PARTS = [(key, value) for stage in RICH["stage"] for key, value in stage.items() if key not in ("name", "kind")]
PARTS += [
    ("relation", "time-bound"), ("relation", "tokens-bound"), ("relation", "independent"), ("recompute", "full"),
    ("recompute", "none"),
    ("attention", "full"), ("trainable", "head"), ("mtp", True), ("hardware", "tpu-v5p"), ("hardware", "mi300x"),
    ("format", "fp8"), ("format", "fp16"), ("days", "5..9"),
    ("utilization", {"hfu": "50%"}), ("utilization", {"mfu": "45%", "peak": "fp8"}), ("utilization", "default"),
    ("utilization", {"achieved": "385 TFLOP/s"}), ("utilization", {"achieved": "1e14..1e18"}),
    ("utilization", {"tensor_active": "50%"}), ("utilization", {"mfu": "50%..60%", "scope": "benchmark"}),
    ("utilization", {"sm_active": "90%"}), ("utilization", {"mfu": "45%", "scope": "whole-run"}),
    ("availability", "default"), ("rework", "default"), ("overhead", "default"), ("recompute", "default"),
    ("hardware", "p5.48xlarge"), ("hardware", "p5"), ("hardware", "v4-7"), ("hardware", "own-chip"),
    ("hardware", "rubin-vr200"), ("format", "fp4"), ("pue", 0.9), ("price", 2), ("chip_hours", "1M..2M"),
    ("flop", "1e24..1e25"),
    ("flop", 1e25), ("config", "small.json"), ("params", "7B"), ("params", "7B..9B"), ("active", "1B"),
    ("chips", "1k..2k"), ("update_share", "30%..50%"),
    ("teacher", {"config": "small.json"}), ("generator", "self"), ("generator", {"config": "small.json"}),
    ("reward_model", "self"),
    ("critic", {"config": "small.json"}), ("base", {"name": "b", "developer": "own", "flop": "1e24..1e25"}),
    ("base", {"name": "b", "developer": "own"}),
    ("base", {"name": "b", "developer": "own", "config": "small.json", "seq_len": 64, "tokens": "1T..2T",
    "merged": True}), ("length_spread", "0.2..0.4"),
    ("tokens", {"shares": "pretrain.tokens"}), ("chips", {"shares": "longer.chips"}),
    ("rework", {"dist": "beta", "a": 2, "b": 60}), ("actor", "on-behalf"), ("phase", "after"), ("samples", 1),
    ("seq_len", 1), ("seq_len", 2**31), ("kept", 1),
    ("tokens", "1"), ("tokens", "1e-30"), ("tokens", "1e30"), ("epochs", "1e3"), ("chip_hours", "1e-9..1e9"),
    ("prompts", 1), ("tokens_per_sample", 1), ("tokens_per_sample", "1..1000000"), ("prompt_tokens", "1M"),
    ("seq_len", {"512": 0.5, "2048": "50%"}), ("documents", [100, 412]), ("padding", "5%..20%"), ("padding", 1),
    ("capacity", "1.1..1.5"), ("adapter", 8), ("recompute", "full+flash"), ("turns", 6), ("evicted", True),
    ("tool_tokens", "1k..2k"), ("tool_tokens", 900), ("judge", {"config": "small.json"}), ("judge", "unknown"),
    ("judge_tokens", 50), ("speculative", {"draft": "unknown", "tokens": 3, "acceptance": "60%..90%"}),
    ("speculative", {"draft": {"config": "small.json"}, "tokens": 256, "acceptance": 1}), ("images", 2),
    ("trainable", "all-but-embedding"), ("prefix_cache", True), ("samples_per_prompt", "4..16"),
    ("server_power", "1 kW"), ("server_power", "900 W..2 kW"), ("server_power", "default"), ("price", "2 USD"),
    ("price", "1e-90 USD..1e90 USD"), ("price", {"shares": "pretrain.price"}), ("pue", 1), ("pue", "1..1.3"),
    ("pue", "1.1 x/ 1.02"), ("pue", "default"),
    ("base", "llama-3.1-8b"), ("base", "mistral-7b-v0.1"), ("base", "llama"), ("base", "b"), ("base", "own-model"),
    ("base", {"name": "b", "developer": "Meta", "flop": "unknown", "systemic_risk": "yes"}),
    ("base", {"name": "b", "developer": "other", "flop": "1e24",
     "base": {"name": "c", "developer": "x", "flop": "1e22..1e25"}}),
    ("base", {"name": "b", "developer": "other", "flop": "1e24",
     "base": {"name": "b", "developer": "other", "flop": 1}}),
    ("base", {"name": "b", "developer": "own", "merges": ["qwen2.5-7b", "olmo-2-7b"]}), ("merges", ["a"]),
    ("merges", ["qwen2.5-7b", "llama-3.2-1b"]), ("merges", ["qwen2.5-7b", {"name": "d", "developer": "own"}]),
    ("merges", "qwen2.5-7b"), ("starts", "2027-03-01"), ("after", []), ("after", "pretrain"), ("after", ["longer"]),
    ("pause", "3..10"), ("pause", 0), ("duration", "20..30"), ("duration", "1e-9..1e9"), ("format", "int8"),
    ("format", {"int8": 0.5, "bf16": 0.5}), ("happens", "40%"), ("happens", 1), ("happens", "10%..20%"),
    ("happens", {"shares": "pretrain.happens"}), ("happens", {"shares": "longer.happens"}),
    ("tokens", {"dist": "choice", "values": ["1T", "2T"], "weights": ["70%", "30%"]}),
    ("tokens", {"dist": "mixture", "parts": ["1T..2T", "4T"], "weights": ["70%", "30%"]}),
    ("tokens", {"dist": "mixture", "parts": ["1T..2T", {"shares": "pretrain.tokens"}], "weights": [0.5, 0.5]}),
    ("params", {"dist": "mixture", "parts": ["7B..9B", {"dist": "beta", "a": 2, "b": 3}], "weights": [0.5, 0.5]}),
    ("rework", {"dist": "mixture", "parts": ["1%..2%", "5%"], "weights": [0.9, 0.1]}),
    ("days", {"dist": "uniform", "low": 0, "high": 4, "shift": 5}),
    ("days", {"dist": "samples", "values": [1, 2], "shift": -5}),
    ("either", [{"hardware": "h100-sxm", "chips": 8, "days": "5..9", "probability": 0.5}] * 2),
    ("either", [{"hardware": "h100-sxm", "chips": 8, "days": 5, "probability": 1}]), ("either", [{}]),
]  # fmt: skip
OWN_BASES = [
    {"developer": "own", "flop": "1e24..2e24"}, {"developer": "other", "flop": "unknown", "base": "llama-3.1-405b"},
    {"developer": "own", "base": "own-model"}, {"developer": "own", "merges": ["qwen2.5-7b", "own-model"]}, {}, 3,
    {"developer": "own", "tokens": "1T", "params": "7B"}, {"developer": "own", "name": "x"}, "llama-3.1-8b",
]  # fmt: skip
OWN_CHIPS = [
    {"like": "h100-sxm"}, {"like": "h100-sxm", "peaks": {"bf16": {"dense": "900 TFLOP/s"}}}, {"like": "h100"}, {},
    {"like": "h100-sxm", "server": {"watts": 1100}, "price": {"low": 2, "high": 1}}, {"like": 3}, "h100-sxm",
    {"vendor": "Us", "name": "NPU", "unit": "chip", "peaks": {"fp8": {"dense": "1 PFLOP/s"}}},
    {"like": "tpu-v4", "peaks": {"bf16": {"dense": "nan TFLOP/s"}, "fp3": {}}},
]  # fmt: skip
