"""The models that a plan starts from, through all generations, each once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from flopline.errors import PlanError
from flopline.plan.base import Base, NamedBase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.documents import Document
    from flopline.plan.model import Plan, Stage


@dataclass(frozen=True)
class Ancestor:
    """One run that the plan's model rests on.

    Attributes
    ----------
    base : Base
        What the plan, or the catalogue, says of it.
    at : str
        Dotted name under which its amounts stand: `adapt.base`, `base.atlas-sft`.
    stage : str
        The first stage that leads to it.
    merged : bool
        Its weights only ever enter by merging or averaging.
    """

    base: Base
    at: str
    stage: str
    merged: bool


class Parent(NamedTuple):
    """A model directly behind another one."""

    base: Base
    at: str
    merged: bool


def parents(of: Stage | Base, at: str) -> Iterator[Parent]:
    """Yield what a stage, or a base, starts from."""
    if of.base is not None:
        yield Parent(of.base, _address(of.base, f"{at}.base"), of.base.merged)
    for index, one in enumerate(of.merges):
        yield Parent(one, _address(one, f"{at}.merges[{index}]"), True)


def _address(base: Base, inline: str) -> str:
    return f"base.{base.name}" if isinstance(base, NamedBase) else inline


def occurrences(plan: Plan) -> Iterator[Ancestor]:
    """Yield every place in a plan where a base stands; one with a table of its own once."""
    seen: set[str] = set()
    for stage in plan.stage:
        yield from _behind(stage, stage.name, stage.name, seen)
    for name, base in plan.base.items():
        if f"base.{name}" not in seen:
            seen.add(f"base.{name}")
            yield Ancestor(base, f"base.{name}", "", merged=False)
            yield from _behind(base, f"base.{name}", "", seen)


def _behind(of: Stage | Base, at: str, stage: str, seen: set[str]) -> Iterator[Ancestor]:
    for parent in parents(of, at):
        yield Ancestor(parent.base, parent.at, stage, parent.merged)
        if parent.at not in seen:
            seen.add(parent.at)
            yield from _behind(parent.base, parent.at, stage, seen)


def lineage_of(plan: Plan) -> tuple[Ancestor, ...]:
    """Return every run that the plan's stages rest on, the nearest first, each once.

    A run whose weights are an initialization anywhere is one, even where they are merged elsewhere.
    """
    found: dict[str, Ancestor] = {}
    for one in occurrences(plan):
        if not one.stage:
            continue  # a table that no stage leads to
        first = found.setdefault(one.base.name, one)
        silent = first.base.flop is None and first.base.tokens is None
        told = one if silent else first  # whichever says what it took
        found[one.base.name] = replace(told, merged=first.merged and one.merged)
    return tuple(found.values())


def ancestors_of(base: Base) -> dict[str, Base]:
    """Return the runs behind a base, without its own, by their names."""
    found: dict[str, Base] = {}
    for one in (base.base, *base.merges):
        if one is not None and one.name not in found:
            found[one.name] = one
            found |= ancestors_of(one)
    return found


def named_in(raw: object) -> Iterator[str]:
    """Yield the names of bases in a table that has not been read yet."""
    if not isinstance(raw, Mapping):
        return
    listed = raw.get("merges")
    for one in (raw.get("base"), *(listed if isinstance(listed, list) else ())):
        if isinstance(one, str):
            yield one.strip()
        else:
            yield from named_in(one)


def in_order(document: Document, tables: Mapping[str, Any]) -> list[str]:
    """Return the plan's own bases, each behind those that it starts from.

    Raises
    ------
    PlanError
        They go round in a circle (E376).
    """
    order: list[str] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            message = f"bases go round in a circle: {' -> '.join([*path[path.index(name) :], name])}"
            raise PlanError(message, code="E376", place=document.place(("base", name)))
        if name not in order:
            for other in named_in(tables[name]):
                if other in tables:
                    visit(other, (*path, name))
            order.append(name)

    for name in tables:
        visit(name, ())
    return order
