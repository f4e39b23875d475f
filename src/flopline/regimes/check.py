"""What is wrong with a regime file, as diagnostics with a place in it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ValidationError

from flopline.documents import suggestion_hint
from flopline.errors import Diagnostic, QuantityError
from flopline.quantity import Dimension, parse
from flopline.regimes import form
from flopline.regimes.activities import activities
from flopline.regimes.form import UNENACTED, LineForm, RegimeForm
from flopline.regimes.inheriting import circles
from flopline.regimes.written import mistyped

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from flopline.errors import Place

    Path = tuple[str | int, ...]
    Where = Callable[[Path, bool], Place]


def validated(tree: dict[str, Any], where: Where) -> tuple[RegimeForm | None, list[Diagnostic]]:
    """Return the file's form, or None, with everything that is wrong with it.

    Parameters
    ----------
    tree : dict
        The file as read.
    where : callable
        Gives the place of a path, of its key if the second argument is true.
    """
    wrong = [Diagnostic("E701", message, where(path, False), hint) for path, message, hint in mistyped(tree)]
    try:
        read = RegimeForm.model_validate(tree)
    except ValidationError as error:
        places = {one.place for one in wrong}
        found = (_explain(problem, where) for problem in error.errors())
        return None, [*wrong, *(one for one in found if one.place not in places)]
    problems = wrong + [
        Diagnostic("E702", message, where(path, False), hint)
        for check in (_references, circles, _counts, _shapes)
        for path, message, hint in check(read)
    ]
    return read, problems


MOST_NAMES: Final = 250
"""Names among which the closest one to a slip is looked for."""

Finding = tuple["Path", str, "str | None"]


def _references(read: RegimeForm) -> Iterator[Finding]:
    """Find names that nothing bears."""
    for path, name in _sources_of(read, ()):
        if name not in read.sources:
            yield (
                (*path, "source"),
                f"`{name}` is not a source of this file",
                _hint(name, read.sources),
            )
    for name, source in read.sources.items():
        if source.of not in read.documents:
            hint = _hint(source.of, read.documents)
            yield ("sources", name, "of"), f"`{source.of}` is not a document of this file", hint
    for name, condition in read.conditions.items():
        if (relative := condition.role_of_modifier) is not None:
            yield from _unknown(("conditions", name, "role_of_modifier"), "a line", (relative,), read.lines)
    for name, line in read.lines.items():
        if line.relative is not None:
            sides = (line.relative.direct, line.relative.cumulative)
            yield from _unknown(("lines", name, "relative"), "a line", sides, read.lines)
        yield from _unknown(("lines", name, "conditions"), "a condition", line.conditions, read.conditions)
        yield from _unknown(("lines", name, "inherits"), "a line", line.inherits, read.lines)
        for index, duty in enumerate(line.duties):
            if duty.tier is not None and duty.tier not in read.tiers:
                path = ("lines", name, "duties", index, "tier")
                yield (
                    path,
                    f"`{duty.tier}` is not a tier of this file",
                    _hint(duty.tier, read.tiers),
                )


def _unknown(path: Path, what: str, names: Iterable[str], known: Collection[str]) -> Iterator[Finding]:
    for index, name in enumerate(names):
        if name not in known:
            yield (*path, index), f"`{name}` is not {what} of this file", _hint(name, known)


def _sources_of(part: BaseModel, path: Path) -> Iterator[tuple[Path, str]]:
    """Walk through a form and find every table that names a source."""
    for name, value in part:
        if name == "source":
            yield path, value
        yield from _inside(value, (*path, name))


def _inside(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, BaseModel):
        yield from _sources_of(value, path)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _inside(item, (*path, key))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _inside(item, (*path, index))


def _counts(read: RegimeForm) -> Iterator[Finding]:
    """Find rows about unknown activities, and leans where they do not belong."""
    for name, line in read.lines.items():
        for index, row in enumerate(line.counts):
            path: Path = ("lines", name, "counts", index)
            for place, activity in enumerate(row.activities):
                if activity not in activities():
                    hint = _hint(activity, activities())
                    yield (*path, "activities", place), f"`{activity}` is not an activity", hint
            if not row.activities and not row.actors:
                yield path, "a row names no activity and no actor", "write `activities = [...]`"
            if row.answer == "disputed" and row.lean is None:
                yield path, "a disputed row has no lean", "write `lean = 'in'` or `lean = 'out'`"
            if row.answer != "disputed" and row.lean is not None:
                yield (*path, "lean"), f"a row that answers `{row.answer}` has no lean", "leave it out"


def repeated_rows(tree: dict[str, Any]) -> Iterator[Finding]:
    """Find activities, actors, duties and days of thresholds that stand twice in one line of one file."""
    for name, line in _tables(tree.get("lines")):
        for part, keys in (("counts", ("activities", "actors")), ("duties", ("id",)), ("thresholds", ("from",))):
            seen: set[str] = set()
            rows = line.get(part)
            for index, row in enumerate(rows if isinstance(rows, list) else ()):
                for key in keys:
                    named = row.get(key) if isinstance(row, dict) else None
                    for place, one in enumerate(named if isinstance(named, list) else [named]):
                        if isinstance(one, (str, date)) and str(one) in seen:
                            path: Path = ("lines", name, part, index, key)
                            inside = (*path, place) if isinstance(named, list) else path
                            yield inside, f"`{one}` stands twice in this line", "leave one of them out"
                        seen.add(str(one))


def _tables(value: object) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        yield from ((key, item) for key, item in value.items() if isinstance(item, dict))


def _shapes(read: RegimeForm) -> Iterator[Finding]:
    """Find conditions without one fact, unreadable revenues, and duties whose clock does not fit."""
    facts = ("market", "model", "generates", "role", "exempt", "open")
    for name, condition in read.conditions.items():
        if sum(getattr(condition, fact) is not None for fact in facts) != 1:
            hint = "write one of " + ", ".join(f"`{fact}`" for fact in facts)
            yield ("conditions", name), "a condition is answered by exactly one fact", hint
    for name, tier in read.tiers.items():
        try:
            parse(tier.revenue_over or "1 USD", Dimension.MONEY)
        except QuantityError as error:
            yield ("tiers", name, "revenue_over"), error.message, error.diagnostics[0].hint
    if read.dates.vetoed is not None and read.kind != "bill":
        yield ("dates", "vetoed"), "only a `bill` is vetoed", "write `ended` for what was law"
    for name, line in read.lines.items():
        yield from _thresholds(name, line)
        if read.kind not in UNENACTED and (line.dates.applies or read.dates.applies) is None:
            yield ("lines", name), "a line needs the day it applies from", "write `[dates]` with `applies`"
        for index, duty in enumerate(line.duties):
            if (duty.anchor == "fixed") != (duty.by is not None):
                path = ("lines", name, "duties", index)
                yield path, "`by` is the day of a duty whose anchor is `fixed`", None


def _thresholds(name: str, line: LineForm) -> Iterator[Finding]:
    """Find thresholds of two kinds, or of none, and lines without anything that counts."""
    wanted = "flop" if line.relative is None else "share"
    for index, version in enumerate(line.thresholds):
        if getattr(version, wanted) is None or (version.flop is None) == (version.share is None):
            hint = "an amount of its own, or, with `[relative]`, a share such as '1/3' of the original model's"
            yield ("lines", name, "thresholds", index), f"this threshold is given by `{wanted}` alone", hint
    if line.relative is None and not line.counts:
        yield ("lines", name), "`counts` is missing", "add [[lines.NAME.counts]]"
    if line.relative is not None and line.counts:
        yield ("lines", name, "counts"), "a relative line counts as the lines that it names", "leave it out"


def _hint(name: str, known: Collection[str]) -> str | None:
    """Return the closest name; among more names than any law needs, nobody waits for it."""
    return suggestion_hint(name, known) if len(known) <= MOST_NAMES else None


def _explain(problem: Any, where: Where) -> Diagnostic:
    path = tuple(part for part in problem["loc"] if part != "[key]")
    kind, last = problem["type"], str(path[-1]) if path else "the file"
    if kind == "missing":
        return Diagnostic("E701", f"`{last}` is missing", where(path[:-1], False))
    if kind == "extra_forbidden":
        return Diagnostic("E701", f"`{last}` is not a key here", where(path, True), _hint(last, _keys()))
    if kind == "literal_error":
        found = str(problem["input"])[:40]
        return Diagnostic("E701", f"`{found}` is not one of {problem['ctx']['expected']}", where(path, False))
    text = str(problem["msg"])
    return Diagnostic("E701", f"`{last}`: {text[:1].lower()}{text[1:]}", where(path, False))


def _keys() -> set[str]:
    """Return every key that a regime file may have somewhere."""
    forms = [one for one in vars(form).values() if isinstance(one, type) and issubclass(one, form.Part)]
    return {field.alias or name for one in forms for name, field in one.model_fields.items()}
