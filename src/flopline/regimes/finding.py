"""Lines and regimes by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.documents import suggestion_hint
from flopline.errors import RegimeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flopline.regimes.law import Line
    from flopline.regimes.regime import Regime


def find_line(name: str, lines: Iterable[Line]) -> Line:
    """Return the line of that id.

    Raises
    ------
    RegimeError
        For an id that no line has; the hint names the closest one.
    """
    known = {line.id: line for line in lines}
    if name not in known:
        message = f"`{name}` is not a line that is enacted on this day"
        raise RegimeError(message, hint=_hint(name, known), code="E703")
    return known[name]


def find_regime(name: str, regimes: Iterable[Regime]) -> Regime:
    """Return the regime of that id.

    Raises
    ------
    RegimeError
        For an id that no regime has; the hint names the closest one.
    """
    known = {regime.id: regime for regime in regimes}
    if name not in known:
        message = f"`{name}` is not a regime"
        raise RegimeError(message, hint=_hint(name, known), code="E703")
    return known[name]


def _hint(name: str, known: Mapping[str, object]) -> str:
    return suggestion_hint(name, known) or "one of " + ", ".join(f"`{one}`" for one in known)
