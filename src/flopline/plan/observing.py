"""A plan with what was observed of its stages: `pretrain.tokens=9T`, from flags or Python keywords."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flopline.documents import suggestion_hint
from flopline.errors import Place, PlanError
from flopline.plan.amounts import Surroundings
from flopline.plan.axes import replaced
from flopline.plan.keywords import table_of
from flopline.plan.load import LoadedPlan, load_document
from flopline.plan.observed import Observed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def with_observed(loaded: LoadedPlan, given: Mapping[str, object], spell: Callable[[str], str]) -> LoadedPlan:
    """Return a plan with figures of a run that is under way, in place of those that it has itself.

    Parameters
    ----------
    given : mapping
        Values by `STAGE.KEY`; of a plan with one stage `KEY` will do.
    spell : callable
        How a name is written where the user wrote it.

    Raises
    ------
    PlanError
        There is no such stage or key, or what was observed cannot be.
    """
    if not given:
        return loaded
    tree: dict[str, Any] = dict(loaded.document.tree)
    places = dict(loaded.document.places)
    for name, value in given.items():
        path = _path(name, loaded, spell(name))
        tree = replaced(tree, path, table_of(path[-1], value, spell(name)))
        places[path] = spell(name)
    document = replace(loaded.document, tree=tree, places=places)
    return load_document(document, Surroundings(loaded.folder, loaded.catalogues, regimes=loaded.regimes))


def _path(name: str, loaded: LoadedPlan, spelled: str) -> tuple[str, int, str, str]:
    """Return the path of one observed figure in the plan's tree."""
    owner, dot, key = name.rpartition(".")
    names = [stage.name for stage in loaded.plan.stage]
    if not dot and len(names) == 1:
        owner = names[0]
    if owner not in names:
        message = f"`{owner or name}` is no stage of the plan"
        hint = suggestion_hint(owner, names) or f"write STAGE.KEY; stages: {', '.join(names)}"
        raise PlanError(message, hint=hint, place=Place(key=spelled))
    known = list(Observed.model_fields)
    if key not in known:
        message = f"`{key}` is nothing that is observed"
        hint = suggestion_hint(key, known) or f"one of {', '.join(known)}"
        raise PlanError(message, hint=hint, place=Place(key=spelled))
    return ("stage", names.index(owner), "observed", key)
