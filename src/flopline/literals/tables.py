"""The long forms: `{ dist = "pert", low = "14T", mode = "15T", high = "18T" }`."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy as np

from flopline import quantity
from flopline.distributions import (
    MOST_SAMPLES,
    Beta,
    Choice,
    Distribution,
    Lognormal,
    Loguniform,
    Normal,
    Pert,
    Quantiles,
    Samples,
    Triangular,
    Uniform,
    unknown_key,
)
from flopline.errors import QuantityError
from flopline.literals.meaning import end, through_interval
from flopline.quantity import Dimension

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Kind = Literal["amount", "end", "signed", "shift", "plain", "amounts", "plains", "shares"]
"""What stands under a key: a positive quantity, an end that may be 0 or 1, any quantity, one that is not negative, a
plain number, or a list of these, or of probabilities."""


class Form(NamedTuple):
    """One long form.

    Attributes
    ----------
    keys : dict
        What stands under each key that it must have.
    build : callable
        The distribution's class, or None for an interval.
    changes : bool
        Whether it takes `min`, `max` and `shift` too.
    """

    keys: dict[str, Kind]
    build: Callable[..., Distribution] | None
    changes: bool = True


FORMS: Final[dict[str, Form]] = {
    "interval": Form({"low": "amount", "high": "amount"}, None),
    "uniform": Form({"low": "end", "high": "end"}, Uniform),
    "loguniform": Form({"low": "end", "high": "end"}, Loguniform),
    "triangular": Form({"low": "end", "mode": "end", "high": "end"}, Triangular),
    "pert": Form({"low": "end", "mode": "end", "high": "end"}, Pert),
    "normal": Form({"mean": "signed", "sd": "signed"}, Normal),
    "lognormal": Form({"median": "amount", "sigma": "plain"}, Lognormal),
    "beta": Form({"a": "plain", "b": "plain"}, Beta),
    "quantiles": Form({"p": "plains", "x": "amounts"}, Quantiles),
    "samples": Form({"values": "amounts"}, Samples),
    "choice": Form({"values": "amounts", "weights": "shares"}, Choice, changes=False),
}
"""The long forms by the name under `dist`, beside `mixture`, whose parts are any of them."""

MIXTURE: Final = "mixture"
_CHANGES: Final[dict[str, Kind]] = {"min": "signed", "max": "signed", "shift": "shift"}
_LEVEL: Final = 0.9


def read_table(raw: Mapping[object, object], dimension: Dimension) -> Distribution:
    """Return the distribution that a long form stands for.

    Parameters
    ----------
    raw : mapping
        `dist` and that distribution's keys; values are quantities (`"17T"`, `"35%"`), but `sigma`, `a`, `b`,
        `p` and `level` plain numbers. The level of an interval is 0.9 unless given.
    dimension : Dimension
        What it measures.

    Raises
    ------
    QuantityError
        If a key is missing, unknown, or its value makes no sense.
    """
    name, form = _form(raw)
    keys: dict[str, Kind] = {**form.keys, **(_CHANGES if form.changes else {})}
    if name == "interval":
        keys["level"] = "plain"
    require(raw, tuple(form.keys), tuple(keys))
    values = {key: _value(key, raw[key], kind, dimension) for key, kind in keys.items() if key in raw}
    if form.build is None:
        return _interval(values, dimension)
    if form.build is Samples:
        return _samples(values)
    return form.build(**values)


def require(raw: Mapping[object, object], needed: tuple[str, ...], known: tuple[str, ...]) -> None:
    """Raise unless a table with a known `dist` has the keys that it needs, and none that it does not know.

    Raises
    ------
    QuantityError
    """
    name = raw["dist"]
    for key in raw:
        if key != "dist" and key not in known:
            found = unknown_key(str(key), f"`{name}`", known)
            raise QuantityError(found.message, hint=found.hint)
    for key in needed:
        if key not in raw:
            message = f"`{key}` is missing from the `{name}` distribution"
            raise QuantityError(message, hint=f"it has {', '.join(f'`{one}`' for one in needed)}")


def _form(raw: Mapping[object, object]) -> tuple[str, Form]:
    if "dist" not in raw:
        message = "a table needs `dist`, the name of a distribution"
        raise QuantityError(message, hint=f"one of {_listed()}")
    name = raw["dist"]
    if isinstance(name, str) and name in FORMS:
        return name, FORMS[name]
    message = f"`{quantity.shown(str(name), 40)}` is not a distribution"
    near = get_close_matches(name, (*FORMS, MIXTURE), n=1) if isinstance(name, str) and len(name) <= 40 else []
    hint = f"did you mean `{near[0]}`?" if near else f"one of {_listed()}"
    raise QuantityError(message, hint="write the number itself" if name == "fixed" else hint)


def _listed() -> str:
    return ", ".join(f"`{name}`" for name in (*FORMS, MIXTURE))


def _value(key: str, raw: object, kind: Kind, dimension: Dimension) -> object:
    """Return what stands under a key; what is wrong with it names the key."""
    try:
        match kind:
            case "amount" | "end":
                return end(raw, dimension, or_zero=kind == "end", or_one=kind == "end")
            case "signed":
                return quantity.parse(raw, dimension)
            case "shift":
                return _shift(raw, dimension)
            case "plain":
                return _plain(raw)
            case "shares":
                return probabilities(raw)
            case _:
                return _list(raw, dimension if kind == "amounts" else None)
    except QuantityError as error:
        message = f"`{key}`: {error.message}"
        raise QuantityError(message, hint=error.hint) from None


def _shift(raw: object, dimension: Dimension) -> float:
    value = quantity.parse(raw, dimension)
    if value < 0:
        message = f"a shift of `{quantity.shown(str(raw))}` is negative"
        raise QuantityError(message, hint="it moves a distribution away from zero; `min` and `max` cut one off")
    return value


def probabilities(raw: object) -> tuple[float, ...]:
    """Return a list of at least two probabilities inside (0, 1).

    Raises
    ------
    QuantityError
        If it is none; that they add up to 1 is for the distribution to say.
    """
    return _list(raw, Dimension.SHARE)


def _plain(raw: object) -> float:
    if isinstance(raw, str):
        message = f"`{quantity.shown(raw)}` should be a plain number"
        raise QuantityError(message, hint="write it without quotes and unit")
    return quantity.parse(raw, Dimension.FACTOR)


def _list(raw: object, dimension: Dimension | None) -> tuple[float, ...]:
    """Return a list of quantities of a dimension, or of plain numbers for None."""
    if isinstance(raw, np.ndarray):
        raw = raw.tolist()
    if not isinstance(raw, (list, tuple)) or len(raw) < 2:
        message = "expected a list of at least two numbers"
        raise QuantityError(message, hint="write `[1.2, 1.5, 1.9]`")
    if len(raw) > MOST_SAMPLES:
        message = f"{len(raw)} values are more than {MOST_SAMPLES}"
        raise QuantityError(message, hint="give the quantiles of a distribution this well known")
    united = dimension is not None and quantity.needs_unit(dimension)
    if not united and all(type(value) is float for value in raw):
        quick = np.array(raw)
        most = 1.0 if dimension is Dimension.SHARE else np.inf
        if np.all((quick > 0) & (quick < most)):
            return tuple(raw)
    return tuple(_item(place, value, dimension) for place, value in enumerate(raw, 1))


def _item(place: int, value: object, dimension: Dimension | None) -> float:
    try:
        return _plain(value) if dimension is None else end(value, dimension, or_one=False)
    except QuantityError as error:
        message = f"value {place}: {error.message}"
        raise QuantityError(message, hint=error.hint) from None


def _interval(values: dict[str, Any], dimension: Dimension) -> Distribution:
    low, high = values["low"], values["high"]
    if low >= high:
        message = f"`low` = {low:g} is not below `high` = {high:g}"
        raise QuantityError(message, hint="write one number" if low == high else "exchange them")
    family = through_interval(low, high, values.get("level", _LEVEL), dimension)
    changes = {key: values[key] for key in _CHANGES if key in values}
    return type(family)(median=family.median, sigma=family.sigma, **changes)


def _samples(values: dict[str, Any]) -> Distribution:
    """Return the samples between `min` and `max`: conditioning an empirical distribution is selecting."""
    least, most = values.get("min", -np.inf), values.get("max", np.inf)
    shifted = [value + values.get("shift", 0.0) for value in values["values"]]
    kept = tuple(value for value in shifted if least <= value <= most)
    if len(kept) < 2:
        message = f"`min` and `max` leave {len(kept)} of the samples"
        raise QuantityError(message, hint="at least two are needed")
    return Samples(values=kept)
