"""A plan from flags or Python keywords: one stage, no file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flopline.documents import Document, from_values, parse, suggestion_hint
from flopline.errors import Diagnostic, DocumentError, Place, PlanError
from flopline.plan.amounts import Surroundings
from flopline.plan.kinds import KEYS
from flopline.plan.load import LoadedPlan, load_document
from flopline.plan.model import PlanModel, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_OF_MODEL: Final = frozenset(PlanModel.model_fields) - {"mtp"}
_OF_PLAN: Final = frozenset({"title", "day", "start", "approval", "none", "intended"})
_OF_DEVELOPER: Final = frozenset({"markets", "revenue"})
_PROSE: Final = frozenset({"title", "note", "name"})
_SIZE: Final = frozenset({"config", "params", "active"})
_KINDS: Final = tuple(KEYS)
_SHORT: Final = {"pretraining": "pretrain"}


def keys_of_estimate() -> tuple[str, ...]:
    """Return every key that flags and keywords may set."""
    return tuple(sorted({*Stage.model_fields, *_OF_MODEL, *_OF_PLAN, *_OF_DEVELOPER}))


def plan_from_keywords(
    values: Mapping[str, object],
    spell: Callable[[str], str],
    *,
    catalogues: Sequence[Path] = (),
    regimes: Sequence[Path] = (),
    base: Document | None = None,
    folder: Path | None = None,
) -> LoadedPlan:
    """Return the plan that keywords describe, or a plan with some of its keys replaced.

    Parameters
    ----------
    values : mapping
        Keys of a stage, of `[model]`, of the plan (`title`, `day`, `start`, `none`) and of `[developer]`
        (`markets`, `revenue`).
    spell : callable
        How a key is written where the user wrote it: `--seq-len`, `seq_len=`.
    base : Document, optional
        A plan with one stage, whose keys the values replace.
    folder : Path, optional
        Where relative paths start; the plan's own folder for `base`, else the working directory.

    Raises
    ------
    PlanError
        An unknown key, or no plan.
    """
    known = keys_of_estimate()
    unknown = [key for key in values if key not in known]
    if unknown:
        raise PlanError.of(
            Diagnostic("E301", f"unknown key `{key}`", Place(key=spell(key)), suggestion_hint(key, known))
            for key in unknown
        )
    tree: dict[str, Any] = _single_stage(base) if base else {"stage": [{}]}
    stage = tree["stage"][0]
    sized = not _SIZE.isdisjoint(stage)
    places: dict[tuple[str | int, ...], str] = {}
    for key, value in values.items():
        path = ("stage", 0, key) if sized and key in _SIZE else _path_of(key)
        places[path] = spell(key)
        read = table_of(key, value, spell(key))
        _put(tree, path, read if base is None else _from_here(key, read))
    stage.setdefault("kind", "pretraining")
    stage.setdefault("name", _SHORT.get(stage["kind"], stage["kind"]) if stage["kind"] in _KINDS else "stage")
    # With a file, what flags set is placed at the flags, and the rest where it stands in the text.
    document = from_values(tree, places) if base is None else replace(base, tree=tree, places=places)
    return load_document(document, Surroundings(folder, tuple(catalogues), regimes=tuple(regimes)))


def _single_stage(document: Document) -> dict[str, Any]:
    tree: dict[str, Any] = _copied(document.tree)
    stages = tree.get("stage")
    if not isinstance(stages, list) or len(stages) != 1 or not isinstance(stages[0], dict):
        message = "flags replace keys of a plan with one stage; this plan has several"
        raise PlanError(message, place=Place(file=document.name), hint="edit the file, or use `flopline sweep --vary`")
    return tree


def _copied(value: Any) -> Any:  # trees of TOML hold anything
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _path_of(key: str) -> tuple[str | int, ...]:
    if key in _OF_PLAN:
        return (key,)
    if key in _OF_DEVELOPER:
        return ("developer", key)
    return ("model", key) if key in _OF_MODEL else ("stage", 0, key)


def _put(tree: dict[str, Any], path: tuple[str | int, ...], value: object) -> None:
    at: Any = tree
    for part in path[:-1]:
        at = at[part] if isinstance(part, int) else at.setdefault(part, {})
    at[path[-1]] = value


def table_of(key: str, value: object, spelled: str) -> object:
    """Return the table that a flag writes as inline TOML; anything else as it is."""
    if key in _PROSE or not isinstance(value, str) or not value.lstrip().startswith("{"):
        return value
    try:
        return parse(f"{key} = {value.strip()}", spelled, "toml").tree[key]
    except DocumentError as error:
        hint = 'a table is written as in TOML: { params = "405B" }'
        raise PlanError.of(replace(problem, hint=problem.hint or hint) for problem in error.diagnostics) from None


def _from_here(key: str, value: object) -> object:
    """Return a value whose paths start in the working directory, where flags are typed, not beside the plan."""
    if isinstance(value, dict):
        return {inner: _from_here(inner, item) for inner, item in value.items()}
    if key != "config" or not isinstance(value, str) or not value.strip() or "\0" in value:
        return value
    return value if value.startswith("~") else str(Path.cwd() / value)
