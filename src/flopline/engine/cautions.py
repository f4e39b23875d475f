"""Warnings that teach: what the plan is silent about, and what stands in for what it does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.distributions import mass_below
from flopline.engine.expand import method_of
from flopline.errors import Diagnostic
from flopline.hardware import default_format
from flopline.plan import LoadedPlan, Stage, amounts_of_plan, counted, sized, timed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.engine.compile import Compiled

_POST_TRAINING: Final = frozenset({"fine-tuning", "preference", "reinforcement-learning", "distillation"})
_UPDATING: Final = _POST_TRAINING | {"pretraining", "continued-pretraining"}
_NORMAL_MASS: Final = 1e-6


def cautions(loaded: LoadedPlan, compiled: Compiled) -> tuple[Diagnostic, ...]:
    """Return the warnings of a plan, each once, the most consequential first."""
    plan = loaded.plan
    found = list(_omissions(loaded))
    if all(value is not None for value in compiled.certain):
        text = "the plan gives no uncertainty: every line is a yes or a no, and no probability means more than that"
        found.append(Diagnostic("W102", text, hint='write an interval, such as tokens = "17T..22T"'))
    for stage in plan.stage:
        found += _stage(stage, loaded)
    found += _config_warnings(loaded)
    found += _normals(loaded)
    if plan.day is None:
        found.append(Diagnostic("W110", "the plan names no `day`: the law of today is asked", hint="day = 2026-11-22"))
    return tuple(dict.fromkeys(found))


def _omissions(loaded: LoadedPlan) -> Iterator[Diagnostic]:
    """Yield the largest error of all: a stage that the plan is silent about (rule 16)."""
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
    size, method, name = sized(stage, loaded.plan.model), method_of(stage), stage.name
    if stage.flop is not None:
        ignored = [
            key
            for key in ("tokens", "samples", "chips", "days", "hours", "chip_hours", "prompts")
            if getattr(stage, key)
        ]
        if ignored:
            text = f"`{name}`: `flop` replaces {', '.join(f'`{key}`' for key in ignored)}"
            yield Diagnostic("W111", text)
        return
    if method == "tokens" and size.params is not None:
        text = f"`{name}`: counted as FLOP per parameter x active parameters x tokens, with no attention term"
        yield Diagnostic("W103", text, hint="give `config` and `seq_len` for the exact count")
    if method == "machine" and not any(machine.utilization for machine in (stage, *stage.period)):
        text = f"`{name}`: utilization is not given; the prior fitted to published whole runs stands in for it"
        yield Diagnostic("W104", text, hint="measure it: a steady MFU narrows the answer more than anything else")
    if (
        method == "machine"
        and stage.kind in _UPDATING
        and stage.rework is None
        and stage.utilization is not None
        and stage.utilization.scope == "steady"
    ):
        missing = " and ".join(f"`{key}`" for key in ("availability", "rework") if getattr(stage, key) is None)
        yield Diagnostic("W112", f"`{name}`: no {missing}: every second is counted as steady, kept training")
    yield from _formats(stage)
    yield from _devices(stage)
    yield from _generation(stage)
    if stage.base is not None and stage.base.flop is None and stage.base.tokens is None:
        text = f"`{name}`: the training compute of its base `{stage.base.name}` is not given and counts as nothing"
        yield Diagnostic("W113", text, hint='give base = { ..., flop = "..." }: some lines count it')


def _formats(stage: Stage) -> Iterator[Diagnostic]:
    for machine in (stage, *stage.period):
        if machine.hardware is not None and machine.format is None and (timed(machine) or machine.chips is not None):
            used = default_format(machine.hardware)
            text = f"`{stage.name}`: no `format` given: the dense {used} peak of {machine.hardware.id} is used"
            yield Diagnostic("W105", text, hint=f'format = "{used}"')


def _devices(stage: Stage) -> Iterator[Diagnostic]:
    for machine in (stage, *stage.period):
        chip = machine.hardware
        if chip is not None and chip.devices != 1 and machine.chips is not None:
            text = (
                f"`{stage.name}`: a {chip.unit} of {chip.id} shows itself as {chip.devices} devices; `chips` counts "
                f"{chip.unit}s, and counting devices would be wrong by that factor"
            )
            yield Diagnostic("W119", text)


def _generation(stage: Stage) -> Iterator[Diagnostic]:
    if stage.kind == "synthetic-data" and stage.public is None:
        text = f"`{stage.name}`: whether the data are publicly accessible is not said; EU law counts only private ones"
        yield Diagnostic("W114", text, hint='public = "no"')
    if stage.kind == "synthetic-data" and counted(stage) and stage.tokens_per_sample is None:
        text = f"`{stage.name}`: without `prompt_tokens` and `tokens_per_sample` no prompt and no attention is counted"
        yield Diagnostic("W115", text)
    if stage.kind == "reinforcement-learning":
        if not counted(stage) and stage.update_share is None:
            text = f"`{stage.name}`: updates and rollouts are one amount, which every law disputes"
            yield Diagnostic("W116", text, hint="give `update_share`")
        absent = [key for key in ("reward_model", "reference", "old_log_probabilities") if getattr(stage, key) is None]
        if counted(stage) and absent:
            text = f"`{stage.name}`: nothing is counted for {', '.join(f'`{key}`' for key in absent)}"
            yield Diagnostic("W117", text)


def _config_warnings(loaded: LoadedPlan) -> Iterator[Diagnostic]:
    for size in (loaded.plan.model, *loaded.plan.stage):
        if size.config is not None:
            yield from size.config.warnings


def _normals(loaded: LoadedPlan) -> Iterator[Diagnostic]:
    for name, amount in amounts_of_plan(loaded.plan).items():
        if getattr(amount, "dist", None) == "normal":
            mass = mass_below(amount, 0.0)  # type: ignore[arg-type]
            if mass > _NORMAL_MASS:
                text = f"`{name}`: {100 * mass:.2g} % of this normal lies at or below zero; it is taken as positive"
                yield Diagnostic("W108", text, hint="a lognormal has no such tail")
