"""Questions that the texts leave open, each with how it is answered here."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

QUESTIONS: Final = Path(__file__).parent / "questions.toml"


class OpenQuestion(BaseModel):
    """One question of law or measurement that no text settles.

    Attributes
    ----------
    id : str
        `A1`, `A2`, ...
    question : str
    form : {"cell", "option", "answer", "shown", "settled"}
        A disputed cell; a key with a visible default; a fact that a plan states; all answers side by side; no issue.
    rows : tuple of str
        For cells: the activities.
    keys : tuple of str
        For options and answers: the keys of a plan.
    default : str, optional
        For options.
    where : str
        How it is answered, or why it is none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    id: str
    question: str
    form: Literal["cell", "option", "answer", "shown", "settled"]
    rows: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    default: str | None = None
    where: str

    def to_dict(self) -> dict[str, Any]:
        """Return the question as plain values."""
        return self.model_dump(mode="json")


@cache
def open_questions() -> tuple[OpenQuestion, ...]:
    """Return every open question, in its order."""
    tree = tomllib.loads(QUESTIONS.read_text(encoding="utf-8"))
    return tuple(OpenQuestion.model_validate({"id": name, **table}) for name, table in tree.items())
