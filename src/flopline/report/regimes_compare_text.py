"""The page of `flopline regimes compare`: two regimes, and their lines row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.regimes.counting import cell_of
from flopline.report.footnotes import Footnotes
from flopline.report.page import page
from flopline.report.prose import wrapped
from flopline.report.regimes_text import (
    ACTORS,
    COMPARATORS,
    EVENTS,
    KINDS,
    NOTICE,
    QUANTITIES,
    clock,
    in_words,
    threshold,
)
from flopline.report.sides import Sided, side_by_side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from flopline.regimes import Cell, Line, Regime
    from flopline.regimes.compare import Comparison
    from flopline.regimes.rows import Pair, Row

_NONE: Final = "-"


def regimes_compare_text(comparison: Comparison, *, differences: bool = False) -> str:
    """Return two regimes side by side, and each pair of lines.

    Parameters
    ----------
    comparison : Comparison
        Of all rows, or of its `differences()`.
    differences : bool
        Say that rows on which both agree are left out.
    """
    left, right = comparison.left, comparison.right
    notes = Footnotes()
    heads = (_name(left, right), _name(right, left))
    blocks = [
        [" and ".join(f"{one.name} ({_name(one, other)})" for one, other in ((left, right), (right, left)))],
        side_by_side([Sided("", heads), *_regime_rows(comparison, notes)]),
        *(block for pair in comparison.pairs for block in _pair(pair, left, right, notes)),
    ]
    absent = not comparison.pairs
    if absent:
        blocks.append(wrapped("No line of the one stands beside a line of the other.", indent=2, hanging=2))
    cautions = notes.cautions(max(left.day, right.day))
    return page([*blocks, notes.lines(), cautions, _foot(comparison, differences)])


def _foot(comparison: Comparison, differences: bool) -> list[str]:
    if not comparison.differs:
        return wrapped(f"Nothing differs. {NOTICE}", indent=2, hanging=2)
    what = "Only what differs is shown." if differences else "* marks what differs."
    same = comparison.left.id == comparison.right.id
    of_counts = "" if same else " Of what counts it is the answer: reasons and paragraphs are each law's own."
    return wrapped(f"{what}{of_counts} {NOTICE}", indent=2, hanging=2)


def _name(one: Regime, other: Regime) -> str:
    """Return the id of a regime, with its day where the other side has another."""
    return f"{one.id}, law of {one.day}" if one.day != other.day or one.id == other.id else one.id


def _regime_rows(comparison: Comparison, notes: Footnotes) -> Iterator[Sided]:
    for row in comparison.regimes:
        name = row.left or ""
        label, said = _REGIME[name]
        left, right = (said(one, notes) or _NONE for one in (comparison.left, comparison.right))
        yield Sided(label, (left, right), row.differs)


def _dated(name: str) -> Callable[[Regime, Footnotes], str]:
    def said(regime: Regime, notes: Footnotes) -> str:
        one = getattr(regime.form.dates, name)
        return "" if one is None else f"{one.date} {notes.mark(regime.sources[one.source])}"

    return said


def _lines(regime: Regime, notes: Footnotes) -> str:  # noqa: ARG001 (one of several that speak of a regime)
    return "\n".join(
        f"{line.id.partition('/')[2]}: {threshold(line.threshold, line.compare)}"
        + ("" if line in regime.lines else f" ({line.status_words})")
        for line in (*regime.lines, *regime.others)
    ) or ("no compute line")


def _legacy(regime: Regime, notes: Footnotes) -> str:
    if (one := regime.form.legacy) is None:
        return ""
    return (
        f"on the market before {one.placed_before}: comply by {one.comply_by} {notes.mark(regime.sources[one.source])}"
    )


def _penalties(regime: Regime, notes: Footnotes) -> str:
    return "\n".join(f"{one.who}: {one.what} {notes.mark(regime.sources[one.source])}" for one in regime.form.penalties)


def _open(regime: Regime, notes: Footnotes) -> str:
    one = regime.form.open_source
    return "" if one is None else f"{one.reason} {notes.mark(regime.sources[one.source])}"


def _instruments(regime: Regime, notes: Footnotes) -> str:
    return "\n".join(
        f"{one.name}: {one.triggers} {notes.mark(regime.sources[one.source])}" for one in regime.form.instruments
    )


_REGIME: Final[dict[str, tuple[str, Callable[[Regime, Footnotes], str]]]] = {
    "full_name": ("text", lambda regime, _: regime.full_name),
    "jurisdiction": ("jurisdiction", lambda regime, _: regime.jurisdiction),
    "kind": ("what it is", lambda regime, _: KINDS[regime.kind]),
    "status": ("status", lambda regime, _: regime.status_words),
    **{name: (name, _dated(name)) for name in ("introduced", "vetoed", "enacted", "applies", "enforced", "ended")},
    "lines": ("lines", _lines),
    "legacy": ("earlier models", _legacy),
    "penalties": ("penalties", _penalties),
    "open_source": ("open models", _open),
    "instruments": ("what asks for something instead of a line", _instruments),
}


def _pair(pair: Pair, left: Regime, right: Regime, notes: Footnotes) -> Iterator[list[str]]:
    """Yield the blocks of one pair of lines."""
    lines = (pair.left, pair.right)
    one, other = (f"{line.id}, law of {line.day}" if left.day != right.day else line.id for line in lines)
    yield side_by_side([Sided("", (one, other)), *_terms(pair, left, right, notes)])
    yield _section("what it counts", list(_counts(pair, notes)))
    yield _section("what it asks beside compute", list(_parts(pair.conditions, lines, _condition, notes)))
    yield _section("tiers of developers", list(_parts(pair.tiers, lines, _tier, notes)))
    yield _section("what follows", list(_parts(pair.duties, lines, _duty, notes)))


def _section(title: str, rows: Sequence[Sided]) -> list[str]:
    return [f"  {title}", *side_by_side(rows)] if rows else []


def _terms(pair: Pair, left: Regime, right: Regime, notes: Footnotes) -> Iterator[Sided]:
    for row in pair.terms:
        label, said = _TERMS[row.left or ""]
        texts = (said(pair.left, left, notes) or _NONE, said(pair.right, right, notes) or _NONE)
        yield Sided(label, texts, row.differs)


def _thresholds(line: Line, regime: Regime, notes: Footnotes) -> str:  # noqa: ARG001 (one of several terms)
    return "\n".join(
        f"{threshold(one, COMPARATORS[one.compare])}, from {one.since} {notes.mark(line.sources[one.source])}"
        for one in line.thresholds
    )


def _line_date(name: str) -> Callable[[Line, Regime, Footnotes], str]:
    def said(line: Line, regime: Regime, notes: Footnotes) -> str:
        own = getattr(regime.form.lines[line.id.partition("/")[2]].dates, name)
        cited = own or getattr(regime.form.dates, name)
        day = getattr(line.life, name)
        return "" if day is None else f"{day} {notes.mark(line.sources[cited.source])}"

    return said


def _relative(line: Line, regime: Regime, notes: Footnotes) -> str:  # noqa: ARG001 (one of several terms)
    """Return how a share of another model's computation is counted: as other lines are."""
    if (one := line.relative) is None:
        return "its own table"
    names = " or ".join(f"{line.regime}/{name}" for name in dict.fromkeys((one.direct, one.cumulative)))
    return f"{names}, on both sides {notes.mark(line.sources[one.source])}"


_TERMS: Final[dict[str, tuple[str, Callable[[Line, Regime, Footnotes], str]]]] = {
    "name": ("what it is", lambda line, *_: line.name),
    "threshold": ("threshold", _thresholds),
    "relative": ("counts as", _relative),
    "quantity": ("compared", lambda line, *_: QUANTITIES.get(line.quantity, line.quantity)),
    "nature": ("nature", lambda line, _, notes: f"{line.nature} {notes.mark(line.source)}"),
    "status": ("status", lambda line, *_: line.status_words),
    "introduced": ("introduced", _line_date("introduced")),
    "vetoed": ("vetoed", _line_date("vetoed")),
    "enacted": ("enacted", _line_date("enacted")),
    "applies": ("applies from", _line_date("applies")),
    "ended": ("ends", _line_date("ended")),
    "anchors": ("dates tested at", lambda line, *_: " and ".join(EVENTS[one] for one in line.anchors)),
    "intent": ("intent is enough", lambda line, *_: "yes" if line.intent else "no"),
}


def _counts(pair: Pair, notes: Footnotes) -> Iterator[Sided]:
    """Yield what both sides say of each activity; rows of which both say the same with the same words together."""
    together: dict[tuple[str, str, bool], list[str]] = {}
    for row in pair.counts:
        name = row.left or ""
        said = tuple(_cell(cell_of(line, name), notes) for line in (pair.left, pair.right))
        together.setdefault((said[0], said[1], row.differs), []).append(ACTORS.get(name, name))
    for (left, right, differs), names in together.items():
        yield Sided(", ".join(names), (left, right), differs)


def _cell(cell: Cell, notes: Footnotes) -> str:
    return f"{in_words(cell.answer, cell.lean)}\n{cell.reason} {notes.mark(cell.source)}".rstrip()


def _parts(
    rows: Sequence[Row], lines: tuple[Line, Line], said: Callable[[Line, str, Footnotes], str], notes: Footnotes
) -> Iterator[Sided]:
    for row in rows:
        names = (row.left, row.right)
        label = " / ".join(dict.fromkeys(name for name in names if name is not None))
        left, right = (
            _NONE if name is None else said(line, name, notes) for line, name in zip(lines, names, strict=True)
        )
        yield Sided(label, (left, right), row.differs)


def _condition(line: Line, name: str, notes: Footnotes) -> str:
    rule = line.conditions[name]
    return f"{rule.question} ({rule.who}) {notes.mark(line.sources[rule.source])}"


def _tier(line: Line, name: str, notes: Footnotes) -> str:
    tier = line.tiers[name]
    return f"{tier.means} {notes.mark(line.sources[tier.source])}"


def _duty(line: Line, name: str, notes: Footnotes) -> str:
    duty = next(one for one in line.duties if one.id == name)
    when = "; ".join(clock(duty))
    return f"{duty.who}: {duty.what}\n{when} {notes.mark(line.sources[duty.source])}"
