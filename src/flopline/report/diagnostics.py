"""Problems and warnings, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flopline.report.columns import printable, width_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flopline.errors import Diagnostic, Place

WINDOW: Final = 100
"""Characters of a line that are shown; of a longer one, those around the column."""

_RED, _YELLOW, _CYAN, _BOLD, _PLAIN = "\x1b[1;31m", "\x1b[1;33m", "\x1b[36m", "\x1b[1m", "\x1b[0m"


def diagnostics_text(diagnostics: Iterable[Diagnostic], *, color: bool = False) -> str:
    """Return diagnostics as people read them: what is wrong, where, the line with a caret, and what would help.

    Parameters
    ----------
    diagnostics : iterable of Diagnostic
        Codes that start with `W` are warnings, all others errors.
    color : bool
        Add ANSI colours; they carry nothing that the words do not say.

    Returns
    -------
    str
        Lines with a blank line between diagnostics. Control characters of the user's text are written out.
    """
    return "\n".join("\n".join(_lines(one, color)) + "\n" for one in diagnostics)


def diagnostics_json(diagnostics: Iterable[Diagnostic]) -> dict[str, Any]:
    """Return diagnostics as data: the first under `error`, the rest under `others`.

    Each has `code`, `message`, `place` and `hint`; a place has `file`, `line`, `column` and `key`. What is unknown
    is None. At least one diagnostic is needed.
    """
    first, *others = [plain(one) for one in diagnostics]
    return {"error": first, "others": others}


def _lines(diagnostic: Diagnostic, color: bool) -> list[str]:
    paint = _painted if color else _unpainted
    warning = diagnostic.code.startswith("W")
    head = paint(f"warning[{diagnostic.code}]:", _YELLOW) if warning else paint("error:", _RED)
    lines = [f"{head} {paint(printable(diagnostic.message), _BOLD)}"]
    if diagnostic.place is not None:
        lines.append(f" {paint('-->', _CYAN)} {printable(str(diagnostic.place))}")
        lines += _excerpt(diagnostic.place, paint("^", _YELLOW if warning else _RED))
    if diagnostic.hint:
        lines.append(f"{paint('hint:', _CYAN)} {printable(diagnostic.hint)}")
    return lines


def _excerpt(place: Place, caret: str) -> list[str]:
    """Return the line that a place stands on, and a caret below its column."""
    if place.line is None or place.text is None:
        return []
    number, column = str(place.line), (place.column or 1) - 1
    before, after = _window(place.text.rstrip("\r\n"), column)
    lines = [f"  {number} | {before}{after}"]
    if place.column is not None:
        lines.append(f"  {' ' * len(number)} | {' ' * width_of(before)}{caret}")
    return lines


def _window(text: str, column: int) -> tuple[str, str]:
    """Return what is shown of a line before and from a column on."""
    start = max(0, min(column - WINDOW // 2, len(text) - WINDOW))
    end = start + WINDOW
    before = ("..." if start else "") + _shown(text[start:column])
    return before, _shown(text[max(start, column) : end]) + ("..." if end < len(text) else "")


def _shown(text: str) -> str:
    return printable(text.replace("\t", "    "))


def _painted(text: str, code: str) -> str:
    return f"{code}{text}{_PLAIN}"


def _unpainted(text: str, code: str) -> str:  # noqa: ARG001 (stands in for _painted)
    return text


def plain(diagnostic: Diagnostic) -> dict[str, Any]:
    """Return a diagnostic as data: `code`, `message`, `place` and `hint`."""
    place = diagnostic.place
    return {
        "code": diagnostic.code,
        "message": _encodable(diagnostic.message),
        "place": None
        if place is None
        else {
            "file": _encodable(place.file),
            "line": place.line,
            "column": place.column,
            "key": _encodable(place.key),
        },
        "hint": _encodable(diagnostic.hint),
    }


def _encodable(text: str | None) -> str | None:
    """Return a text with lone surrogates (names of files may have them) written as escapes."""
    return None if text is None else text.encode("utf-8", "backslashreplace").decode()
