"""The Commission's worked examples as plans, with the figures that it prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict

from flopline.documents import from_values, read
from flopline.plan.amounts import Surroundings
from flopline.plan.examples import FOLDER
from flopline.plan.load import load_document
from flopline.provenance import Source

if TYPE_CHECKING:
    from flopline.plan.load import LoadedPlan

ANNEX: Final = FOLDER / "guidelines" / "annex-a3.toml"


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Printed(_Table):
    """A figure as the Commission prints it, and where, if it prints two."""

    flop: str
    where: str | None = None


class GuidelinesCase(_Table):
    """One worked example: its stage as a plan has it, and what is printed."""

    id: str
    stage: dict[str, Any]
    printed: tuple[Printed, ...]
    remark: str | None = None

    def plan(self) -> LoadedPlan:
        """Return the example as a plan of one stage."""
        stage = {"name": "training", "kind": "pretraining", **self.stage}
        return load_document(from_values({"stage": [stage]}, {}, self.id), Surroundings())


class GuidelinesCases(_Table):
    """All of them, with their source."""

    source: Source
    example: tuple[GuidelinesCase, ...]


def guidelines_cases() -> GuidelinesCases:
    """Return the worked examples that ship with the package."""
    return GuidelinesCases.model_validate(read(ANNEX).tree)
