"""What a plan must have and may not have together, beyond the type of each key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flopline.distributions import median
from flopline.errors import Diagnostic, HardwareError
from flopline.hardware import default_format
from flopline.literals import Shared
from flopline.plan.alternatives import problems_of_alternatives
from flopline.plan.base import Base, NamedBase
from flopline.plan.kinds import GENERATING, KEYS, MACHINE_AMOUNTS
from flopline.plan.needs import problems_of_base, problems_of_model
from flopline.plan.progress import problems_of_observed
from flopline.plan.routes import counted, generated, several, sized, timed
from flopline.plan.schedule import problems_of_length

if TYPE_CHECKING:
    from flopline.plan.model import Machine, Stage
    from flopline.plan.table import ModelSize

Path_ = tuple[str | int, ...]
Found = Iterator[tuple[Path_, Diagnostic]]


def problems_of_stage(stage: Stage, model: ModelSize | None = None) -> Found:
    """Yield what is wrong with one stage, each with the path of its key inside the stage.

    Parameters
    ----------
    stage : Stage
        A stage whose keys are all of the right type.
    model : ModelSize, optional
        The plan's model, which the stage uses when it has no size of its own; None leaves those questions out.
    """
    yield from _foreign_keys(stage)
    yield from _sizes(stage)
    yield from problems_of_written_bases(stage)
    yield from problems_of_length(stage)
    yield from problems_of_observed(stage)
    if stage.flop is None:
        yield from _amounts(stage)
        yield from _machine(stage)
        yield from _utilizations(stage)
        if model is not None:
            yield from problems_of_model(stage, sized(stage, model))
    elif stage.relation is not None:
        yield ("relation",), Diagnostic("E319", "`relation` has no meaning beside `flop`")


def _foreign_keys(stage: Stage) -> Found:
    allowed = KEYS[stage.kind]
    for key in sorted(stage.model_fields_set - allowed):
        homes = ", ".join(kind for kind, keys in KEYS.items() if key in keys)
        message = f"`{key}` has no meaning for kind `{stage.kind}`"
        yield (key,), Diagnostic("E310", message, hint=f"it belongs to {homes}" if homes else None)


def _sizes(stage: Stage) -> Found:
    models: list[tuple[str | None, ModelSize | None]] = [(None, stage)]
    models += [(key, getattr(stage, key)) for key in
               ("teacher", "reward_model", "reference", "critic", "generator", "judge")]  # fmt: skip
    models.append(("speculative", stage.speculative.draft if stage.speculative is not None else None))
    for key, size in models:
        if size is None:
            continue
        prefix = (key,) if key else ()
        yield from ((prefix + path, problem) for path, problem in problems_of_size(size))
        own = bool(getattr(size, "own", False))
        given = size.config is not None or size.params is not None
        if key is not None and own == given:
            message = f"`{key}` needs a size" if not given else f"`{key}` is `self` and has a size too"
            yield (
                (str(key),),
                Diagnostic("E316", message, hint='{ params = "70B" }, { config = "..." } or "self"'),
            )


def problems_of_written_bases(of: Stage | Base) -> Found:
    """Yield what is wrong with bases that are written out where they are named, through all generations."""
    listed: list[tuple[Path_, Base | None]] = [(("base",), of.base)]
    listed += [(("merges", index), one) for index, one in enumerate(of.merges)]
    for path, base in listed:
        if base is not None and not isinstance(base, NamedBase):
            for check in (problems_of_size, problems_of_base, problems_of_written_bases):
                yield from ((path + inner, problem) for inner, problem in check(base))


def problems_of_size(size: ModelSize) -> Found:
    """Yield what is wrong with a model's size."""
    if size.config is not None and size.params is not None:
        yield (
            ("params",),
            Diagnostic("E315", "`config` and `params` are both given", hint="keep `config`: it is exact"),
        )
    if size.active is not None and size.params is None:
        hint = "a config already knows its active parameters" if size.config else "give `params`, the total, too"
        yield ("active",), Diagnostic("E316", "`active` needs `params`", hint=hint)
    total, active = size.params, size.active
    if total is None or active is None or isinstance(total, Shared) or isinstance(active, Shared):
        return
    if median(active) > median(total):
        yield ("active",), Diagnostic("E316", "`active` parameters are more than `params`, the total")


def _amounts(stage: Stage) -> Found:
    if stage.tokens is not None and stage.samples is not None:
        yield ("samples",), Diagnostic("E312", "`tokens` and `samples` are both given", hint="keep one")
    if stage.samples is not None and stage.seq_len is None:
        yield ("samples",), Diagnostic("E312", "`samples` needs `seq_len`, the tokens of one sample")
    if not counted(stage) and not timed(stage) and not several(stage):
        yield ("name",), Diagnostic("E311", f"stage `{stage.name}` has no amount", hint=_amount_hint(stage))
    needed: tuple[str, ...] = ()
    if generated(stage):
        sampled = ("prompts", "samples_per_prompt", "prompt_tokens", "tokens_per_sample")
        needed = ("generator", "tokens_generated") if stage.kind == "synthetic-data" else sampled
    if counted(stage):
        for key in needed:
            if getattr(stage, key) is None:
                yield ("name",), Diagnostic("E302", f"`{key}` is missing in stage `{stage.name}`")
    if (stage.prompt_tokens is None) != (stage.tokens_per_sample is None) and stage.kind == "synthetic-data":
        message = "`prompt_tokens` and `tokens_per_sample` need each other: a prompt is read once per sample"
        yield ("name",), Diagnostic("E302", message)
    yield from _sampling(stage)


def _sampling(stage: Stage) -> Found:
    """Yield keys about samples that need another one beside them."""
    whole = stage.kind == "synthetic-data"
    for key, other, given in (
        ("evicted", "turns", bool(stage.evicted)),
        ("judge_tokens", "judge", stage.judge_tokens is not None),
        ("tool_tokens", "prompt_tokens", stage.tool_tokens is not None),
        ("turns", "prompt_tokens", stage.turns is not None),
        ("prefix_cache", "prompt_tokens", bool(stage.prefix_cache)),
        ("prefix_cache", "samples_per_prompt", bool(stage.prefix_cache)),
        ("samples_per_prompt", "prefix_cache", whole and stage.samples_per_prompt is not None),
    ):
        if given and not getattr(stage, other):
            yield (key,), Diagnostic("E302", f"`{key}` needs `{other}`, which is missing in stage `{stage.name}`")
    if stage.kind == "preference" and stage.prompts is not None and (stage.tokens or stage.samples):
        message = "`prompts` are sampled on-policy, `tokens` and `samples` are a fixed set of data"
        yield ("prompts",), Diagnostic("E312", message, hint="keep one")
    if stage.capacity is not None and not isinstance(stage.capacity, Shared) and median(stage.capacity) < 1:
        message = "`capacity` below 1 drops tokens and pads nothing"
        yield ("capacity",), Diagnostic("E305", message, hint="write the capacity factor, such as 1.25")


def _amount_hint(stage: Stage) -> str:
    if any(getattr(stage, key) is not None for key in MACHINE_AMOUNTS) or stage.hardware is not None:
        return "a machine needs `hardware` (or `peak`), `chips` and `days` or `hours`; or `chip_hours`"
    if stage.kind == "synthetic-data":
        return "give `generator` and `tokens_generated`, chips and days, or `flop`"
    if stage.kind == "reinforcement-learning":
        return "give `prompts` and `samples_per_prompt`, chips and days, or `flop`"
    return "give `tokens`, chips and days, or `flop`"


def _machine(stage: Stage) -> Found:
    machines: list[tuple[tuple[str | int, ...], Machine]] = [((), stage)]
    name, one = ("either", "a machine of `either`") if stage.either else ("period", "a period")
    machines += [((name, index), machine) for index, machine in enumerate(several(stage))]
    for prefix, machine in machines:
        yield from ((prefix + path, problem) for path, problem in _one_machine(machine))
        if prefix and not timed(machine):
            yield prefix, Diagnostic("E313", f"{one} needs `chips` and `days` or `hours`, or `chip_hours`")
    if several(stage):
        hint = "move it into each of `either`" if stage.either else "move it into the periods"
        for key in sorted(MACHINE_AMOUNTS | {"hardware", "peak", "format"}):
            if getattr(stage, key) is not None:
                yield (key,), Diagnostic("E324", f"`{key}` stands beside `{name}`", hint=hint)
    yield from problems_of_alternatives(stage)
    both = counted(stage) and (timed(stage) or bool(several(stage)))
    if stage.relation is not None and not both:
        message = "`relation` needs both routes: tokens, and chips with a time"
        yield ("relation",), Diagnostic("E319", message)
    elif stage.relation == "independent" and not _alone(stage):
        message = "two measurements are fused of training on tokens alone, without other models that run beside it"
        hint = '"tokens-bound" counts the tokens, "time-bound" the machine; the answer shows both'
        yield ("relation",), Diagnostic("E320", message, hint=hint)


def _alone(stage: Stage) -> bool:
    """Return whether a machine does nothing but the one pass that the tokens count."""
    other = stage.teacher is not None or stage.reference is not None
    return stage.kind not in GENERATING and not generated(stage) and not other


def _one_machine(machine: Machine) -> Found:
    times = [key for key in ("days", "hours", "chip_hours") if getattr(machine, key) is not None]
    if len(times) > 1:
        yield (
            (times[1],),
            Diagnostic("E313", f"`{times[0]}` and `{times[1]}` are both given", hint="keep one"),
        )
    if machine.hardware is not None and machine.peak is not None:
        yield ("peak",), Diagnostic("E314", "`hardware` and `peak` are both given", hint="keep one")
    used = times or machine.chips is not None
    if used and machine.hardware is None and machine.peak is None:
        key = times[0] if times else "chips"
        hint = "name the chip; `flopline hardware list` shows them all"
        yield (key,), Diagnostic("E313", f"`{key}` needs `hardware` or `peak`", hint=hint)
    if machine.format is not None and machine.hardware is None:
        yield (
            ("format",),
            Diagnostic("E314", "`format` needs `hardware`: a written `peak` has its format already"),
        )
    yield from _formats(machine)


def _formats(machine: Machine) -> Found:
    """Yield formats that the chip has no known peak for."""
    chip = machine.hardware
    if chip is None:
        return
    hint = f"it has {', '.join(chip.peaks)}"
    for name in machine.format or ():
        if name not in chip.peaks:
            yield ("format",), Diagnostic("E501", f"`{chip.id}` has no known dense peak for `{name}`", hint=hint)
    against = machine.utilization.peak if machine.utilization is not None else None
    if against is not None and against not in chip.peaks:
        message = f"`{chip.id}` has no known dense peak for `{against[:40]}`"
        yield ("utilization",), Diagnostic("E501", message, hint=hint)
    if machine.format is None and against is None and timed(machine):
        try:
            default_format(chip)
        except HardwareError as error:
            yield from ((("hardware",), problem) for problem in error.diagnostics)


def _utilizations(stage: Stage) -> Found:
    machine_counts = not counted(stage) or stage.relation in ("time-bound", "independent")
    if not (timed(stage) or several(stage)) or not machine_counts:
        return
    given = [machine.utilization or stage.utilization for machine in several(stage) or (stage,)]
    if None in given and stage.kind in GENERATING:
        message = f"kind `{stage.kind}` on a machine needs a `utilization` of its own"
        hint = "the published prior describes training; generation runs far below it"
        yield ("name",), Diagnostic("E318", message, hint=hint)
    if any(one is not None and one.scope == "whole-run" for one in given):
        for key in ("availability", "rework"):
            if getattr(stage, key) is not None:
                message = f"`{key}` is already inside a whole-run utilization"
                hint = "give a steady `utilization`, or leave the key out"
                yield (key,), Diagnostic("E323", message, hint=hint)
