"""What a stage needs to know of its models: a size, a length, parts that exist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from flopline.architecture import training_flop
from flopline.distributions import is_fixed
from flopline.errors import ArchitectureError, Diagnostic
from flopline.literals import Shared
from flopline.plan.kinds import LENGTHS
from flopline.plan.routes import counted, generated, several, timed

if TYPE_CHECKING:
    from flopline.plan.amounts import Amount
    from flopline.plan.base import Base
    from flopline.plan.model import PlanModel, Stage
    from flopline.plan.table import ModelSize

Found = Iterator[tuple[tuple[str | int, ...], Diagnostic]]

_LENGTH: Final = "give `seq_len`, such as 8192"
_BESIDE: Final = ("teacher", "reward_model", "reference", "critic", "judge")
_SHAPED: Final = ("lora", "adapter", "trainable", "mtp", "documents", "capacity")
"""Keys that say something about layers, which parameters alone do not have."""
_ADAPTED: Final = ("lora", "adapter")


def problems_of_model(stage: Stage, size: ModelSize) -> Found:
    """Yield what is missing or wrong in the models that a stage counts with, each with its path in the stage.

    Parameters
    ----------
    stage : Stage
        A stage that is not given by `flop`.
    size : ModelSize
        The size that counts for it.
    """
    if stage.kind != "synthetic-data":
        yield from _own(stage, size)
        yield from _layers(stage, size)
    yield from _lengths(stage, size)
    yield from _recomputed(stage, size)
    yield from _samples(stage, size)


def problems_of_base(base: Base) -> Found:
    """Yield what is wrong with a model that something starts from, with its path in the table of that model."""
    if base.flop is not None or base.tokens is None:
        return
    if base.config is None and base.params is None:
        message = "the base gives `tokens`, but not what they pass through"
        yield ("tokens",), Diagnostic("E316", message, hint="give its `params` or `config`, or its `flop`")
    elif base.config is not None and base.seq_len is None:
        message = "the base has a `config`, and attention depends on the length of a sequence"
        yield ("config",), Diagnostic("E317", message, hint="give its `seq_len`, such as 8192")


def problems_of_prediction(model: PlanModel) -> Found:
    """Yield what is wrong with counting the plan's model with its multi-token-prediction modules."""
    if model.mtp is None:
        return
    if model.config is None:
        yield ("model", "mtp"), Diagnostic("E321", "`mtp` needs a `config`, which alone tells of such modules")
        return
    try:
        training_flop(model.config, 1, mtp=model.mtp)
    except ArchitectureError as error:
        for problem in error.diagnostics:
            yield ("model", "mtp"), Diagnostic(problem.code, problem.message, hint=problem.hint)


def _own(stage: Stage, size: ModelSize) -> Found:
    if not counted(stage):
        return
    if size.config is None and size.params is None:
        message = f"stage `{stage.name}` counts tokens but has no model"
        yield ("name",), Diagnostic("E311", message, hint="give `config` or `params`, here or in [model]")
    if size.config is not None and stage.seq_len is None and not generated(stage):
        message = "`config` without `seq_len`: attention depends on the length of a sequence"
        yield ("name",), Diagnostic("E317", message, hint=_LENGTH)
    if size.config is None:
        for key in _SHAPED:
            if getattr(stage, key) is not None:
                message = f"`{key}` needs a `config`: parameters alone do not say which layers it touches"
                yield (key,), Diagnostic("E321", message)
        if stage.recompute not in (None, "none", "full"):
            yield ("recompute",), Diagnostic("E321", f'`recompute = "{stage.recompute}"` needs a `config`')


def _layers(stage: Stage, size: ModelSize) -> Found:
    """Yield parts that the model's shape does not have."""
    adapted = [key for key in _ADAPTED if getattr(stage, key) is not None]
    if len(adapted) > 1 or (adapted and stage.trainable is not None):
        other = "trainable" if len(adapted) == 1 else adapted[1]
        yield (other,), Diagnostic("E322", f"`{adapted[0]}` and `{other}` are both given", hint="keep one")
        return
    if size.config is None:
        return
    if stage.capacity is not None and not size.config.mixture_of_experts:
        message = f"`{size.config.name}` has no experts, whose slots `capacity` counts"
        yield ("capacity",), Diagnostic("E321", message)
    lengths = {name: getattr(stage, name) for name in LENGTHS}
    others = bool(size.config.others) and counted(stage) and not generated(stage)
    if not others and all(getattr(stage, key) is None for key in (*_SHAPED, *LENGTHS)):
        return
    lora = None if stage.lora is None else stage.lora.model_dump(exclude_none=True)
    length = stage.seq_len.longest if stage.seq_len is not None else 1
    try:
        training_flop(
            size.config, length, lora=lora, adapter=stage.adapter, trainable=stage.trainable, mtp=bool(stage.mtp),
            documents=stage.documents, lengths=lengths,
        )  # fmt: skip
    except ArchitectureError as error:
        key = error.place.key if error.place is not None and error.place.key else "config"
        for problem in error.diagnostics:
            yield tuple(key.split(".")), Diagnostic(problem.code, problem.message, hint=problem.hint)


def _lengths(stage: Stage, size: ModelSize) -> Found:
    """Yield models beside the stage's own that are counted exactly, without a length of what they read."""
    if stage.documents is not None and (stage.seq_len is None or stage.seq_len.only is None):
        message = "`documents` fill a sequence of one length, which `seq_len` gives"
        yield ("documents",), Diagnostic("E317", message, hint="or give the mixture of lengths as `seq_len` alone")
    if stage.tokens is not None and size.config is not None and "token" not in size.config.unit:
        message = f"`{size.config.model_type}` reads {size.config.unit}, not tokens"
        yield ("tokens",), Diagnostic("E312", message, hint="give `samples`, each of `seq_len`")
    if not counted(stage) or stage.seq_len is not None or generated(stage):
        return
    for key in _BESIDE:
        other = getattr(stage, key)
        if other is not None and other.config is not None and size.config is None:
            message = f"`{key}` has a `config`, and attention depends on the length of a sequence"
            yield (key,), Diagnostic("E317", message, hint=_LENGTH)


def _recomputed(stage: Stage, size: ModelSize) -> Found:
    """Yield utilizations and recomputation of a machine that cannot be told apart."""
    if not (timed(stage) or several(stage)) or (counted(stage) and stage.relation not in ("time-bound", "independent")):
        return
    if stage.recompute == "none" or (size.config is None and stage.recompute == "full"):
        return
    if size.config is not None and stage.recompute is not None and stage.seq_len is not None:
        return
    hint = "give `config`, `seq_len` and `recompute`, or the model utilization (MFU) and no `recompute`"
    if stage.recompute is not None:
        message = f"`recompute` on a machine needs a `config` and `seq_len` to say how much of it is {stage.recompute}"
        yield ("recompute",), Diagnostic("E317", message, hint=hint)
        return
    key = "either" if stage.either else "period"
    machines = [((), stage), *(((key, index), one) for index, one in enumerate(several(stage)))]
    for path, machine in machines:
        if machine.utilization is not None and machine.utilization.recomputes:
            message = "HFU and tensor-pipe activity say nothing of the model's FLOP without what is recomputed"
            yield (*path, "utilization"), Diagnostic("E600", message, hint=hint)


def _samples(stage: Stage, size: ModelSize) -> Found:
    """Yield what must be one number where samples are counted exactly."""
    if stage.length_spread is not None and _uncertain(stage.length_spread):
        message = "`length_spread` is one number, the coefficient of variation of the lengths inside the run"
        yield ("length_spread",), Diagnostic("E304", message, hint="write 0.5")
    if stage.kind == "synthetic-data":
        models = [size if stage.generator is not None and stage.generator.own else stage.generator]
    else:
        own = (getattr(stage, key) for key in _BESIDE)
        models = [size, *(other for other in own if other is not None)]
    if stage.speculative is not None:
        models.append(stage.speculative.draft)
    exact = any(model is not None and model.config is not None for model in models)
    judged = stage.judge is not None and stage.judge.config is not None
    for key, needed in (("prompt_tokens", exact), ("tool_tokens", exact), ("judge_tokens", judged)):
        amount = getattr(stage, key)
        if needed and counted(stage) and amount is not None and _uncertain(amount):
            message = f"an uncertain `{key}` needs models given by `params`: attention mixes all lengths"
            hint = f"give `{key}` as one number, or the model as {{ params = ... }}"
            yield (key,), Diagnostic("E304", message, hint=hint)


def _uncertain(amount: Amount) -> bool:
    return not isinstance(amount, Shared) and not is_fixed(amount)
