"""A value in the place of a quantity: whether it only multiplies products, and the plan that has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flopline.documents import from_values
from flopline.engine.expand import expand
from flopline.engine.stage_entries import method_of
from flopline.plan import LoadedPlan, Surroundings, load_document
from flopline.plan.axes import Axis, replaced

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flopline.engine.compile import Compiled

_STRUCTURAL: Final = frozenset({"seq_len", "prompt_tokens", "tool_tokens", "judge_tokens"})
"""Lengths shape the ledger of a model even where they only multiply another's."""


def only_scales(loaded: LoadedPlan, axis: Axis) -> bool:
    """Return whether an axis only multiplies products: fixed values of a quantity that is nowhere transformed."""
    if axis.quantity is None or any(isinstance(value, str) for value in axis.values):
        return False
    if axis.path[-1] in _STRUCTURAL or any(method_of(stage) == "fused" for stage in loaded.plan.stage):
        return False
    entries = expand(loaded).entries
    factors = [(factor, entry.stage) for entry in entries for term in entry.terms for factor in term]
    own = [(factor, stage) for factor, stage in factors if factor.name == axis.quantity]
    # What was observed of a stage is asked anew of every value: it may be out of reach, and the rate depend on it.
    under_way = {stage.name for stage in loaded.plan.stage if stage.observed is not None}
    pure = all(factor.transform is None and stage not in under_way for factor, stage in own)
    return bool(own) and pure


def powers(compiled: Compiled, axis: Axis) -> list[int]:
    """Return the power of an axis in every row."""
    return [sum(factor.exponent for factor in term if factor.name == axis.quantity) for term in compiled.terms]


def variant(loaded: LoadedPlan, values: Iterable[tuple[Axis, float | str]]) -> LoadedPlan:
    """Return the plan with values in the place of what stands at their axes.

    Raises
    ------
    FloplineError
        A value that the plan refuses, placed at its axis.
    """
    tree: dict[str, Any] = dict(loaded.document.tree)
    places: dict[tuple[str | int, ...], str] = {}
    for axis, value in values:
        tree = replaced(tree, axis.path, value)
        places[axis.path] = f"--vary {axis.name}"
    return load_document(
        from_values(tree, places), Surroundings(loaded.folder, loaded.catalogues, regimes=loaded.regimes)
    )
