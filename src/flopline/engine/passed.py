"""How many tokens a machine gets through in its time."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

from flopline.engine.factors import Derived, Term, inverse
from flopline.engine.passes import length_of
from flopline.engine.quantities import Quantities, constant
from flopline.engine.updates import token_entries
from flopline.errors import FloplineError
from flopline.plan import Stage, generated, sized

if TYPE_CHECKING:
    from collections.abc import Iterator


def passed(stage: Stage, kept: tuple[Term, ...], quantities: Quantities) -> Iterator[Derived]:
    """Yield the tokens, or for models that read none the samples, whose passes are a stage's kept FLOP.

    Nothing follows where the model or the length of a sequence is not known, and where uncertain passes of several
    models would have to be added up below the line.
    """
    size = sized(stage, quantities.plan.model)
    if generated(stage) or (size.config is None and size.params is None):
        return
    if size.config is not None and stage.seq_len is None:
        return
    try:
        each = _per_token(stage, quantities)
    except FloplineError:  # the machine is counted without the shape, which need not be whole
        return
    if each is None:
        return
    name = "tokens"
    if size.config is not None and "token" not in size.config.unit:
        name = "samples"
        each = (*each, constant("mean length of a sample", length_of(stage, name).mean, "plan"))
    terms = tuple(term + inverse(each) for term in kept)
    yield Derived(
        stage.name, name, name, terms, f"kept FLOP over FLOP of one {name[:-1]}, counted once for every epoch"
    )


def _per_token(stage: Stage, quantities: Quantities) -> Term | None:
    """Return kept FLOP of one token as one product; None where it is a sum of uncertain ones."""
    terms = [
        term
        for entry in token_entries(stage, quantities, ())
        if entry.attributes.fate == "kept" and entry.accompanies is None
        for term in entry.terms
    ]
    if len(terms) == 1:
        return terms[0]
    certain = [[factor.certain for factor in term] for term in terms]
    values = [[value for value in term if value is not None] for term in certain]
    if any(len(known) < len(term) for known, term in zip(values, certain, strict=True)):
        return None
    whole = sum((prod(known, start=Fraction(1)) for known in values), Fraction(0))
    return (constant("FLOP per token, all models that it passes", whole, "architecture"),)
