"""What must hold between the stages of a plan: their names, shared amounts, correlations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flopline.distributions import is_fixed, median
from flopline.documents import suggestion_hint
from flopline.errors import Diagnostic, PlanError
from flopline.literals import Shared
from flopline.plan.checks import Found, Path_, problems_of_size, problems_of_written_bases
from flopline.plan.dimensions import dimension_of
from flopline.plan.happening import happening
from flopline.plan.lineage import Ancestor, occurrences
from flopline.plan.names import amounts_of_plan, canonical, rates_of_plan, settle
from flopline.plan.needs import problems_of_base, problems_of_prediction
from flopline.plan.progress import problems_of_progress
from flopline.plan.schedule import problems_of_schedule
from flopline.quantity import Dimension

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flopline.plan.amounts import Amount
    from flopline.plan.model import Plan


_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Part:
    """A plan, or as much of one as is valid, and where its parts stand in the document.

    Attributes
    ----------
    plan : Plan
        The valid stages, model and correlations.
    stages, correlations : sequence of int
        Index of each in the document.
    unread : frozenset of str
        Names of the tables that something else is wrong with, so that nothing is said of quantities there; an empty
        name stands for a table without one.
    """

    plan: Plan
    stages: Sequence[int]
    correlations: Sequence[int]
    unread: frozenset[str] = frozenset()

    @classmethod
    def whole(cls, plan: Plan) -> Part:
        """Return all of a valid plan."""
        return cls(plan, range(len(plan.stage)), range(len(plan.correlation)))

    def stage(self, index: int) -> Path_:
        """Return the path of a stage."""
        return ("stage", self.stages[index])

    def correlation(self, index: int) -> Path_:
        """Return the path of a correlation."""
        return ("correlation", self.correlations[index])

    def amount(self, name: str) -> Path_:
        """Return the path of an amount from its dotted name."""
        owner, *keys = name.replace("[", ".").replace("]", "").split(".")
        if not keys:  # an amount of the plan itself
            return (owner,)
        inner = tuple(int(key) if key.isdigit() else key for key in keys)
        if owner == "model" or (owner == "base" and not any(stage.name == owner for stage in self.plan.stage)):
            return (owner, *inner)
        # Of two stages of one name, the last one's amounts are known.
        return (*self.stage(max(index for index, stage in enumerate(self.plan.stage) if stage.name == owner)), *inner)

    def excuses(self, name: str) -> bool:
        """Return whether a quantity may stand in a table that could not be read."""
        return "" in self.unread or name.partition(".")[0] in self.unread


def problems_between(part: Part) -> Found:
    """Yield what is wrong between the stages, each with the path of its key in the document."""
    yield from ((("model", *path), problem) for path, problem in problems_of_size(part.plan.model))
    yield from problems_of_prediction(part.plan.model)
    amounts = amounts_of_plan(part.plan)
    yield from _names(part)
    yield from _bases(part)
    yield from _shared(part, amounts)
    yield from _rework(part, amounts)
    yield from _events(part)
    yield from _correlations(part, amounts)
    yield from _schedule(part)


def _names(part: Part) -> Found:
    taken = {"model"}
    for index, stage in enumerate(part.plan.stage):
        if stage.name in taken:
            message = f"the name `{stage.name}` is taken"
            yield (*part.stage(index), "name"), Diagnostic("E330", message, hint="rename the stage")
        taken.add(stage.name)


def _schedule(part: Part) -> Found:
    for path, problem in (*problems_of_schedule(part.plan, part.unread), *problems_of_progress(part.plan)):
        table, *rest = path
        yield ((*part.stage(int(rest[0])), *rest[1:]) if table == "stage" else path), problem


def _bases(part: Part) -> Found:
    """Yield bases of one name of which two stages say different things: each is counted once."""
    first: dict[str, Ancestor] = {}
    for one in occurrences(part.plan):
        if one.base.flop is None and one.base.tokens is None:
            continue
        other = first.setdefault(one.base.name, one)
        if repr(other.base) != repr(one.base):  # two readings of one configuration are equal in what they say alone
            message = f"`{other.at}` and `{one.at}` say different things of one base, `{one.base.name}`"
            hint = "it is counted once: say it once, or give the bases two names"
            yield part.amount(one.at), Diagnostic("E334", message, hint=hint)
    if part.plan.base and any(stage.name == "base" for stage in part.plan.stage):
        index = next(index for index, stage in enumerate(part.plan.stage) if stage.name == "base")
        message = "the name `base` is taken by the table of bases"
        yield (*part.stage(index), "name"), Diagnostic("E330", message, hint="rename the stage")
    for name, base in part.plan.base.items():
        for check in (problems_of_size, problems_of_base, problems_of_written_bases):
            yield from ((("base", name, *path), problem) for path, problem in check(base))


def _shared(part: Part, amounts: dict[str, Amount]) -> Found:
    rates = rates_of_plan(part.plan)
    for name, amount in amounts.items():
        if not isinstance(amount, Shared):
            continue
        try:
            settled, _ = settle(name, part.plan, amounts)
        except PlanError as error:
            if not part.excuses(_end(name, part.plan, amounts)):
                yield part.amount(name), Diagnostic("E332", error.message, hint=_hint(amount.shares, name, amounts))
            continue
        mine, theirs = dimension_of(name, rates), dimension_of(settled, rates)
        if mine is not theirs and mine is not None and theirs is not None:
            message = f"`{name}` is {mine.value} and cannot share `{settled}`, which is {theirs.value}"
            yield part.amount(name), Diagnostic("E335", message, hint=_hint("", name, amounts))


def _hint(asked: str, name: str, amounts: Mapping[str, Amount]) -> str | None:
    """Return the quantity that was perhaps meant, else those that could be shared at all."""
    alike = [one for one in amounts if dimension_of(one) is dimension_of(name) and one != name]
    near = suggestion_hint(asked, alike)
    return near or (f"it can share {', '.join(sorted(alike)[:8])}" if alike else None)


def _rework(part: Part, amounts: dict[str, Amount]) -> Found:
    """Yield stages that lose every step or pad every position: kept FLOP x share / (1 - share) has no end."""
    for index, stage in enumerate(part.plan.stage):
        for key, said in (("rework", "step is lost"), ("padding", "position is padding")):
            if getattr(stage, key) is None:
                continue
            try:
                name, amount = settle(f"{stage.name}.{key}", part.plan, amounts)
            except PlanError:  # said where the amount stands
                continue
            if dimension_of(name) is Dimension.SHARE and is_fixed(amount) and median(amount) >= 1:
                message = f"`{key}` of 1 says that every {said}"
                yield (*part.stage(index), key), Diagnostic("E305", message, hint="write a share below 1, such as 3%")


def _events(part: Part) -> Found:
    """Yield stages that hang on an event which the plan does not have."""
    for index, stage in enumerate(part.plan.stage):
        if not isinstance(stage.happens, Shared) or part.excuses(stage.happens.shares):
            continue
        try:
            happening(stage, part.plan)
        except PlanError as error:
            yield from (((*part.stage(index), "happens"), problem) for problem in error.diagnostics)


def _end(name: str, plan: Plan, amounts: dict[str, Amount]) -> str:
    """Return the name at which following `shares` ends."""
    seen: set[str] = set()
    while name not in seen:
        seen.add(name)
        amount = amounts.get(canonical(name, plan, amounts) or "")
        if isinstance(amount, Shared):
            name = amount.shares
    return name


def _correlations(part: Part, amounts: dict[str, Amount]) -> Found:
    stated: dict[frozenset[str], float] = {}
    sound = True
    for index, correlation in enumerate(part.plan.correlation):
        place = (*part.correlation(index), "between")
        ends: list[str] = []
        for name in correlation.between:
            if canonical(name, part.plan, amounts) is None:
                sound = False
                if not part.excuses(name):
                    hint = suggestion_hint(name, list(amounts)) or f"amounts: {', '.join(sorted(amounts))}"
                    yield place, Diagnostic("E331", f"the plan has no amount `{name}`", hint=hint)
                continue
            try:
                ends.append(settle(name, part.plan, amounts)[0])
            except PlanError:  # said where the amount stands
                sound = False
        if len(ends) != 2:
            continue
        problem = _pair(correlation.between, ends, correlation.rho, stated)
        if problem is not None:
            sound = False
            yield place, problem
        stated[frozenset(ends)] = correlation.rho
    if sound and (contradiction := _contradiction(stated)):
        yield (*part.correlation(len(part.plan.correlation) - 1), "rho"), contradiction


def _pair(
    between: tuple[str, str], ends: list[str], rho: float, stated: Mapping[frozenset[str], float]
) -> Diagnostic | None:
    """Return what is wrong with one correlation of two known quantities."""
    one, two = ends
    if one == two and rho != 1:
        message = f"`{between[0]}` and `{between[1]}` are the same quantity"
        return Diagnostic("E333", message, hint="a quantity has correlation 1 with itself; leave this one out")
    if stated.get(frozenset((one, two)), rho) != rho:
        message = f"the correlation of `{between[0]}` and `{between[1]}` is given twice"
        return Diagnostic("E333", message, hint="keep one")
    return None


def _contradiction(stated: Mapping[frozenset[str], float]) -> Diagnostic | None:
    """Return a problem if no quantities can have all of these correlations: their matrix has a negative eigenvalue."""
    names = sorted({name for pair in stated for name in pair})
    matrix = np.eye(len(names))
    for pair, rho in stated.items():
        if len(pair) == 1:
            continue
        one, two = (names.index(name) for name in pair)
        matrix[one, two] = matrix[two, one] = rho
    if not names:
        return None
    values, vectors = np.linalg.eigh(matrix)
    if values[0] >= -_ROUNDING:
        return None
    heavy = sorted(range(len(names)), key=lambda index: -abs(vectors[index, 0]))[:3]
    message = f"the correlations between {', '.join(f'`{names[index]}`' for index in heavy)} contradict each other"
    return Diagnostic("E333", message, hint="no quantities have them all at once; weaken one")
