"""The page of `flopline regimes show`: one regime, with the paragraph behind every value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline import quantity
from flopline.errors import Place, RegimeError
from flopline.report.footnotes import Footnotes
from flopline.report.page import labelled, page
from flopline.report.prose import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flopline.provenance import Source
    from flopline.regimes import Line, Regime, Threshold
    from flopline.regimes.form import DutyRule

NOTICE: Final = "Crossing is not applying. This is not legal advice."
_READINGS: Final = (
    "The narrow reading counts `yes`, the expected one what is disputed and leaning in as well, the broad one "
    "all that is disputed."
)
COMPARATORS: Final = {">": "greater than", ">=": "at least"}
KINDS: Final = {
    "law": "a law",
    "guideline": "guidance",
    "standard": "a standard",
    "bill": "a bill",
    "draft": "a draft",
    "proposal": "a proposed rule",
}
STATUS: Final = {
    "in-force": "in force",
    "enacted": "enacted, not yet in force",
    "ended": "over",
    "vetoed": "vetoed, never law",
    "pending": "a bill, not law",
    "draft": "a draft, not introduced",
    "proposed": "proposed, never adopted",
}
COMPARED: Final = "For comparison: not law on this day, and never computed as law."
QUANTITIES: Final = {
    "direct": "direct: what goes into updates of the parameters",
    "cumulative": "cumulative: everything that the table below counts",
}
EVENTS: Final = {
    "forecast": "the forecast of a crossing",
    "start": "the start of training",
    "placement": "placement on the market",
    "discovery": "discovery",
    "determination": "determination",
}
ACTORS: Final = {
    "actor:on-behalf": "what others compute on the developer's behalf",
    "actor:affiliate": "what an affiliate computes",
    "actor:other": "what anybody else computes",
}
_ANSWERS: Final = ("yes", "disputed, leaning in", "disputed, leaning out", "no")


def amount(flop: float | None, compare: str) -> str:
    """Return a threshold with all of its digits: `> 1e25 FLOP`; None is a share of another model's computation."""
    return f"{compare} a share" if flop is None else f"{compare} {quantity.exact(flop)} FLOP"


def threshold(version: Threshold, compare: str) -> str:
    """Return one version of a threshold: `> 1e25 FLOP`, or `> 1/3 of the original`."""
    if version.share is not None:
        return f"{compare} {version.share} of the original"
    return amount(version.flop, compare)


def regime_text(regime: Regime, only: str | None = None) -> str:
    """Return the page of a regime, or of one of its lines.

    Parameters
    ----------
    regime : Regime
        As known on a day.
    only : str, optional
        Id of the line to show.

    Raises
    ------
    RegimeError
        For a line that is not one of the regime's, or not known on the day.
    """
    lines = (*regime.lines, *regime.others) if only is None else (_line_of(regime, only),)
    notes = Footnotes()
    blocks = [_head(regime, notes), *(block for line in lines for block in _line(line, regime, notes))]
    if only is None:
        blocks += _beside(regime, notes)
    blocks += [_tiers(lines, notes), _consequences(regime, notes), _remarks(regime)]
    foot = wrapped(f"{_READINGS} {NOTICE}" if lines else NOTICE, indent=2, hanging=2)
    return page([*blocks, _vocabulary(lines), notes.lines(), foot])


def _line_of(regime: Regime, name: str) -> Line:
    from flopline.regimes import find_line

    known = (*regime.lines, *regime.others)
    if not known:
        message = f"`{regime.id}` has no compute line that is known on {regime.day}"
        hint = f"`flopline regimes show {regime.id}` shows the regime"
        raise RegimeError(message, hint=hint, code="E703", place=Place(key="REGIME"))
    return find_line(name, known)


def _head(regime: Regime, notes: Footnotes) -> list[str]:
    said = regime.status_words.removeprefix(f"{KINDS[regime.kind]}, ")
    words = f"{regime.jurisdiction}; {KINDS[regime.kind]}, {said}"
    given = regime.form.dates
    named = (
        ("introduced", given.introduced),
        ("vetoed", given.vetoed),
        ("enacted", given.enacted),
        ("applies", given.applies),
        ("enforced", given.enforced),
        ("ended", given.ended),
    )
    dates = [(name, f"{one.date} {notes.mark(regime.sources[one.source])}") for name, one in named if one is not None]
    if (legacy := regime.form.legacy) is not None:
        text = f"on the market before {legacy.placed_before}: comply by {legacy.comply_by}; {legacy.note}"
        dates.append(("earlier models", f"{text} {notes.mark(regime.sources[legacy.source])}"))
    return [
        f"{regime.name}   ({regime.id}, law of {regime.day})",
        "",
        *(line for text in (regime.full_name, words, regime.summary) for line in wrapped(text, indent=2, hanging=2)),
        *(["", *labelled(dates)] if dates else []),
    ]


def _line(line: Line, regime: Regime, notes: Footnotes) -> Iterator[list[str]]:
    """Yield the blocks of one line."""
    mark = [] if line in regime.lines else wrapped(COMPARED, indent=4)
    yield [f"  {line.id}: {line.name}", *mark, *labelled(list(_terms(line, regime, notes)), indent=4)]
    yield ["    what it counts", *labelled(list(_counts(line, notes)), indent=6)]
    conditions = [
        (name, f"{rule.question} ({rule.who}) {notes.mark(line.sources[rule.source])}")
        for name, rule in line.conditions.items()
    ]
    yield ["    what it asks beside compute", *labelled(conditions, indent=6)] if conditions else []
    duties = [row for duty in line.duties for row in _duty(duty, line.sources[duty.source], notes)]
    yield ["    what follows", *labelled(duties, indent=6)] if duties else []


def _terms(line: Line, regime: Regime, notes: Footnotes) -> Iterator[tuple[str, str]]:
    for version in line.thresholds:
        words = threshold(version, COMPARATORS[version.compare])
        since = f", from {version.since}" if line.enacted or line.applies else ""
        yield "threshold", f"{words}{since} {notes.mark(line.sources[version.source])}"
    yield "compared", QUANTITIES.get(line.quantity, line.quantity)
    if (relative := line.relative) is not None:
        text = (
            f"both sides as {line.regime}/{relative.direct} counts, or as {line.regime}/{relative.cumulative} does "
            "where the original carries systemic risk; the same share of that line stands in for an original that is "
            "unknown and cannot be estimated"
        )
        yield "counted", f"{text} {notes.mark(line.sources[relative.source])}"
    yield "nature", f"{line.nature} {notes.mark(line.source)}"
    yield "status", ", ".join(_life(line, regime, notes))
    if line.anchors:
        events = " and of ".join(EVENTS[anchor] for anchor in line.anchors)
        yield "dates tested", f"on the day of {events}" + (", the later one" if len(line.anchors) > 1 else "")
    if line.intent:
        yield "intent", "training that is started with the intent to use that much computation is enough"


def _life(line: Line, regime: Regime, notes: Footnotes) -> Iterator[str]:
    """Yield where a line stands, and its days; those of its own with their sources."""
    own = regime.form.lines[line.id.partition("/")[2]].dates
    days = (
        ("enacted", line.enacted, own.enacted),
        ("applies from", line.applies, own.applies),
        ("ended" if line.status == "ended" else "ends", line.ended, own.ended),
    )
    yield STATUS.get(line.status, line.status)
    for name, day, cited in days:
        if day is not None:
            mark = f" {notes.mark(line.sources[cited.source])}" if cited is not None else ""
            yield f"{name} {day}{mark}"


def _counts(line: Line, notes: Footnotes) -> Iterator[tuple[str, str]]:
    """Yield the table of a line, rows with one answer, reason and paragraph together, the surest first."""
    together: dict[tuple[str, str, str], list[str]] = {}
    for cell in sorted(line.cells.values(), key=lambda one: _ANSWERS.index(in_words(one.answer, one.lean))):
        key = (in_words(cell.answer, cell.lean), cell.reason, notes.mark(cell.source))
        together.setdefault(key, []).append(ACTORS.get(cell.row, cell.row))
    last = ""
    for (said, reason, mark), rows in together.items():
        yield ("" if said == last else said), f"{', '.join(rows)}"
        yield "", f"  {reason} {mark}"
        last = said
    if unnamed := _unnamed(line):
        yield "not named", f"{', '.join(unnamed)}"
        yield "", "  Counted as disputed, leaning in."


def in_words(said: str, lean: str | None) -> str:
    """Return what a line says of a row, in words: `yes`, `disputed, leaning in`."""
    return f"{said}, leaning {lean}" if lean else said


def _unnamed(line: Line) -> list[str]:
    from flopline.regimes import activities

    return [name for name in activities() if name not in line.cells and line.relative is None]


def _duty(duty: DutyRule, source: Source, notes: Footnotes) -> Iterator[tuple[str, str]]:
    yield duty.id, f"{duty.who}: {duty.what}"
    yield "", "  " + "; ".join(clock(duty))
    yield "", f"  {source.cite}, {source.grade} {notes.mark(source)}"


def clock(duty: DutyRule) -> Iterator[str]:
    """Yield when a duty is due, and whom it spares."""
    event = EVENTS.get(duty.anchor)
    if duty.days is not None or duty.hours is not None:
        length = f"{abs(duty.days)} days" if duty.days is not None else f"{duty.hours} hours"
        early = duty.days is not None and duty.days < 0
        yield f"{'at least' if early else 'within'} {length} {'before' if early else 'of'} {event or 'the duty'}"
    elif duty.by is not None:
        yield f"by {duty.by}"
    elif event is not None:
        yield f"{'at' if duty.anchor in ('start', 'placement') else 'on'} {event}"
    elif not (duty.every or duty.since or duty.clock):
        yield "at all times"
    if duty.since:
        yield f"from {duty.since} on"
    if duty.every:
        yield f"every {duty.every.removeprefix('1 ')}"
    if duty.clock:
        yield duty.clock
    yield from _spared(duty)


def _spared(duty: DutyRule) -> Iterator[str]:
    if duty.regardless:
        yield "below the line too"
    if duty.open_source_exempt:
        yield "not for free and open models"
    if duty.established_outside:
        yield f"only for those established outside `{duty.established_outside}`"
    if duty.signatories:
        yield f"only for those who signed the code of practice of `{duty.signatories}`"
    if duty.tier and duty.tier != duty.who.replace(" ", "-"):
        yield f"tier `{duty.tier}`"


def _beside(regime: Regime, notes: Footnotes) -> Iterator[list[str]]:
    """Yield lines that are not law on the day, and texts that ask for something without a line."""
    known = {line.id for line in (*regime.lines, *regime.others)}
    absent = [name for line in regime.form.lines if (name := f"{regime.id}/{line}") not in known]
    if absent:
        yield wrapped(f"not law on {regime.day}: {', '.join(absent)}", indent=2)
    rows = []
    for one in regime.form.instruments:
        since = f"since {one.applies}: " if one.applies else ""
        rows += [(one.name, ""), ("", f"{since}{one.triggers} {notes.mark(regime.sources[one.source])}")]
    if rows:
        lines = [line for name, text in rows for line in wrapped(name or text, indent=4 if name else 6)]
        yield ["  what asks for something instead of a line", *lines]


def _tiers(lines: Sequence[Line], notes: Footnotes) -> list[str]:
    tiers = {name: (tier, line.sources) for line in lines for name, tier in line.tiers.items()}
    rows = [(name, f"{tier.means} {notes.mark(sources[tier.source])}") for name, (tier, sources) in tiers.items()]
    return ["  tiers of developers", *labelled(rows, indent=4)] if rows else []


def _consequences(regime: Regime, notes: Footnotes) -> list[str]:
    rows = [
        ("penalty", f"{one.who}: {one.what} {notes.mark(regime.sources[one.source])}") for one in regime.form.penalties
    ]
    if (free := regime.form.open_source) is not None:
        rows.append(("open models", f"{free.reason} {notes.mark(regime.sources[free.source])}"))
    return labelled(rows) if rows else []


def _remarks(regime: Regime) -> list[str]:
    return [line for note in regime.notes for line in wrapped(f"- {note}", indent=2)]


def _vocabulary(lines: Sequence[Line]) -> list[str]:
    """Return what the activities of the tables mean."""
    if not lines:
        return []
    from flopline.regimes import activities

    return ["  activities", *labelled([(name, one.means) for name, one in activities().items()], indent=4)]
