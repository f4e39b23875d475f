"""Values that no plan should hold, and a few that some keys may."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

DEEP: Any = []
for _ in range(200):
    DEEP = [DEEP]

TEXTS = [
    "", " ", "0", "1", "-1", "-17T..22T", "0..5", "130%", "100%", "1e400", "1e-400", "nan", "inf", "22T..17T",
    "17T..17T",
    "17..22T", "17T-22T", "..", "1..2..3..4", "1..2..", "3 .. 2 .. 1", "15T x/ 0.5", "15T x/", "x/ 2", "15T +- 2T",
    "15 T", "1e30..1e300",
    "1e-300..1e300", "35", "0.35", "35%..45%", "8192", "8k", "15T FLOP", "989 TFLOPS", "989 TFLOP/s", "1e25 FLOP",
    "2.5", "1e18", "1_000",
    "self", "default", "none", "null", "yes", "no", "true", "bf16", "fp8", "fp4", "h100", "h100-sxm", "H100-SXM5",
    "tpu-v5p", "NVIDIA A100-SXM4-80GB",
    "full", "masked", "selective", "whole-run", "all", "lora", "last-2", "last-9999", "head,layers", "pretraining",
    "evaluation",
    "synthetic-data", "reinforcement-learning", "post-training", "independent", "time-bound", "tokens-bound",
    "2026-11-22",
    "2026-13-45", "0001-01-01", "9999-12-31", "2026-11-22T10:00:00", "config.json", "small.json", ".", "/",
    "/dev/zero", "/dev/null", "~", "~nobody/x",
    "\0", "a\0b", "../../../etc/passwd", "\x1b[31m", "\n", "💥", "٣", "ﬁ", "\N{RIGHT SINGLE QUOTATION MARK}",
    "é" * 300, "x" * 5000, "9" * 5000,
    "[" * 5000, "{", "{}", "{ a = 1 }",
    "{ dist = 'uniform', low = 1, high = 2 }", "{ shares = 'pretrain.tokens' }", "%s%n{0}", "--seed", "eu=yes",
    "eu=maybe", "2025=1M USD",
]  # fmt: skip
TABLES: list[Any] = [
    {}, {"a": 1}, {"": 1}, {"dist": "nope"}, {"dist": 1}, {"dist": "uniform"}, {"dist": "uniform", "low": 2, "high": 1},
    {"dist": "uniform", "low": "1B", "high": "2B"}, {"dist": "uniform", "low": 0, "high": 1},
    {"dist": "loguniform", "low": 0, "high": 2},
    {"dist": "normal", "mean": 1e12, "sd": -1}, {"dist": "normal", "mean": 1e12, "sd": 1e11},
    {"dist": "normal", "mean": 0.4, "sd": 0.05},
    {"dist": "lognormal", "median": "1T", "sigma": 0}, {"dist": "lognormal", "median": "1T", "sigma": 50},
    {"dist": "beta", "a": 2, "b": 3},
    {"dist": "beta", "a": 1e-9, "b": 1e9}, {"dist": "samples", "values": []}, {"dist": "samples", "values": [1]},
    {"dist": "samples", "values": [0.2, 0.3]}, {"dist": "samples", "values": [1e9, 1e12, "x"]},
    {"dist": "samples", "values": [1e-300, 1e300]},
    {"dist": "quantiles", "p": [0.5], "x": [1]}, {"dist": "quantiles", "p": [0.1, 0.9], "x": [0.2, 0.4]},
    {"dist": "quantiles", "p": [0.9, 0.1], "x": [2, 1]},
    {"dist": "interval", "low": "1T", "high": "2T", "level": 1.5},
    {"dist": "interval", "low": 0.1, "high": 0.2, "level": 0.999999999},
    {"dist": "pert", "low": 1, "mode": 1, "high": 1},
    {"dist": "pert", "low": 1e9, "mode": 2e9, "high": 4e9, "min": 5e9},
    {"dist": "triangular", "low": 0, "mode": 0, "high": 1},
    {"dist": "lognormal", "median": 1e9, "sigma": 1, "min": 2e9, "max": 1e9},
    {"shares": "nowhere.tokens"}, {"shares": "pretrain.tokens"}, {"shares": "model.params"}, {"shares": ""},
    {"shares": 1}, {"shares": "x", "y": 1},
    {"params": "70B"}, {"params": "70B", "active": "80B"}, {"params": "70B", "active": "8B"},
    {"config": "small.json"}, {"config": "missing.json"}, {"own": True}, {"own": False},
    {"rank": 0}, {"rank": 16}, {"rank": 16, "targets": ["nonsense"]}, {"rank": 1.5}, {"mfu": "40%"}, {"hfu": "50%"},
    {"mfu": "40%", "scope": "whole-run"}, {"mfu": "40%", "peak": "fp8"},
    {"mfu": "40%", "peak": "no such"}, {"nvml": 0.9}, {"bf16": 1.0}, {"bf16": 0.5}, {"bf16": "50%", "fp8": "50%"},
    {"bf16": 2, "fp8": -1}, {"fp3": 1},
    {"name": "x", "developer": "own"}, {"name": "x", "developer": "other", "flop": "1e26"},
    {"name": "x", "developer": "own", "tokens": "1T"},
    {"2025": "1M USD"}, {"twenty": "1M USD"}, {"2025": "1M EUR"}, {"eu": "yes"}, {"EU": "yes"}, {"eu": True},
]  # fmt: skip
OTHERS: list[Any] = [
    None, True, False, 0, 1, -1, -0.0, 0.5, 1.0, 1.5, 35, 130, 8192, 1e12, 1e-320, 1e308, float("nan"), float("inf"),
    2**31, 2**63, 10**30, 10**400,
    [], [1], ["text"], [[]], [{}], [None], DEEP, ["eu"], ["a", "b"], ["pretrain.tokens", "pretrain.tokens"],
    list(range(2000)),
    date(2026, 11, 22), date(1, 1, 1), date(9999, 12, 31), datetime(2026, 11, 22, 10, 30), time(10, 30),
]  # fmt: skip
HOSTILE = [*TEXTS, *TABLES, *OTHERS]
