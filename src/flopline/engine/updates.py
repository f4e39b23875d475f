"""Stages that update parameters from tokens: the kept passes, and what stands beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

from flopline.engine.factors import ODDS, Entry, Term, lost
from flopline.engine.passes import (
    ELEMENTWISE,
    forward_pass,
    recompute_pass,
    size_name,
    training_pass,
)
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
        length = constant("tokens per sample", stage.seq_len or 1, "plan")
        factors = [quantities.factor(f"{name}.samples"), length]
    factors += [quantities.factor(f"{name}.{key}") for key in ("epochs", "overhead") if getattr(stage, key) is not None]
    return tuple(factors)


def token_entries(stage: Stage, quantities: Quantities) -> Iterator[Entry]:
    """Yield the entries of a stage that is counted from its tokens."""
    size = sized(stage, quantities.plan.model)
    tokens = tokens_of(stage, quantities)
    own = attributes_of(stage)
    if stage.kind in FORWARD_ONLY:
        kept = tokens + forward_pass(size, size_name(stage), stage, quantities)
        yield Entry(stage.name, own, "tokens", (kept,), "tokens x forward FLOP per token")
        return
    kept = tokens + training_pass(stage, quantities)
    yield Entry(stage.name, own, "tokens", (kept,), "tokens x training FLOP per token")
    yield from beside(stage, own, (kept,), quantities)
    if stage.recompute not in (None, "none"):
        again = tokens + recompute_pass(stage, quantities)
        formula = f"tokens x recomputed FLOP per token ({stage.recompute})"
        yield Entry(stage.name, replace(own, activity="activation-recompute"), "tokens", (again,), formula)
    yield from _helpers(stage, tokens, quantities)


def beside(stage: Stage, own: Attributes, kept: tuple[Term, ...], quantities: Quantities) -> Iterator[Entry]:
    """Yield what kept passes bring with them: lost steps (rule 18) and elementwise operations (rule 17)."""
    if stage.rework is not None:
        odds = quantities.factor(f"{stage.name}.rework", transform=ODDS)
        again = tuple((*term, odds) for term in kept)
        yield Entry(stage.name, lost(own), "tokens", again, "kept x rework / (1 - rework)")
    if sized(stage, quantities.plan.model).config is not None:
        small = constant("elementwise share", ELEMENTWISE, "upper end of 0.3 to 0.8 % of matrix products")
        terms = tuple((*term, small) for term in kept)
        formula = "kept x 0.8 %: norms, softmax, rotary, activations"
        yield Entry(stage.name, replace(own, activity="elementwise"), "tokens", terms, formula)


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
        attributes = attributes_of(stage, activity, relation)
        yield Entry(stage.name, attributes, "tokens", (term,), f"tokens x forward FLOP per token of the {role}")
