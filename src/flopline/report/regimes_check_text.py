"""The answer of `flopline regimes check`: what a well-formed file holds, and what is poor in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flopline.regimes.contributing import answers_of
from flopline.report.columns import printable
from flopline.report.diagnostics import diagnostics_text, plain
from flopline.report.envelope import envelope
from flopline.report.page import labelled
from flopline.report.regimes_text import amount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.regimes.contributing import Examined
    from flopline.regimes.form import LineForm

_ANSWERS: Final = {"yes": "rows yes", "disputed-in": "leaning in", "disputed-out": "leaning out", "no": "no"}


def examined_text(found: Examined) -> str:
    """Return the summary of a well-formed file, with its warnings and their places."""
    form = found.form
    parts = [
        f"{form.id} amended" if found.amends == form.id else form.id,
        _many(len(form.lines), "line"),
        _many(len(form.sources), "source"),
        _many(len(form.documents), "document"),
        *([_many(len(form.instruments), "instrument")] if form.instruments else []),
    ]
    head = f"{found.file}: well-formed ({', '.join(parts)})"
    rows = [(f"{form.id}/{name}", "; ".join(_line(line))) for name, line in form.lines.items()]
    warnings = f"\n{diagnostics_text(found.warnings)}" if found.warnings else ""
    return "\n".join([printable(head), *map(printable, labelled(rows))]) + "\n" + warnings


def _line(line: LineForm) -> Iterator[str]:
    """Yield the versions of a threshold, how many rows have which answer, and how much follows."""
    for one in line.thresholds:
        share = f"{one.compare} {one.share} of the original"
        yield f"{share if one.flop is None else amount(one.flop, one.compare)} from {one.since}"
    if line.relative is None:
        rows = answers_of(line)
        yield ", ".join(f"{rows[answer]} {words}" for answer, words in _ANSWERS.items())
    else:
        yield f"counts as `{line.relative.direct}` or `{line.relative.cumulative}` does"
    yield _many(len(line.duties), "duty", "duties") + "".join(f", and those of `{name}`" for name in line.inherits)


def _many(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def examined_envelope(found: Examined) -> dict[str, Any]:
    """Return the summary as the JSON contract has it."""
    return envelope("regimes check", {**found.to_dict(), "warnings": [plain(one) for one in found.warnings]})
