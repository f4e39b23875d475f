"""Stages that update parameters from tokens: the kept passes, and what stands beside them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal

from flopline.engine.factors import EXCESS, ODDS, Entry, Term, lost
from flopline.engine.passes import forward_pass, length_of, recompute_pass, routed_pass, size_name, training_pass
from flopline.engine.quantities import Quantities, constant
from flopline.plan import Stage, sized
from flopline.regimes import Attributes

if TYPE_CHECKING:
    from collections.abc import Iterator

Relation = Literal["this-model", "ancestor", "teacher", "auxiliary"]

ACTIVITY: Final = {
    "pretraining": "pretraining",
    "continued-pretraining": "continued-pretraining",
    "fine-tuning": "sft",
    "preference": "preference-opt",
    "distillation": "sft",
    "reinforcement-learning": "rl-update",
    "synthetic-data": "synth-private",
    "reward-model": "aux-model-training",
    "data-processing": "data-filtering",
    "research": "research-runs",
    "evaluation": "evaluation",
}
FORWARD_ONLY: Final = frozenset({"evaluation", "data-processing"})
ELEMENTWISE: Final = Fraction(8, 1000)
"""Upper end of what norms, softmax, rotary and activations add to the matrix products (0.3 to 0.8 %)."""


def attributes_of(stage: Stage, activity: str | None = None, relation: Relation = "this-model") -> Attributes:
    """Return what an entry of a stage says about itself to a law."""
    if stage.kind == "reward-model":
        relation = "auxiliary"
    return Attributes(
        activity=activity or ACTIVITY[stage.kind],
        actor=stage.actor,
        relation=relation,
        fate="kept",
        public=stage.public or "unknown",
        phase=stage.phase,
    )


def tokens_of(stage: Stage, quantities: Quantities) -> Term:
    """Return the tokens that pass through the model: tokens (or samples x length) x epochs x overhead."""
    name = stage.name
    if stage.tokens is not None:
        factors = [quantities.factor(f"{name}.tokens")]
    else:
        length = constant("mean length of a sample", length_of(stage, "samples").mean, "plan")
        factors = [quantities.factor(f"{name}.samples"), length]
    factors += [quantities.factor(f"{name}.{key}") for key in ("epochs", "overhead") if getattr(stage, key) is not None]
    return tuple(factors)


def token_entries(stage: Stage, quantities: Quantities, tokens: Term | None = None) -> Iterator[Entry]:
    """Yield the entries of a stage that is counted from its tokens.

    Parameters
    ----------
    tokens : tuple of Factor, optional
        Other tokens than those that the stage gives; of none at all the entries are those of one token.
    """
    size = sized(stage, quantities.plan.model)
    exact = size.config is not None
    tokens = tokens_of(stage, quantities) if tokens is None else tokens
    own = attributes_of(stage)
    if stage.kind in FORWARD_ONLY:
        passed = tokens + forward_pass(size, size_name(stage), stage, quantities)
        yield Entry(stage.name, own, "tokens", (passed,), "tokens x forward FLOP per token", exact=exact)
        return
    trained = tokens + training_pass(stage, quantities)
    kept = Entry(stage.name, own, "tokens", (trained,), "tokens x training FLOP per token", exact=exact)
    yield kept
    yield from lost_steps(stage, kept, quantities)
    yield from padded(stage, kept, quantities)
    if stage.capacity is not None:
        slots = (
            *tokens,
            *routed_pass(stage, quantities),
            quantities.factor(f"{stage.name}.capacity", transform=EXCESS),
        )
        yield beside(kept, (slots,), "capacity-padding", "tokens x expert FLOP per token x (capacity - 1)")
    if stage.recompute not in (None, "none"):
        again = tokens + recompute_pass(stage, quantities)
        yield recomputation(kept, (again,), f"tokens x recomputed FLOP per token ({stage.recompute})")
    yield from _helpers(stage, tokens, quantities)


def lost_steps(stage: Stage, kept: Entry, quantities: Quantities) -> Iterator[Entry]:
    """Yield the steps that were executed beside kept ones and lost again: kept x r / (1 - r)."""
    if stage.rework is not None:
        terms = kept.times(quantities.goodput(stage, "rework", ODDS))
        yield Entry(kept.stage, lost(kept.attributes), kept.method, terms, "kept x rework / (1 - rework)")


def padded(stage: Stage, kept: Entry, quantities: Quantities) -> Iterator[Entry]:
    """Yield the padded positions that are executed beside kept ones: kept x p / (1 - p)."""
    if stage.padding is not None:
        terms = kept.times(quantities.factor(f"{stage.name}.padding", transform=ODDS))
        yield beside(kept, terms, "padding", "kept x padding / (1 - padding)")


def recomputation(kept: Entry, terms: tuple[Term, ...], formula: str) -> Entry:
    """Return the entry of activations that kept passes compute a second time."""
    return beside(kept, terms, "activation-recompute", formula)


def beside(kept: Entry, terms: tuple[Term, ...], activity: str, formula: str) -> Entry:
    """Return the entry of what is computed in the course of kept passes without being part of them."""
    attributes = replace(kept.attributes, activity=activity)
    return Entry(kept.stage, attributes, kept.method, terms, formula, accompanies=kept.attributes)


def elementwise(entry: Entry) -> Entry:
    """Return what the ledger of an entry leaves out, as much as it can be."""
    small = constant("elementwise share", ELEMENTWISE, "upper end of 0.3 to 0.8 % of matrix products")
    attributes = replace(entry.attributes, activity="elementwise")
    formula = "0.8 % of matrix products: norms, softmax, rotary, activations"
    return Entry(entry.stage, attributes, entry.method, entry.times(small), formula, accompanies=entry.attributes)


def _helpers(stage: Stage, tokens: Term, quantities: Quantities) -> Iterator[Entry]:
    """Yield the forward passes of a teacher or a reference policy over the same tokens."""
    for role, activity in (("teacher", "teacher-inference"), ("reference", "rl-scoring")):
        model = getattr(stage, role)
        if model is None:
            continue
        size, owner = (
            (sized(stage, quantities.plan.model), size_name(stage)) if model.own else (model, size_name(stage, role))
        )
        term = tokens + forward_pass(size, owner, stage, quantities)
        relation: Relation = "this-model" if model.own else "teacher" if role == "teacher" else "auxiliary"
        formula = f"tokens x forward FLOP per token of the {role}"
        attributes = attributes_of(stage, activity, relation)
        yield Entry(stage.name, attributes, "tokens", (term,), formula, exact=size.config is not None)
