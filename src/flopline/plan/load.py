"""A file, text or mapping read into a Plan, with every problem found in it reported at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from flopline.documents import Document, read
from flopline.errors import Diagnostic, FloplineError, Place, PlanError
from flopline.plan.amounts import RefusedError, Surroundings
from flopline.plan.checks import problems_of_plan, problems_of_stage
from flopline.plan.explain_errors import diagnostic_of
from flopline.plan.model import Plan, Stage

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, eq=False)
class LoadedPlan:
    """A valid plan with what identifies it.

    Attributes
    ----------
    plan : Plan
        The model.
    document : Document
        The text it came from, for the places of later diagnostics.
    sha256 : str
        Of the canonical JSON of its tree, so that TOML, JSON and flags that say the same hash the same.
    folder : Path, optional
        Where its relative paths start.
    """

    plan: Plan
    document: Document
    sha256: str
    folder: Path | None = None

    @property
    def title(self) -> str:
        """The plan's title, or the name of its file."""
        return self.plan.title or Path(self.document.name).stem or "a run described by flags"


def load(source: str | Path, *, catalogues: Sequence[Path] = ()) -> LoadedPlan:
    """Return the plan in a TOML or JSON file.

    Raises
    ------
    DocumentError
        The file cannot be read.
    PlanError
        It can, but does not describe a run; carries every problem with its place.
    """
    path = Path(source)
    return load_document(read(path), Surroundings(path.parent, tuple(catalogues)))


def load_document(document: Document, surroundings: Surroundings) -> LoadedPlan:
    """Return the plan in a document that has been read already."""
    tree = document.tree
    try:
        plan = Plan.model_validate(tree, context=surroundings)
    except ValidationError as invalid:
        found = list(_schema_problems(document, invalid))
        found += [problem for path, stage in _valid_stages(tree, surroundings)
                  for problem in _placed(document, path, problems_of_stage(stage))]  # fmt: skip
        raise PlanError.of(_unique(found)) from None
    found = [
        problem
        for index, stage in enumerate(plan.stage)
        for problem in _placed(document, ("stage", index), problems_of_stage(stage, plan.model))
    ]
    found += _placed(document, (), problems_of_plan(plan))
    if found:
        raise PlanError.of(_unique(found))
    return LoadedPlan(plan, document, fingerprint(tree), surroundings.folder)


def fingerprint(tree: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the tree's canonical JSON; models given as objects count by their content."""
    text = json.dumps(tree, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return dict(value) if isinstance(value, Mapping) else str(value)


def _schema_problems(document: Document, invalid: ValidationError) -> Iterator[Diagnostic]:
    for error in invalid.errors(include_url=False):
        path = tuple(part for part in error["loc"])
        cause = error.get("ctx", {}).get("error")
        if isinstance(cause, (RefusedError, FloplineError)):
            yield from (problem.at(document.place(path)) for problem in cause.diagnostics)
        else:
            yield diagnostic_of(error, document, path)


def _valid_stages(tree: Mapping[str, Any], surroundings: Surroundings) -> Iterator[tuple[Path_, Stage]]:
    """Yield the stages that are valid on their own, so that their semantic problems show in the same run."""
    stages = tree.get("stage")
    for index, raw in enumerate(stages if isinstance(stages, list) else ()):
        try:
            yield ("stage", index), Stage.model_validate(raw, context=surroundings)
        except ValidationError:
            continue


def _placed(
    document: Document, prefix: Path_, problems: Iterator[tuple[Path_, Diagnostic]]
) -> list[Diagnostic]:
    return [problem.at(_place(document, prefix + path)) for path, problem in problems]


def _place(document: Document, path: Path_) -> Place:
    return document.place(path, key=True)


def _unique(problems: list[Diagnostic]) -> list[Diagnostic]:
    return list(dict.fromkeys(problems))
