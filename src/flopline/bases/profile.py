"""One model that others start from, as its table in the catalogue has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from flopline.errors import BaseError
from flopline.provenance import Source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

Answer = Literal["yes", "no", "unknown"]
_ANSWERS = ("yes", "no", "unknown")
_NEEDED = frozenset({"developer", "released", "basis", "systemic_risk", "reason", "open_weights", "source"})
_KEYS = _NEEDED | {"aliases", "params", "active", "tokens", "flop", "base"}
LEVEL = 0.9
"""Share of the chance between `low` and `high`."""


@dataclass(frozen=True, slots=True)
class BaseProfile:
    """A model that others start from.

    Attributes
    ----------
    id, name : str
        Its name in plans, and the first of its other names.
    developer : str
        Who trained it.
    released : date
        When its weights, or its interface, came out.
    params, active, tokens : float or None
        Parameters, those that work on one token, and training tokens.
    low, best, high : float or None
        FLOP of its own training, without what its base brings; None where nobody knows.
    level : float
        Share of the chance between `low` and `high`.
    basis : str
        What the interval rests on, in words.
    base : str or None
        Id of the model that it was made from.
    systemic_risk : {"yes", "no", "unknown"}
        Whether it is a general-purpose AI model with systemic risk, and why.
    open_weights : {"yes", "no", "unknown"}
        Whether its weights are public.
    aliases : tuple of str
        Further names.
    sources : tuple of Source
        Where its values come from.
    """

    id: str
    name: str
    developer: str
    released: date
    params: float | None
    active: float | None
    tokens: float | None
    low: float | None
    best: float | None
    high: float | None
    level: float
    basis: str
    base: str | None
    systemic_risk: Answer
    systemic_risk_reason: str
    open_weights: Answer
    aliases: tuple[str, ...]
    sources: tuple[Source, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the model as plain values, with its sources."""
        flop = None if self.low is None else {"low": self.low, "best": self.best, "high": self.high}
        return {
            "id": self.id, "name": self.name, "developer": self.developer, "released": self.released.isoformat(),
            "params": self.params, "active": self.active, "tokens": self.tokens, "flop": flop, "level": self.level,
            "basis": self.basis, "base": self.base, "systemic_risk": self.systemic_risk,
            "systemic_risk_reason": self.systemic_risk_reason, "open_weights": self.open_weights,
            "aliases": list(self.aliases), "sources": [source.model_dump(mode="json") for source in self.sources],
        }  # fmt: skip


def profile_of(name: str, table: Mapping[str, Any]) -> BaseProfile:
    """Return the model that a table of the catalogue describes.

    Raises
    ------
    BaseError
        A key is missing, unknown or of the wrong kind; a value without a source does not load.
    """
    wrong = sorted(_NEEDED - set(table)) or sorted(set(table) - _KEYS)
    if wrong:
        message = f"base `{name}`: `{wrong[0]}` is {'missing' if wrong[0] in _NEEDED else 'not a key'}"
        raise BaseError(message)
    for key in ("systemic_risk", "open_weights"):
        if table[key] not in _ANSWERS:
            message = f"base `{name}`: `{key}` is answered by yes, no or unknown, found `{table[key]}`"
            raise BaseError(message)
    low, best, high = _interval(name, table.get("flop"))
    aliases = tuple(table.get("aliases", ()))
    return BaseProfile(
        id=name,
        name=aliases[0] if aliases else name,
        developer=table["developer"],
        released=table["released"],
        params=table.get("params"),
        active=table.get("active"),
        tokens=table.get("tokens"),
        low=low,
        best=best,
        high=high,
        level=LEVEL,
        basis=table["basis"],
        base=table.get("base"),
        systemic_risk=table["systemic_risk"],
        systemic_risk_reason=table["reason"],
        open_weights=table["open_weights"],
        aliases=aliases,
        sources=(Source.model_validate(table["source"]),),
    )


def _interval(name: str, raw: object) -> tuple[float | None, float | None, float | None]:
    if raw is None:
        return None, None, None
    if isinstance(raw, dict) and set(raw) == {"low", "best", "high"}:
        low, best, high = (float(raw[key]) for key in ("low", "best", "high"))
        if 0 < low <= best <= high < float("inf"):
            return low, best, high
    message = f"base `{name}`: `flop` must be {{ low, best, high }}, positive and in order"
    raise BaseError(message)
