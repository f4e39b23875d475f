"""Axes of a sweep: `pretrain.tokens=14T:23T:9`, `pretrain.hardware=h100-sxm,tpu-v5p`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, get_args

from flopline.documents import suggestion_hint
from flopline.errors import FloplineError, Place, PlanError
from flopline.literals import parse_amount
from flopline.plan.dimensions import dimension_of
from flopline.plan.model import Stage
from flopline.plan.names import amounts_of_plan, canonical, rates_of_plan
from flopline.quantity import Dimension, parse
from flopline.utilization import Metric

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flopline.plan.checks import Path_
    from flopline.plan.load import LoadedPlan

MOST_VALUES: Final = 1_000_000
_LONG: Final = 10
_BESIDE: Final = (Dimension.POWER, Dimension.PRICE, Dimension.PUE)
_SCHEDULE: Final = ("starts", "after", "pause", "duration")


@dataclass(frozen=True)
class Axis:
    """One key of a plan and the values it takes.

    Attributes
    ----------
    name : str
        Dotted, as the user wrote it.
    path : tuple
        Of the key in the plan's tree.
    quantity : str or None
        Canonical name of the amount, None for keys that are no amounts (`hardware`).
    values : tuple
        Numbers or texts, each of which replaces the quantity.
    """

    name: str
    path: Path_
    quantity: str | None
    values: tuple[float | str, ...]


def axis_of(loaded: LoadedPlan, name: str, values: str | Sequence[object]) -> Axis:
    """Return an axis over a key of a plan.

    Parameters
    ----------
    name : str
        `pretrain.tokens`, `model.params`, `pretrain.hardware`.
    values : str or sequence
        `a:b:n` linear, `a:b:n:log` geometric, `a:b:x2` multiplied, `a,b,c` listed; or the values themselves.

    Raises
    ------
    PlanError
        The plan has no such stage or key, or the values are none.
    """
    try:
        return _axis(loaded, name, values)
    except FloplineError as error:
        raise type(error).of(problem.at(Place(key=f"--vary {name}")) for problem in error.diagnostics) from None


def _axis(loaded: LoadedPlan, name: str, values: str | Sequence[object]) -> Axis:
    path = _path(loaded, name)
    found = canonical(name, loaded.plan, amounts_of_plan(loaded.plan))
    dimension = dimension_of(name, rates_of_plan(loaded.plan))
    if dimension in _BESIDE:
        message = f"no probability moves with `{name}`"
        raise PlanError(message, hint="energy and cost stand beside the count: `flopline estimate` tells them")
    if name.rpartition(".")[2] in _SCHEDULE:
        message = f"no probability moves with `{name}`"
        raise PlanError(message, hint="it moves days: `flopline timeline` tells when a line is crossed")
    listed = _expand(values, dimension, name) if isinstance(values, str) else _listed(values)
    if not listed:
        message = f"axis `{name}` has no values"
        raise PlanError(message)
    if dimension is None:
        return Axis(name, path, found, tuple(_word(value) for value in listed))
    read = [_number(value, dimension) for value in listed]
    _check([pair for pair in zip(read, listed, strict=True) if not isinstance(pair[0], str)], dimension)
    return Axis(name, _owner_path(loaded.document.tree, path, found), found, tuple(read))


def _listed(values: object) -> list[object]:
    """Return the values of a sequence, an array or one number."""
    return [_plain(value) for value in (values if isinstance(values, Iterable) else [values])]


def _plain(value: object) -> object:
    item = getattr(value, "item", None)
    return item() if callable(item) else value


def _word(value: object) -> float | str:
    """Return a value of a key that holds no amount: a chip, a rank, true or false."""
    if isinstance(value, int):
        return value
    text = str(value)
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isascii() and text.isdigit() and len(text) < _LONG else text


def _number(value: object, dimension: Dimension) -> float | str:
    """Return a value as the plan's tree holds it: whole lengths as integers, amounts as numbers or short forms."""
    if isinstance(value, str) and (".." in value or "x/" in value):
        parse_amount(value, dimension)
        return value
    number = parse(value, dimension)
    return int(number) if dimension is Dimension.LENGTH and number == int(number) else number


def _check(pairs: Sequence[tuple[Any, object]], dimension: Dimension) -> None:
    """Refuse numbers that the plan would refuse; the smallest, the largest and the first broken one speak for all."""
    if pairs:
        broken = next((pair for pair in pairs if pair[0] != int(pair[0])), pairs[0])
        for _, written in (min(pairs, key=_first), max(pairs, key=_first), broken):
            parse_amount(written, dimension)


def _first(pair: tuple[Any, object]) -> float:
    return float(pair[0])


def _expand(text: str, dimension: Dimension | None, name: str) -> list[object]:
    if ":" not in text or dimension is None:
        return [part.strip() for part in text.split(",") if part.strip()]
    parts = [part.strip() for part in text.split(":")]
    if len(parts) not in (3, 4) or (len(parts) == 4 and parts[3] != "log"):
        message = f"`{text}` is not an axis"
        raise PlanError(message, hint=f"write {name}=a:b:9, a:b:9:log, a:b:x2 or a,b,c")
    low, high = parse(parts[0], dimension), parse(parts[1], dimension)
    if not 0 < low < high:
        message = f"axis `{name}` must go up from a positive value, found `{text}`"
        raise PlanError(message)
    if parts[2].startswith("x"):
        return _multiplied(low, high, parse(parts[2][1:], Dimension.FACTOR), name)
    count = parse(parts[2], Dimension.COUNT)
    if count != int(count) or not 2 <= count <= MOST_VALUES:
        message = f"axis `{name}` needs a whole number of values from 2 to {MOST_VALUES}, found `{parts[2]}`"
        raise PlanError(message)
    return list(geometric(low, high, int(count)) if len(parts) == 4 else linear(low, high, int(count)))


def _multiplied(low: float, high: float, step: float, name: str) -> list[object]:
    if step <= 1:
        message = f"axis `{name}` multiplies by {step:g} and never arrives"
        raise PlanError(message, hint="write a:b:x2")
    count = math.floor(math.log(high / low) / math.log(step) + 1e-9) + 1
    if count > MOST_VALUES:
        message = f"axis `{name}` has {count} values; at most {MOST_VALUES}"
        raise PlanError(message)
    return [low * step**index for index in range(count)]


def linear(low: float, high: float, count: int) -> tuple[float, ...]:
    """Return evenly spaced values, ends included."""
    steps = _steps(count)
    return (*(low + (high - low) * index / steps for index in range(steps)), high)


def geometric(low: float, high: float, count: int) -> tuple[float, ...]:
    """Return values with a constant ratio, ends included."""
    steps = _steps(count)
    if not (low > 0 and high > 0):
        message = f"a constant ratio leads from one positive value to another, found {low:g} and {high:g}"
        raise PlanError(message, hint="use `linear`, or start above zero")
    ratio = high / low
    return (low, *(low * ratio ** (index / steps) for index in range(1, steps)), high)


def _steps(count: object) -> int:
    """Return the steps between a number of values."""
    if not isinstance(count, int) or not 2 <= count <= MOST_VALUES:
        message = f"the number of values is a whole number from 2 to {MOST_VALUES}, found `{count}`"
        raise PlanError(message)
    return count - 1


def _path(loaded: LoadedPlan, name: str) -> Path_:
    owner, _, rest = name.partition(".")
    names = [stage.name for stage in loaded.plan.stage]
    if owner == "base" and owner not in names and loaded.plan.base:
        path: Path_ = ("base", *rest.split("."))
        _walk(loaded.document.tree, path, name)
        return path
    if not rest or (owner not in names and owner != "model"):
        message = f"`{name}` names no key of the plan"
        hint = suggestion_hint(owner, [*names, "model"]) or f"write STAGE.KEY; stages: {', '.join(names)}"
        raise PlanError(message, hint=hint)
    # `changing.period[1].chips` is how answers call it.
    parts = rest.replace("[", ".").replace("]", "").split(".")
    keys = tuple(int(part) if part.isascii() and part.isdigit() and len(part) < 5 else part for part in parts)
    if owner != "model" and keys[0] not in Stage.model_fields:
        message = f"a stage has no key `{keys[0]}`"
        raise PlanError(message, hint=suggestion_hint(str(keys[0]), list(Stage.model_fields)))
    path = ("model", *keys) if owner == "model" else ("stage", names.index(owner), *keys)
    _walk(loaded.document.tree, path, name)
    return path


def _walk(tree: Mapping[str, Any], path: Path_, name: str) -> None:
    """Raise unless every part but the last leads into a table or a list that the plan has."""
    at: Any = tree
    for part in path[:-1]:
        if isinstance(part, str) and isinstance(at, dict):
            at = at.get(part, {})
        elif isinstance(part, int) and isinstance(at, list) and part < len(at):
            at = at[part]
        else:
            at = None
    if not isinstance(at, dict) or not isinstance(path[-1], str):
        message = f"`{name}` names no key of the plan"
        raise PlanError(message, hint="write STAGE.KEY, such as pretrain.tokens or pretrain.period[0].chips")


def _owner_path(tree: Mapping[str, Any], path: Path_, found: str | None) -> Path_:
    """Return the path of the value that a quantity stands at.

    A stage's `params` may stand in [model]; a utilization may be a table, of which only the amount is replaced.
    """
    if found is not None and found.startswith("model.") and path[0] == "stage":
        return ("model", path[-1])
    at: Any = tree
    for part in path:
        at = at[part] if isinstance(part, int) else at.get(part, {})
    metric = [key for key in get_args(Metric) if isinstance(at, dict) and key in at]
    return (*path, *metric)


def replaced(tree: Mapping[str, Any], path: Path_, value: object) -> dict[str, Any]:
    """Return a copy of a tree with one value replaced; only the tables on the way are copied."""
    copy = dict(tree)
    at: Any = copy
    for part in path[:-1]:
        inner = at[part] if isinstance(part, int) else at.get(part, {})
        inner = list(inner) if isinstance(inner, (list, tuple)) else dict(inner)
        at[part] = inner
        at = inner
    at[path[-1]] = value
    return copy
