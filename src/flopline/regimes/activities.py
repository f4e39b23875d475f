"""The vocabulary of activities: what a piece of computation is for."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from flopline.documents import suggestion_hint
from flopline.errors import RegimeError

if TYPE_CHECKING:
    from collections.abc import Mapping

DATA: Final = Path(__file__).parent / "data"
"""The folder of the shipped regimes and of the vocabulary."""

VOCABULARY: Final = DATA / "activities.toml"

Kind = Literal["training", "generation", "origin", "beside"]
"""Updates of the weights; passes that make or judge training data; what earlier models bring; the rest."""


@dataclass(frozen=True, slots=True)
class Activity:
    """What a piece of computation is for.

    Attributes
    ----------
    id : str
        Its name in plans, regimes and answers.
    kind : {"training", "generation", "origin", "beside"}
        The family it belongs to.
    means : str
        One line of explanation.
    total : bool
        Whether it belongs to a run's total: training and generation of this model that is kept.
    """

    id: str
    kind: Kind
    means: str
    total: bool

    def to_dict(self) -> dict[str, object]:
        """Return the activity as plain values."""
        return {"id": self.id, "kind": self.kind, "means": self.means, "total": self.total}


@cache
def activities() -> Mapping[str, Activity]:
    """Return every activity by its id, in the order of the vocabulary."""
    tree = tomllib.loads(VOCABULARY.read_text(encoding="utf-8"))
    return {name: Activity(name, entry["kind"], entry["means"], entry["total"]) for name, entry in tree.items()}


def find_activity(name: str) -> Activity:
    """Return the activity of that name.

    Raises
    ------
    RegimeError
        For a name that is not in the vocabulary; the hint names the closest one.
    """
    known = activities()
    if name not in known:
        message = f"`{name}` is not an activity"
        raise RegimeError(message, hint=suggestion_hint(name, known))
    return known[name]
