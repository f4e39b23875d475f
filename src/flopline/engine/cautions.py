"""Warnings that teach: what the plan is silent about, and what stands in for what it does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.distributions import Normal, is_fixed, mass_below
from flopline.engine.bases import gives_compute
from flopline.engine.machines import default_utilization, groups
from flopline.engine.observed_cautions import remarks_on_progress
from flopline.engine.stage_entries import method_of
from flopline.errors import Diagnostic
from flopline.hardware import default_format, instance_of
from flopline.plan import LoadedPlan, Plan, Stage, amounts_of_plan, counted, lineage_of, settle, several, sized, timed
from flopline.plan.amounts import UNKNOWN
from flopline.plan.kinds import MACHINE_AMOUNTS
from flopline.plan.unknown import ACTIVE, SOURCE
from flopline.utilization import tensor_activity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.engine.compile import Compiled

_POST_TRAINING: Final = frozenset({"fine-tuning", "preference", "reinforcement-learning", "distillation"})
_UPDATING: Final = _POST_TRAINING | {"pretraining", "continued-pretraining"}
_BEGINNING: Final = frozenset({"pretraining", "distillation"})
_CARRYING_ON: Final = _UPDATING - _BEGINNING
_AMOUNTS: Final = MACHINE_AMOUNTS | {
    "tokens", "samples", "epochs", "overhead", "rework", "availability", "utilization", "period", "either", "prompts",
    "samples_per_prompt", "prompt_tokens", "tokens_per_sample", "tokens_generated", "kept", "padding", "capacity",
    "tool_tokens", "turns", "judge_tokens",
}  # fmt: skip
_PASSED: Final = frozenset(
    {"epochs", "overhead", "kept", "lora", "adapter", "trainable", "padding", "capacity", "documents"}
)
_OTHERS: Final = ("generator", "teacher", "reward_model", "reference", "critic", "judge")
_SPEED: Final = frozenset({"utilization", "availability"})
_NORMAL_MASS: Final = 1e-6


def cautions(loaded: LoadedPlan, compiled: Compiled) -> tuple[Diagnostic, ...]:
    """Return the warnings of a plan, each once, the most consequential first."""
    plan = loaded.plan
    found = list(_omissions(loaded))
    if compiled.is_certain:
        text = "the plan gives no uncertainty: every line is a yes or a no, and no probability means more than that"
        found.append(Diagnostic("W102", text, hint='write an interval, such as tokens = "17T..22T"'))
    for stage in plan.stage:
        found += _stage(stage, loaded)
    found += _bases(plan)
    found += _orphans(plan)
    found += _instances(loaded)
    found += _own_chips(loaded)
    found += _fused(loaded)
    found += _config_warnings(loaded)
    found += _prediction(loaded)
    found += _normals(loaded)
    found += _correlations(loaded)
    found += remarks_on_progress(loaded)
    if plan.day is None:
        found.append(Diagnostic("W110", "the plan names no `day`: the law of today is asked", hint="day = 2026-11-22"))
    return tuple(dict.fromkeys(found))


def _omissions(loaded: LoadedPlan) -> Iterator[Diagnostic]:
    """Yield the largest error of all: a stage that the plan is silent about."""
    plan = loaded.plan
    kinds: set[str] = {stage.kind for stage in plan.stage}
    silent = []
    if not kinds & _POST_TRAINING and "post-training" not in plan.none:
        silent.append("post-training")
    if "synthetic-data" not in kinds and "synthetic-data" not in plan.none:
        silent.append("synthetic-data")
    if not any(stage.phase == "after" for stage in plan.stage) and "later-updates" not in plan.none:
        silent.append("later-updates")
    if not silent:
        return
    what = " and ".join([", ".join(silent[:-1]), silent[-1]] if len(silent) > 1 else silent)
    lead = "pre-training only: not a determination" if _only_pretraining(kinds) else "not a determination"
    text = f"{lead}; the plan is silent about {what}"
    names = ", ".join(f'"{name}"' for name in silent)
    yield Diagnostic("W101", text, hint=f"add a stage for each, or say that there is none: none = [{names}]")


def _only_pretraining(kinds: set[str]) -> bool:
    return bool(kinds) and not kinds & (_POST_TRAINING | {"synthetic-data"})


def _stage(stage: Stage, loaded: LoadedPlan) -> Iterator[Diagnostic]:
    method, name = method_of(stage), stage.name
    yield from _unused(stage, method)
    if method == "flop":
        return
    if method in ("machine", "fused"):
        yield from _machine(stage, loaded)
    if method != "machine" and _by_parameters(stage, loaded):
        text = f"`{name}`: counted as FLOP per parameter x active parameters x tokens, with no attention term"
        yield Diagnostic("W103", text, hint="give `config` and `seq_len` for the exact count")
    yield from _formats(stage)
    yield from _devices(stage)
    yield from _generation(stage)


def _by_parameters(stage: Stage, loaded: LoadedPlan) -> bool:
    """Return whether attention is missing; what a synthetic-data stage without lengths misses has its own warning."""
    if stage.kind == "synthetic-data":
        return (
            stage.tokens_per_sample is not None and stage.generator is not None and stage.generator.params is not None
        )
    return sized(stage, loaded.plan.model).params is not None


def _unused(stage: Stage, method: str) -> Iterator[Diagnostic]:
    """Yield the amounts that a stage gives and that its answer does not rest on."""
    if method == "flop":
        reason, keys = "`flop` replaces", _AMOUNTS - (MACHINE_AMOUNTS if timed(stage) else frozenset())
    elif method == "machine":
        reason, keys = "the machine is counted, without", _PASSED
    elif method != "fused" and (timed(stage) or several(stage)):
        reason, keys = "tokens are counted, chips and time are given: nothing rests on", _SPEED
    else:
        return
    ignored = sorted(key for key in keys if getattr(stage, key))
    if ignored:
        yield Diagnostic("W111", f"`{stage.name}`: {reason} {', '.join(f'`{key}`' for key in ignored)}")


def _bases(plan: Plan) -> Iterator[Diagnostic]:
    """Yield ancestors whose compute is not there to be counted."""
    for ancestor in lineage_of(plan):
        base = ancestor.base
        if gives_compute(base):
            continue
        text = f"`{ancestor.stage}`: the training compute of its base `{base.name}` is "
        if base.flop == UNKNOWN:
            text += "declared unknown: what counts it is known from below only"
            yield Diagnostic("W170", text, hint='an interval, however wide, would count: flop = "1e22..1e24"')
        else:
            text += "not given and counts as nothing"
            hint = (
                'give base = { ..., flop = "..." }: some lines count it; "unknown" declares that it cannot be estimated'
            )
            yield Diagnostic("W113", text, hint=hint)


def _orphans(plan: Plan) -> Iterator[Diagnostic]:
    """Yield a stage that carries on a model which the plan neither trains nor names."""
    if lineage_of(plan) or any(stage.kind in _BEGINNING for stage in plan.stage):
        return
    for stage in plan.stage:
        if stage.kind in _CARRYING_ON:
            text = f"`{stage.name}`: carries on a model that the plan neither trains nor names: its compute is left out"
            hint = (
                'name it, and whose it is: base = "llama-3.1-70b", or base = { name = "...", developer = "...", ... }'
            )
            yield Diagnostic("W172", text, hint=hint)
            return


def _machine(stage: Stage, loaded: LoadedPlan) -> Iterator[Diagnostic]:
    name = stage.name
    given = [machine.utilization or stage.utilization for machine in several(stage) or (stage,)]
    if not all(given):
        runs = "steady steps" if stage.availability is not None or stage.rework is not None else "whole runs"
        text = f"`{name}`: utilization is not given; the prior fitted to published {runs} stands in for it"
        priors = [default_utilization(stage, machine, loaded.plan.model) for machine, _ in groups(stage)]
        text += "".join(dict.fromkeys(f" ({prior.remark})" for prior in priors if prior.remark))
        yield Diagnostic("W104", text, hint="measure it: a steady MFU narrows the answer more than anything else")
    if any(one is not None and one.metric == "tensor_active" for one in given):
        found = tensor_activity()
        text = f"`{name}`: tensor-pipe activity is no utilization; {found.written} times as much is taken for HFU"
        yield Diagnostic("W128", text, hint="model FLOP per second, from tokens per second, need no such guess")
    steady = any(one is not None and one.scope == "steady" for one in given)
    absent = [key for key in ("availability", "rework") if getattr(stage, key) is None]
    if steady and absent and stage.kind in _UPDATING:
        missing = " and ".join(f"`{key}`" for key in absent)
        yield Diagnostic("W112", f"`{name}`: no {missing}: every second is counted as steady, kept training")


def _formats(stage: Stage) -> Iterator[Diagnostic]:
    for machine in (stage, *several(stage)):
        if machine.hardware is not None and machine.format is None and (timed(machine) or machine.chips is not None):
            used = default_format(machine.hardware)
            text = f"`{stage.name}`: no `format` given: the dense {used} peak of {machine.hardware.id} is used"
            yield Diagnostic("W105", text, hint=f'format = "{used}"')


def _devices(stage: Stage) -> Iterator[Diagnostic]:
    for machine in (stage, *several(stage)):
        chip = machine.hardware
        if chip is not None and chip.devices != 1 and machine.chips is not None:
            text = (
                f"`{stage.name}`: a {chip.unit} of {chip.id} shows itself as {chip.devices} devices; `chips` counts "
                f"{chip.unit}s, and counting devices would be wrong by that factor"
            )
            yield Diagnostic("W119", text)
        if chip is not None and chip.status == "announced":
            text = f"`{stage.name}`: {chip.id} is announced and does not ship; its figures are what its maker expects"
            yield Diagnostic("W127", text)


def _instances(loaded: LoadedPlan) -> Iterator[Diagnostic]:
    """Yield chips that the plan names by a cloud's instance type, whose number is not that of chips."""
    for stage, raw in zip(loaded.plan.stage, loaded.document.tree["stage"], strict=True):
        key = "either" if stage.either else "period"
        for machine, table in [(stage, raw), *zip(several(stage), raw.get(key, ()), strict=True)]:
            if machine.hardware is None or machine.chips is None:
                continue
            instance = instance_of(table["hardware"])
            if instance is not None and instance.chip == machine.hardware.id:
                counts = "1 chip" if instance.chips == 1 else f"{instance.chips} chips"
                text = f"`{stage.name}`: an instance of {instance.name} holds {counts}; `chips` counts chips"
                yield Diagnostic("W129", text)


def _own_chips(loaded: LoadedPlan) -> Iterator[Diagnostic]:
    for name, chip in loaded.plan.hardware.items():
        if chip.replaces:
            text = f"the plan's own `{name}` stands in for the chip of the catalogue"
            yield Diagnostic("W130", text, hint=f'a name of its own, and like = "{name}", would show that it differs')


def _fused(loaded: LoadedPlan) -> Iterator[Diagnostic]:
    """Yield default utilizations that a fused run would tell more of than the answer lets it."""
    machines = [stage for stage in loaded.plan.stage if method_of(stage) in ("machine", "fused")]
    assumed = [stage for stage in machines if not all(one.utilization or stage.utilization for one, _ in groups(stage))]
    fused = next((stage for stage in assumed if method_of(stage) == "fused"), None)
    if fused is not None and len(assumed) > 1:
        others = ", ".join(f"`{stage.name}`" for stage in assumed if stage is not fused)
        text = f"what the fused run `{fused.name}` tells of utilization stays with it; {others} keep the default"
        yield Diagnostic("W131", text, hint="give the others the utilization that was measured")


def _generation(stage: Stage) -> Iterator[Diagnostic]:
    if stage.kind == "synthetic-data" and stage.public is None:
        text = f"`{stage.name}`: whether the data are publicly accessible is not said; EU law counts only private ones"
        yield Diagnostic("W114", text, hint='public = "no"')
    if stage.kind == "synthetic-data" and counted(stage) and stage.tokens_per_sample is None:
        text = f"`{stage.name}`: without `prompt_tokens` and `tokens_per_sample` no prompt and no attention is counted"
        yield Diagnostic("W115", text)
    for role in _OTHERS:
        other = getattr(stage, role)
        if other is not None and other.unknown:
            text = f"`{stage.name}`: nobody says how large its `{role}` is; {ACTIVE} active parameters stand in for it"
            yield Diagnostic("W123", text, hint=f"the prior rests on {SOURCE.cite}")
    if stage.turns is not None and not stage.evicted:
        text = f"`{stage.name}`: the cache is kept between turns, so that `turns` changes nothing"
        yield Diagnostic("W122", text, hint="evicted = true where each turn reads everything before it again")
    if stage.kind == "reinforcement-learning":
        if not counted(stage) and stage.update_share is None:
            text = f"`{stage.name}`: updates and rollouts are one amount, which every law disputes"
            yield Diagnostic("W116", text, hint="give `update_share`")
        scorers = ("reward_model", "reference", "old_log_probabilities")
        absent = [key for key in scorers if getattr(stage, key) is None and not (key == "reward_model" and stage.judge)]
        if counted(stage) and absent:
            text = f"`{stage.name}`: nothing is counted for {', '.join(f'`{key}`' for key in absent)}"
            yield Diagnostic("W117", text)


def _config_warnings(loaded: LoadedPlan) -> Iterator[Diagnostic]:
    for size in (loaded.plan.model, *loaded.plan.stage):
        if size.config is not None:
            yield from size.config.warnings


def _prediction(loaded: LoadedPlan) -> Iterator[Diagnostic]:
    """Yield modules that the config has and that nobody has said are trained or not."""
    for stage in loaded.plan.stage:
        size = sized(stage, loaded.plan.model)
        asked = (stage.mtp, loaded.plan.model.mtp)
        if stage.kind in _UPDATING and size.config is not None and size.config.prediction and asked == (None, None):
            text = f"`{stage.name}`: the config has multi-token-prediction modules, which are not counted"
            yield Diagnostic("W118", text, hint="mtp = true if they are trained, mtp = false if they are not")


def _correlations(loaded: LoadedPlan) -> Iterator[Diagnostic]:
    amounts = amounts_of_plan(loaded.plan)
    for correlation in loaded.plan.correlation:
        for name in correlation.between:
            if is_fixed(settle(name, loaded.plan, amounts)[1]):
                text = f"`{name}` is one number: its correlation has no effect"
                yield Diagnostic("W121", text, hint="give it an interval")


def _normals(loaded: LoadedPlan) -> Iterator[Diagnostic]:
    for name, amount in amounts_of_plan(loaded.plan).items():
        if isinstance(amount, Normal):
            mass = mass_below(amount, 0.0)
            if mass > _NORMAL_MASS:
                text = f"`{name}`: {100 * mass:.2g} % of this normal lies at or below zero; it is taken as positive"
                yield Diagnostic("W108", text, hint="a lognormal has no such tail")
