"""Which activities of a plan make the difference between two lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from flopline.engine.lines import deciding_cell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flopline.engine.asking import Asked
    from flopline.engine.factors import Entry
    from flopline.engine.results import Amount
    from flopline.regimes import Attributes, Cell, Line


@dataclass(frozen=True, slots=True)
class PlannedActivity:
    """A kind of computation that the plan has, what all of it is worth, and what each line says of it.

    Attributes
    ----------
    attributes : Attributes
        Activity, actor, relation, fate, public, phase.
    during : str or None
        The activity in whose course it happens, which a line must count too.
    run : str or None
        The ancestor run that it is.
    stages : tuple of str
        Where the plan has it.
    amount : Amount
        FLOP of all its entries.
    cells : mapping of str to Cell
        By the line's id, what decides whether it counts.
    """

    attributes: Attributes
    during: str | None
    run: str | None
    stages: tuple[str, ...]
    amount: Amount
    cells: Mapping[str, Cell]

    @property
    def activity(self) -> str:
        """What it is for."""
        return self.attributes.activity

    @property
    def differs(self) -> bool:
        """Whether lines answer differently."""
        return len({(cell.answer, cell.lean) for cell in self.cells.values()}) > 1

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values, with every line's answer and source."""
        return {
            **self.plain(),
            "differs": self.differs,
            "cells": {line: cell.to_dict() for line, cell in self.cells.items()},
        }

    def plain(self) -> dict[str, Any]:
        """Return what it is and its FLOP, without what lines say."""
        one = self.attributes
        return {
            "activity": one.activity, "fate": one.fate, "actor": one.actor, "relation": one.relation,
            "public": one.public, "phase": one.phase, "during": self.during, "run": self.run,
            "stages": list(self.stages), **self.amount.to_dict(),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parting:
    """Where one line parts from another in counting this plan, the largest amount first.

    Attributes
    ----------
    line, against : str
        Ids of the two lines.
    more : tuple of PlannedActivity
        What the line counts under its expected reading, and the other does not.
    less : tuple of PlannedActivity
        What the other counts, and the line does not.
    doubt : tuple of PlannedActivity
        What both count, or neither, though only one of them surely.
    """

    line: str
    against: str
    more: tuple[PlannedActivity, ...]
    less: tuple[PlannedActivity, ...]
    doubt: tuple[PlannedActivity, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the parting as plain values, with the answers, reasons and sources of both lines."""
        return {
            "line": self.line,
            "against": self.against,
            **{
                name: [
                    {
                        **one.plain(),
                        "line": one.cells[self.line].to_dict(),
                        "against": one.cells[self.against].to_dict(),
                    }
                    for one in getattr(self, name)
                ]
                for name in ("more", "less", "doubt")
            },
        }


def planned_activities(asked: Asked, lines: Sequence[Line]) -> tuple[PlannedActivity, ...]:
    """Return the kinds of computation of a plan with what lines say of each, in the order of the plan."""
    entries = asked.compiled.entries
    kinds: dict[tuple[object, ...], list[int]] = {}
    for index, entry in enumerate(entries):
        kinds.setdefault((entry.attributes, entry.accompanies, entry.run), []).append(index)
    masks = np.zeros((len(kinds), len(entries)), dtype=bool)
    for row, members in enumerate(kinds.values()):
        masks[row, members] = True
    amounts = asked.amounts(asked.compiled.rows_of(masks), asked.level)
    return tuple(
        _planned([entries[index] for index in members], amount, lines)
        for members, amount in zip(kinds.values(), amounts, strict=True)
    )


def _planned(entries: Sequence[Entry], amount: Amount, lines: Sequence[Line]) -> PlannedActivity:
    first = entries[0]
    return PlannedActivity(
        first.attributes,
        None if first.accompanies is None else first.accompanies.activity,
        first.run,
        tuple(dict.fromkeys(entry.stage for entry in entries)),
        amount,
        {line.id: deciding_cell(line, first) for line in lines},
    )


def parting(line: str, against: str, planned: Sequence[PlannedActivity]) -> Parting:
    """Return where a line parts from another in counting this plan."""
    found: dict[str, list[PlannedActivity]] = {"more": [], "less": [], "doubt": []}
    for one in sorted(planned, key=lambda one: -one.amount.median):
        here, there = one.cells[line], one.cells[against]
        counted = (is_counted(here), is_counted(there))
        if counted == (True, False):
            found["more"].append(one)
        elif counted == (False, True):
            found["less"].append(one)
        elif here.answer != there.answer:
            found["doubt"].append(one)
    return Parting(line, against, *(tuple(found[name]) for name in ("more", "less", "doubt")))


def is_counted(cell: Cell) -> bool:
    """Return whether the expected reading counts what a cell is about."""
    return cell.answer == "yes" or (cell.answer == "disputed" and cell.lean == "in")
