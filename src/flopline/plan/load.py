"""A file, text or mapping read into a Plan, with every problem found in it reported at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from flopline.documents import Document, read
from flopline.errors import Diagnostic, FloplineError, HardwareError, Place, PlanError
from flopline.hardware import Profile, own_profile
from flopline.plan.amounts import RefusedError, Surroundings
from flopline.plan.base import with_table
from flopline.plan.between import Part, problems_between
from flopline.plan.checks import Found, Path_, problems_of_stage
from flopline.plan.explain_errors import diagnostic_of
from flopline.plan.lineage import in_order
from flopline.plan.model import MOST_STAGES, Plan, PlanModel, Stage
from flopline.plan.references import Correlation

Table = TypeVar("Table", bound=BaseModel)


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
    catalogues : tuple of Path
        Folders in which its chips were looked for first.
    regimes : tuple of Path
        Files and folders whose regimes join the shipped ones, or amend them.
    """

    plan: Plan
    document: Document
    sha256: str
    folder: Path | None = None
    catalogues: tuple[Path, ...] = ()
    regimes: tuple[Path, ...] = ()

    @property
    def title(self) -> str:
        """The plan's title, or the name of its file."""
        return self.plan.title or Path(self.document.name).stem or "a run described by flags"


def load(source: str | Path, *, catalogues: Sequence[Path] = (), regimes: Sequence[Path] = ()) -> LoadedPlan:
    """Return the plan in a TOML or JSON file.

    Raises
    ------
    DocumentError
        The file cannot be read.
    PlanError
        It can, but does not describe a run; carries every problem with its place.
    """
    path = Path(source)
    return load_document(read(path), Surroundings(path.parent, tuple(catalogues), regimes=tuple(regimes)))


def load_document(document: Document, surroundings: Surroundings) -> LoadedPlan:
    """Return the plan in a document that has been read already."""
    tree = document.tree
    surroundings = replace(surroundings, chips=_own_chips(document, surroundings))
    surroundings = _with_own_bases(document, surroundings)
    try:
        plan = Plan.model_validate(tree, context=surroundings)
    except ValidationError as invalid:
        found = [*_schema_problems(document, invalid), *_other_problems(document, surroundings)]
        raise PlanError.of(_unique(found)) from None
    found = _problems(document, Part.whole(plan), plan.model)
    if found:
        raise PlanError.of(_unique(found))
    around = surroundings
    return LoadedPlan(plan, document, fingerprint(tree), around.folder, around.catalogues, around.regimes)


def _own_chips(document: Document, surroundings: Surroundings) -> dict[str, Profile]:
    """Return the chips that a plan describes itself.

    Raises
    ------
    HardwareError
        Everything that is wrong with them, each with its place.
    """
    raw = document.tree.get("hardware", {})
    if not isinstance(raw, Mapping):
        message = "`hardware` at the top of a plan is a table of chips; a stage names its own"
        hint = 'write hardware = "h100-sxm" under [[stage]], or describe a chip under [hardware.our-chip]'
        raise HardwareError(message, code="E507", hint=hint, place=document.place(("hardware",), key=True))
    found: dict[str, Profile] = {}
    problems: list[Diagnostic] = []
    for name, table in raw.items():
        try:
            found[name] = own_profile(name, table, surroundings.catalogues)
        except HardwareError as error:
            problems += (_refused(document, ("hardware", name), problem) for problem in error.diagnostics)
    if problems:
        raise HardwareError.of(problems)
    return found


def _with_own_bases(document: Document, surroundings: Surroundings) -> Surroundings:
    """Return surroundings that know the bases which a plan describes itself.

    Raises
    ------
    PlanError
        Everything that is wrong with them, each with its place.
    """
    raw = document.tree.get("base", {})
    if not isinstance(raw, Mapping) or not all(isinstance(table, Mapping) for table in raw.values()):
        message = "`base` at the top of a plan is a table of models that others start from; a stage names its own"
        hint = 'describe a model under [base.our-model], and write base = "our-model" under [[stage]]'
        raise PlanError(message, code="E375", hint=hint, place=document.place(("base",), key=True))
    problems: list[Diagnostic] = []
    for name in in_order(document, raw):
        try:
            surroundings = with_table(surroundings, name, raw[name])
        except ValidationError as invalid:
            problems += _schema_problems(document, invalid, ("base", name))
        except PlanError as error:
            problems += (_refused(document, ("base", name), problem) for problem in error.diagnostics)
    if problems:
        raise PlanError.of(_unique(problems))
    return surroundings


@contextmanager
def placing(loaded: LoadedPlan) -> Iterator[None]:
    """Give whatever is refused while a plan is answered a place: at least the plan's file."""
    try:
        yield
    except FloplineError as error:
        place = loaded.document.place(())
        error.diagnostics = tuple(problem.at(place) for problem in error.diagnostics)
        raise


def fingerprint(tree: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the tree's canonical JSON; models given as objects count by their content."""
    text = json.dumps(tree, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return dict(value) if isinstance(value, Mapping) else str(value)


def _schema_problems(document: Document, invalid: ValidationError, prefix: Path_ = ()) -> Iterator[Diagnostic]:
    for error in invalid.errors(include_url=False):
        path = prefix + tuple(error["loc"])
        if error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]:
            continue  # its items are refused, each for itself
        cause = error.get("ctx", {}).get("error")
        if isinstance(cause, (RefusedError, FloplineError)):
            yield from (_refused(document, path, problem) for problem in cause.diagnostics)
        else:
            yield diagnostic_of(error, document, path)


def _refused(document: Document, path: Path_, problem: Diagnostic) -> Diagnostic:
    """Return what another layer refused, placed in this document unless it stands in a file of its own."""
    inner = problem.place
    if inner is not None and inner.file is None and inner.key is not None:  # a key of a table that the plan holds
        return replace(problem, place=document.place((*path, *inner.key.split("."))))
    return problem.at(document.place(path))


def _other_problems(document: Document, surroundings: Surroundings) -> list[Diagnostic]:
    """Return what is wrong with the tables that are valid on their own, so that it shows in the same run."""
    tree = document.tree
    stages = _valid(Stage, _items(tree, "stage"), surroundings)
    correlations = _valid(Correlation, _items(tree, "correlation"), surroundings)
    model = _valid(PlanModel, [tree.get("model", {})], surroundings).get(0)
    unread = {_name(raw) for index, raw in enumerate(_items(tree, "stage")) if index not in stages}
    if model is None:
        unread.add("model")
    plan = Plan.model_construct(
        stage=tuple(stages.values()), model=model or PlanModel(), correlation=tuple(correlations.values())
    )
    return _problems(document, Part(plan, tuple(stages), tuple(correlations), frozenset(unread)), model)


def _items(tree: Mapping[str, Any], key: str) -> list[Any]:
    """Return the first tables of an array; one with many more is refused for that alone."""
    found = tree.get(key)
    return found[: 2 * MOST_STAGES] if isinstance(found, list) else []


def _name(raw: object) -> str:
    name = raw.get("name") if isinstance(raw, Mapping) else None
    return name if isinstance(name, str) else ""


def _valid(table: type[Table], raws: Sequence[object], surroundings: Surroundings) -> dict[int, Table]:
    """Return the valid ones among raw tables by their index."""
    found = {}
    for index, raw in enumerate(raws):
        try:
            found[index] = table.model_validate(raw, context=surroundings)
        except ValidationError:
            continue
    return found


def _problems(document: Document, part: Part, model: PlanModel | None) -> list[Diagnostic]:
    """Return what is wrong with stages, each on its own, and between them; without a model, less of it."""
    found = [
        problem
        for index, stage in enumerate(part.plan.stage)
        for problem in _placed(document, part.stage(index), problems_of_stage(stage, model))
    ]
    return found + _placed(document, (), problems_between(part))


def _placed(document: Document, prefix: Path_, problems: Found) -> list[Diagnostic]:
    return [problem.at(document.place(prefix + path, key=True)) for path, problem in problems]


def _unique(problems: list[Diagnostic]) -> list[Diagnostic]:
    """Return every problem once, in the order of the file."""
    return sorted(dict.fromkeys(problems), key=_position)


def _position(problem: Diagnostic) -> tuple[int, int]:
    place = problem.place or Place()
    return (place.line or 0, place.column or 0)
