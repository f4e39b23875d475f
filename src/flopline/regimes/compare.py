"""Two lines of law side by side, row by row, with what differs between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from flopline.errors import Place, RegimeError
from flopline.quantity import shown
from flopline.regimes.finding import find_line, find_regime
from flopline.regimes.load import load_regimes
from flopline.regimes.rows import Pair, Row, alike, differing, pair_of, plain_row, unsourced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from flopline.regimes.law import Line
    from flopline.regimes.regime import Regime

_REGIME_ROWS: Final = (
    "full_name", "jurisdiction", "kind", "status", "introduced", "vetoed", "enacted", "applies", "enforced", "ended",
    "lines", "legacy", "penalties", "open_source", "instruments",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two regimes side by side, and each line of one with the like of it in the other.

    Attributes
    ----------
    left, right : Regime
        Each as known on its own day.
    regimes : tuple of Row
        What they say as a whole: status, dates, lines, penalties.
    pairs : tuple of Pair
        Their lines; empty where a regime has none on its day.
    """

    left: Regime
    right: Regime
    regimes: tuple[Row, ...]
    pairs: tuple[Pair, ...]

    @property
    def differs(self) -> bool:
        """Whether anything does."""
        return any(row.differs for row in self.regimes) or any(pair.differs for pair in self.pairs)

    def differences(self) -> Comparison:
        """Return the comparison with only the rows that differ."""
        pairs = tuple(pair.differences() for pair in self.pairs)
        return replace(self, regimes=differing(self.regimes), pairs=pairs)

    def to_dict(self) -> dict[str, Any]:
        """Return both regimes and every row as plain values, every value with its source."""
        left, right = (_plain_facts(one) for one in (self.left, self.right))
        return {
            **{
                side: {"id": one.id, "name": one.name, "day": one.day.isoformat(), "status": one.status}
                for side, one in (("left", self.left), ("right", self.right))
            },
            "regimes": [plain_row(row, left, right) for row in self.regimes],
            "pairs": [pair.to_dict() for pair in self.pairs],
        }


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """One side as it was asked for."""

    regime: Regime
    lines: tuple[Line, ...]
    whole: bool


def compare(left: str, right: str, day: date, search_path: Sequence[Path | str] = ()) -> Comparison:
    """Return two regimes or lines side by side, with what differs marked.

    A regime with several lines is set against the one line of another; two days of one regime line by line.

    Parameters
    ----------
    left, right : str
        Id of a regime or of a line, and the day of the law where it is another: `eu-ai-act@2025-01-01`.
    day : date
        The day of the law for a side that names none.
    search_path : sequence of path, optional
        See `load_regimes`.

    Raises
    ------
    RegimeError
        For an id or a day that is none, for two regimes that both have several lines, and for wrong files.
    """
    one, other = (_asked(text, name, day, search_path) for text, name in ((left, "A"), (right, "B")))
    same = one.regime.id == other.regime.id
    rows = tuple(alike(name, _regime_fact(one.regime, name), _regime_fact(other.regime, name)) for name in _REGIME_ROWS)
    told = tuple(row for row, name in zip(rows, _REGIME_ROWS, strict=True) if _told(one.regime, other.regime, name))
    return Comparison(one.regime, other.regime, told, tuple(pair_of(*both) for both in _pairs(one, other, same)))


def _asked(text: str, argument: str, day: date, search_path: Sequence[Path | str]) -> _Asked:
    """Return the regime and the lines that an argument names."""
    name, at, when = text.partition("@")
    try:
        regimes = load_regimes(_day(when) if at else day, search_path)
        regime = find_regime(name.partition("/")[0], regimes)
        whole = "/" not in name
        return _Asked(regime, _known(regime) if whole else (_line(regime, name),), whole)
    except RegimeError as error:
        error.diagnostics = tuple(problem.at(Place(key=argument)) for problem in error.diagnostics)
        raise


def _day(text: str) -> date:
    """Return the day that follows an `@`."""
    try:
        # Python alone reads `20261122` and `2026-W47-7` too, which nothing else here does.
        return date.fromisoformat(text if len(text) == len("2026-11-22") else "")
    except ValueError:
        message = f"`{shown(text)}` is not a day"
        raise RegimeError(message, hint="write it as 2026-11-22", code="E370") from None


def _known(regime: Regime) -> tuple[Line, ...]:
    """Return the lines of a regime, those that are law and those of the past or to come."""
    return (*regime.lines, *regime.others)


def _line(regime: Regime, name: str) -> Line:
    if not (known := _known(regime)):
        message = f"`{regime.id}` has no compute line on {regime.day}"
        raise RegimeError(message, hint=f"`{regime.id}` compares the regime as a whole", code="E370")
    return find_line(name, known)


def _pairs(one: _Asked, other: _Asked, same: bool) -> Iterator[tuple[Line, Line]]:
    """Yield which line stands beside which."""
    if same and one.whole and other.whole:
        by_id = {line.id: line for line in other.lines}
        yield from ((line, by_id[line.id]) for line in one.lines if line.id in by_id)
        return
    if len(one.lines) > 1 and len(other.lines) > 1:
        message = f"`{one.regime.id}` and `{other.regime.id}` both have several lines"
        named = ", ".join(f"`{line.id}`" for line in (*one.lines, *other.lines))
        raise RegimeError(message, hint=f"name one line of either: {named}", code="E370", place=Place(key="A"))
    yield from ((left, right) for left in one.lines for right in other.lines)


def _regime_fact(regime: Regime, name: str) -> object:
    """Return what is compared of a regime: values and words, whatever source they come from."""
    if name == "lines":
        return [(line.id, line.flop, line.share, line.compare) for line in _known(regime)]
    if name in ("penalties", "instruments"):
        return [unsourced(one) for one in getattr(regime.form, name)]
    if name in ("introduced", "vetoed"):
        return getattr(regime.life, name)
    if name in ("legacy", "open_source"):
        one = getattr(regime.form, name)
        return one and unsourced(one)
    return getattr(regime, name)


def _told(left: Regime, right: Regime, name: str) -> bool:
    return bool(_regime_fact(left, name) or _regime_fact(right, name))


def _plain_facts(regime: Regime) -> Mapping[str, Any]:
    """Return what a regime says as a whole as plain values; of its lines only what tells them apart."""
    plain: dict[str, Any] = regime.to_dict()
    keys = ("id", "flop", "share", "compare", "status")
    return plain | {"lines": [{key: line[key] for key in keys} for line in (*plain["lines"], *plain["others"])]}
