"""The page of open questions: what no text settles, and how it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.report.page import page
from flopline.report.prose import wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flopline.regimes.questions import OpenQuestion

_FORMS: Final = {
    "cell": "a disputed cell",
    "option": "a choice with a default",
    "answer": "asked of the plan",
    "shown": "all answers shown",
    "settled": "no issue",
}


def questions_text(found: Sequence[OpenQuestion]) -> str:
    """Return the page of open questions."""
    blocks = []
    for one in found:
        names = ", ".join((*one.rows, *one.keys))
        block = [*wrapped(f"{one.id} {one.question}", indent=2, hanging=6)]
        block += wrapped(f"{_FORMS[one.form]}{f': {names}' if names else ''}; {one.where}", indent=6, hanging=6)
        if one.default is not None:
            block += wrapped(f"default: {one.default}", indent=6, hanging=6)
        blocks.append(block)
    return page([*blocks, ["  This is not legal advice."]])
