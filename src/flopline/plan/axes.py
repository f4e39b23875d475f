"""Axes of a sweep: `pretrain.tokens=14T:23T:9`, `pretrain.hardware=h100-sxm,tpu-v5p`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flopline.documents import suggestion_hint
from flopline.errors import PlanError, QuantityError
from flopline.plan.model import Stage
from flopline.plan.names import amounts_of_plan, canonical
from flopline.quantity import Dimension, parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flopline.plan.load import LoadedPlan

MOST_VALUES: Final = 1_000_000
_DIMENSION: Final = {
    "tokens": Dimension.TOKENS, "prompt_tokens": Dimension.TOKENS, "tokens_per_sample": Dimension.TOKENS,
    "tokens_generated": Dimension.TOKENS, "params": Dimension.COUNT, "active": Dimension.COUNT,
    "samples": Dimension.COUNT, "chips": Dimension.COUNT, "prompts": Dimension.COUNT,
    "samples_per_prompt": Dimension.COUNT, "days": Dimension.DAYS, "hours": Dimension.HOURS,
    "chip_hours": Dimension.HOURS, "flop": Dimension.FLOP, "peak": Dimension.RATE, "epochs": Dimension.FACTOR,
    "overhead": Dimension.FACTOR, "rework": Dimension.SHARE, "availability": Dimension.SHARE,
    "utilization": Dimension.SHARE, "kept": Dimension.SHARE, "update_share": Dimension.SHARE,
    "seq_len": Dimension.LENGTH, "length_spread": Dimension.FACTOR,
}  # fmt: skip


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
    path: tuple[str | int, ...]
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
    key = name.rpartition(".")[2]
    path = _path(loaded, name)
    found = canonical(name, loaded.plan, amounts_of_plan(loaded.plan))
    dimension = _DIMENSION.get(key)
    listed = (
        _expand(values, dimension, name) if isinstance(values, str) else [_plain(value) for value in values]
    )
    if not listed:
        message = f"axis `{name}` has no values"
        raise PlanError(message)
    read = [_number(value, dimension) for value in listed]
    return Axis(name, _owner_path(path, found), found, tuple(read))


def _plain(value: object) -> object:
    item = getattr(value, "item", None)
    return item() if callable(item) else value


def _number(value: object, dimension: Dimension | None) -> float | str:
    """Return a value as the plan's tree holds it: whole lengths as integers, amounts as numbers, names as text."""
    if dimension is None or (isinstance(value, str) and (".." in value or "x/" in value)):
        return str(value)
    number = parse(value, dimension)
    if dimension is Dimension.LENGTH:
        if number != int(number):
            message = f"`{value}` is not a whole length"
            raise QuantityError(message)
        return int(number)
    return number


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
    return tuple(
        low + (high - low) * index / (count - 1) if index < count - 1 else high for index in range(count)
    )


def geometric(low: float, high: float, count: int) -> tuple[float, ...]:
    """Return values with a constant ratio, ends included."""
    ratio = high / low
    return (low, *(low * ratio ** (index / (count - 1)) for index in range(1, count - 1)), high)


def _path(loaded: LoadedPlan, name: str) -> tuple[str | int, ...]:
    owner, _, rest = name.partition(".")
    names = [stage.name for stage in loaded.plan.stage]
    if not rest or (owner not in names and owner != "model"):
        message = f"`{name}` names no key of the plan"
        hint = suggestion_hint(owner, [*names, "model"]) or f"write STAGE.KEY; stages: {', '.join(names)}"
        raise PlanError(message, hint=hint)
    keys = tuple(rest.split("."))
    if owner == "model":
        return ("model", *keys)
    if keys[0] not in Stage.model_fields:
        message = f"a stage has no key `{keys[0]}`"
        raise PlanError(message, hint=suggestion_hint(keys[0], list(Stage.model_fields)))
    return ("stage", names.index(owner), *keys)


def _owner_path(path: tuple[str | int, ...], found: str | None) -> tuple[str | int, ...]:
    """Return the path of the table that holds a quantity: a stage's `params` may stand in [model]."""
    moved = found is not None and found.startswith("model.") and path[0] == "stage"
    return ("model", path[-1]) if moved else path


def replaced(tree: Mapping[str, Any], path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """Return a copy of a tree with one value replaced; only the tables on the way are copied."""
    copy: Any = dict(tree)
    at = copy
    for part in path[:-1]:
        inner = at[part] if isinstance(part, int) else at.get(part, {})
        inner = list(inner) if isinstance(inner, (list, tuple)) else dict(inner)
        at[part] = inner
        at = inner
    at[path[-1]] = value
    return copy  # type: ignore[no-any-return]
