"""Slow and obvious twin of sampling: prompts, tools, turns, drafts, one after the other."""

from __future__ import annotations

from dataclasses import replace

from naive.models import Model


def generate(plan, stage, what, model, reads, samples):
    """Read prompts, what tools return and, where the cache is lost, everything again; write; speculate."""
    prompt, length = plan.of(stage, "prompt_tokens", 0.0), plan.of(stage, "tokens_per_sample")
    tools = plan.of(stage, "tool_tokens", 0.0)
    variance = (stage.get("length_spread", 0.0) * length) ** 2
    flop = reads * model.prefill(prompt) if "prompt_tokens" in stage else 0.0
    if "tool_tokens" in stage:
        flop = flop + samples * (model.prefill(prompt + tools) - model.prefill(prompt))
    if stage.get("evicted"):
        for turn in range(1, stage["turns"]):
            flop = flop + samples * model.prefill(prompt + (tools + length) * turn / stage["turns"])
    decode = samples * model.decode(prompt + tools, length, variance)
    plan.add(stage, what, flop + decode, exact=model.config is not None)
    if "speculative" not in stage:
        return
    table, drafted = stage["speculative"], stage["speculative"]["tokens"]
    chance = plan.draws[f"{stage['name']}.speculative.acceptance"]
    kept = sum(chance**power for power in range(drafted + 1))
    plan.add(stage, replace(what, activity="rejected-positions"), decode * ((drafted + 1) / kept - 1), during=what)
    own = table["draft"] == "self"
    draft = plan.own_model(stage) if own else Model(table["draft"], f"{stage['name']}.speculative.draft", plan.draws)
    flop = reads * draft.prefill(prompt) if "prompt_tokens" in stage else 0.0
    flop = flop + samples * draft.decode(prompt + tools, length, variance) * drafted / kept
    plan.add(stage, replace(what, relation="auxiliary"), flop, exact=draft.config is not None)
