"""Plans for the tests, from text as a person writes it or from tables."""

from __future__ import annotations

from flopline.documents import from_values, parse
from flopline.engine import estimate
from flopline.hardware import find
from flopline.plan import Surroundings, load_document

SMALL = {
    "model_type": "llama",
    "hidden_size": 64,
    "intermediate_size": 176,
    "num_hidden_layers": 4,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "vocab_size": 300,
}
EXPERTS = {
    "model_type": "mixtral",
    "hidden_size": 64,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "num_local_experts": 8,
    "num_experts_per_tok": 2,
    "vocab_size": 300,
    "sliding_window": None,
}
LLAMA_8B = {
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
}


def loaded(text):
    """Return a plan from TOML; `day` and `none` are said unless the text says them."""
    head = "" if "day =" in text else "day = 2026-11-22\n"
    return load_document(parse(head + text, "plan.toml", "toml"), Surroundings())


def plan_of(*stages, **keys):
    """Return a plan from tables of stages; a stage without a name or kind is `pretrain`, pretraining."""
    named = [{"name": "pretrain", "kind": "pretraining"} | stage for stage in stages]
    tree = {"day": "2026-11-22", "stage": named, **keys}
    return load_document(from_values(tree, {}), Surroundings())


def compared(found):
    """Return the lines of an answer that have an amount of their own; one without somebody else's model has none."""
    return [line for line in found.lines if line.expected.probability is not None]


def answer(*stages, **keys):
    """Return the estimate of a plan from tables of stages."""
    return estimate(plan_of(*stages, **keys))


def one(found, **wanted):
    """Return the single entry whose attributes are these."""
    entries = [entry for entry in found.entries if all(getattr(entry, key) == value for key, value in wanted.items())]
    assert len(entries) == 1, [(entry.stage, entry.activity, entry.fate) for entry in found.entries]
    return entries[0]


def flop(found, **wanted):
    """Return the median of the single entry whose attributes are these."""
    return one(found, **wanted).amount.median


P1 = """
none = ["post-training", "later-updates"]

[[stage]]
name = "pretrain"
kind = "pretraining"
params = { dist = "lognormal", median = "250B", sigma = 0.30 }
tokens = { dist = "lognormal", median = "20T", sigma = 0.50 }
overhead = { dist = "uniform", low = 1, high = 1.2 }

[[stage]]
name = "second"
kind = "continued-pretraining"
chips = 16000
peak = "989 TFLOP/s"
hours = { dist = "uniform", low = 300, high = 900 }
utilization = { dist = "beta", a = 12, b = 28 }
availability = { dist = "beta", a = 30, b = 3 }

[[stage]]
name = "synthetic"
kind = "synthetic-data"
generator = { params = { shares = "pretrain.params" } }
tokens_generated = { dist = "lognormal", median = "500B", sigma = 0.8 }
public = "no"

[[correlation]]
between = ["pretrain.params", "pretrain.tokens"]
rho = 0.5
"""
"""The plan of three stages whose probabilities a quadrature knows to twelve digits."""
EU = "eu-ai-act/systemic-risk"
DIRECT = "eu-ai-act/gpai"
CALIFORNIA = "us-ca-sb53/frontier"
H100 = find("h100-sxm").peaks["bf16"].dense
FP8 = find("h100-sxm").peaks["fp8"].dense
MACHINE = {"hardware": "h100-sxm", "format": "bf16", "chips": 1000, "days": 10}
CHIP_SECONDS = 1000 * 10 * 86_400
RL = {
    "name": "rl", "kind": "reinforcement-learning", "prompts": 2e6, "samples_per_prompt": 16, "prompt_tokens": 500,
    "tokens_per_sample": 4000,
}  # fmt: skip
SAMPLES = 2e6 * 16


def codes(found):
    return {warning.code for warning in found.warnings}


def derived(found, name):
    return {one.name: one for one in found.stages[0].derived}[name]
