"""What a contributed regime file has to satisfy, and what is well-formed in it but poor."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from flopline.documents import read
from flopline.errors import Diagnostic, RegimeError
from flopline.regimes.activities import DATA, activities
from flopline.regimes.freshness import STALE
from flopline.regimes.users import form_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from flopline.documents import Document
    from flopline.regimes.form import Dates, LineForm, RegimeForm

    Steps = tuple[str | int, ...]
    Finding = tuple[str, Steps, str, str | None]

LONGEST_QUOTE: Final = 200
"""Characters of a quote: the project points at texts, it does not hold them."""

FEWEST_WORDS: Final = 4
"""Words with which a reason can say what is open."""

_UNSPLIT: Final = "rl-unsplit"
"""Named by no law: an amount that nobody has split."""
_SECOND_SENTENCE: Final = re.compile(r"\w{3,}[.!?]\s+[^\W\d_a-z]")
_ORDER: Final = (("introduced", "enacted"), ("introduced", "vetoed"), ("enacted", "applies"), ("applies", "enforced"),
                 ("enacted", "ended"))  # fmt: skip
_ACTORS: Final = ("on-behalf", "affiliate", "other")


@dataclass(frozen=True, slots=True)
class Examined:
    """A well-formed file: what it holds, and what is poor in it.

    Attributes
    ----------
    file : str
        As it was named.
    amends : str or None
        The regime that it changes.
    form : RegimeForm
        The regime as it then stands.
    warnings : tuple of Diagnostic
        Each with its place in the file.
    """

    file: str
    amends: str | None
    form: RegimeForm
    warnings: tuple[Diagnostic, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as plain values; warnings by their codes and texts."""
        return {
            "file": self.file,
            "ok": True,
            "id": self.form.id,
            "amends": self.amends,
            "lines": [
                {
                    "id": f"{self.form.id}/{name}",
                    "thresholds": [
                        one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in line.thresholds
                    ],
                    "rows": dict(answers_of(line)),
                    "duties": len(line.duties),
                }
                for name, line in self.form.lines.items()
            ],
            "sources": len(self.form.sources),
        }


def answers_of(line: LineForm) -> Counter[str]:
    """Return how many rows a line answers with yes, disputed (in, out) and no; later rows win."""
    said: dict[str, str] = {}
    for row in line.counts:
        answer = row.answer if row.lean is None else f"disputed-{row.lean}"
        said |= dict.fromkeys((*row.activities, *(f"actor:{actor}" for actor in row.actors)), answer)
    found = Counter(dict.fromkeys(("yes", "disputed-in", "disputed-out", "no"), 0))
    found.update(said.values())
    return found


def examine(file: Path, day: date, forms: Mapping[str, RegimeForm], shipped: Sequence[str] = ()) -> Examined:
    """Return what a file of a regime holds.

    Parameters
    ----------
    file : Path
        A file with a regime, or with `amends`.
    day : date
        From which the age of comparisons with the text is told.
    forms : mapping of str to RegimeForm
        The regimes that it may amend.
    shipped : sequence of str
        Ids of those among them that come with flopline.

    Raises
    ------
    DocumentError, RegimeError
        With every problem of the file and its place.
    """
    document = read(file)
    quotes = [Diagnostic("E372", text, document.place(path), hint) for path, text, hint in _quotes(document)]
    try:
        form = form_of(document, forms)
    except RegimeError as error:
        raise RegimeError.of([*error.diagnostics, *quotes]) from None
    if quotes:
        raise RegimeError.of(quotes)
    amends = document.tree.get("amends")
    found = [
        *(_replacing(form, forms, shipped) if amends is None and file.resolve().parent != DATA else ()),
        *_unread(document, day),
        *_unnamed(document, form),
        *_unused(document, form),
        *_reasons(document),
        *_order(document),
        *_lives(document, form),
    ]
    warnings = tuple(Diagnostic(code, text, document.place(path), hint) for code, path, text, hint in found)
    return Examined(document.name, amends, form, warnings)


def _own(document: Document, *path: str | int) -> dict[str, Any]:
    """Return a table of the file itself; what it amends says the rest."""
    found: Any = document.tree
    for part in path:
        found = found.get(part, {}) if isinstance(found, dict) else {}
    return found if isinstance(found, dict) else {}


def _quotes(document: Document) -> Iterator[tuple[Steps, str, str]]:
    hint = "a quote is one short sentence at most; say the rest in your own words, as the reason"
    for name, source in _own(document, "sources").items():
        quote = source.get("quote") if isinstance(source, dict) else None
        if isinstance(quote, str):
            path = ("sources", name, "quote")
            if len(quote) > LONGEST_QUOTE:
                yield path, f"this quote has {len(quote):,} characters, {LONGEST_QUOTE} are the most", hint
            elif _SECOND_SENTENCE.search(quote):
                yield path, "this quote has more than one sentence", hint


def _replacing(form: RegimeForm, forms: Mapping[str, RegimeForm], shipped: Sequence[str]) -> Iterator[Finding]:
    if form.id in forms:
        whose = "that comes with flopline" if form.id in shipped else "of another file"
        hint = f'`amends = "{form.id}"` changes it and keeps the rest'
        yield "W168", ("id",), f"takes the place of the whole regime `{form.id}` {whose}", hint


def _unread(document: Document, day: date) -> Iterator[Finding]:
    """Find values that nobody compared with the text, or too long ago, or on a day to come."""
    for name, source in _own(document, "sources").items():
        verified, grade = source.get("verified"), source["grade"]
        path = ("sources", name)
        if verified is None:
            hint = "compare its values with the text, then write the grade `read` and `verified` with the day"
            yield "W703", path, f"`{name}` was never compared with the text itself ({grade})", hint
            continue
        age = (day - _day(verified)).days
        at = (*path, "verified")
        if age > STALE:
            yield "W702", at, f"`{name}` was compared with the text {age} days before {day}", "compare it again"
        if age < 0:
            yield "W169", at, f"`{name}` was compared with the text on a day after {day}", None
        if grade != "read":
            yield "W169", (*path, "grade"), f"`{name}` was compared with the text, yet its grade is `{grade}`", None


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _unnamed(document: Document, form: RegimeForm) -> Iterator[Finding]:
    for name in _own(document, "lines"):
        line = form.lines[name]
        if line.relative is not None:
            continue
        named = {one for row in line.counts for one in (*row.activities, *(f"actor:{who}" for who in row.actors))}
        wanted = [*(one for one in activities() if one != _UNSPLIT), *(f"actor:{who}" for who in _ACTORS)]
        missing = [one for one in wanted if one not in named]
        if missing:
            text = f"`{form.id}/{name}` names {len(wanted) - len(missing)} of {len(wanted)} rows, not {_some(missing)}"
            yield "W701", ("lines", name), text, "what is not named counts as disputed, leaning in"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


def _unused(document: Document, form: RegimeForm) -> Iterator[Finding]:
    """Find what the file describes and nothing of it names."""
    plain = form.model_dump(exclude={"sources", "documents"})
    used: dict[str, set[Any]] = {
        "sources": set(_named(plain, "source")),
        "documents": {source.of for source in form.sources.values()},
        "conditions": {name for line in form.lines.values() for name in line.conditions},
        "tiers": {duty.tier for line in form.lines.values() for duty in line.duties},
    }
    for table, names in used.items():
        for name in _own(document, table):
            if name not in names:
                yield "W165", (table, name), f"nothing uses `{table}.{name}`", "name it where it belongs, or drop it"


def _named(value: Any, key: str) -> Iterator[str]:
    for name, item in value.items() if isinstance(value, dict) else enumerate(value):
        if name == key:
            yield str(item)
        elif isinstance(item, (dict, tuple, list)):
            yield from _named(item, key)


def _reasons(document: Document) -> Iterator[Finding]:
    for name in _own(document, "lines"):
        for index, row in enumerate(_own(document, "lines", name).get("counts", ())):
            # Words are counted where they are set apart by spaces, which not every script does.
            few = row["reason"].isascii() and len(re.findall(r"[A-Za-z]{2,}", row["reason"])) < FEWEST_WORDS
            if row["answer"] == "disputed" and few:
                hint = "say what the text leaves open, and why it leans this way"
                yield "W166", ("lines", name, "counts", index, "reason"), "this reason says nothing", hint


def _order(document: Document) -> Iterator[Finding]:
    """Find versions of thresholds that stand in another order than they follow."""
    for name in _own(document, "lines"):
        latest = date.min
        for index, version in enumerate(_own(document, "lines", name).get("thresholds", ())):
            since = _day(version["from"])
            if since < latest:
                path = ("lines", name, "thresholds", index, "from")
                yield "W167", path, f"this version stands behind that of {latest}", "write the oldest first"
            latest = max(latest, since)


def _lives(document: Document, form: RegimeForm) -> Iterator[Finding]:
    """Find days of a life that are in another order than a life has; a text may end before it ever applies."""
    lives: list[tuple[Steps, Dates]] = [(("dates",), form.dates)]
    lives += [(("lines", name, "dates"), line.dates) for name, line in form.lines.items()]
    for path, dates in lives:
        for earlier, later in _ORDER:
            one, other = getattr(dates, earlier), getattr(dates, later)
            if one is not None and other is not None and other.date < one.date and _own(document, *path):
                yield "W167", (*path, later), f"`{later}` ({other.date}) is before `{earlier}` ({one.date})", None
