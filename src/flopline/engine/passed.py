"""How many tokens a machine gets through in its time."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

from flopline.engine.factors import Derived, Term, inverse
from flopline.engine.generation import synthetic_entries
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
    try:
        each = _of_one(_passes(stage, quantities))
    except FloplineError:  # the machine is counted without the shape, which need not be whole
        return
    if each is None:
        return
    name = "tokens_generated" if stage.kind == "synthetic-data" else "tokens"
    size = sized(stage, quantities.plan.model)
    if name == "tokens" and size.config is not None and "token" not in size.config.unit:
        name = "samples"
        each = (*each, constant("mean length of a sample", length_of(stage, name).mean, "plan"))
    unit = name.partition("_")[0]
    again = "" if name == "tokens_generated" else ", counted once for every epoch"
    terms = tuple(term + inverse(each) for term in kept)
    yield Derived(stage.name, name, unit, terms, f"kept FLOP over FLOP of one {unit[:-1]}{again}")


def _passes(stage: Stage, quantities: Quantities) -> list[Term]:
    """Return the kept FLOP of one token as products; none where the plan does not tell."""
    size = sized(stage, quantities.plan.model)
    if stage.kind == "synthetic-data":
        entries = synthetic_entries(stage, quantities, ()) if stage.generator is not None else ()
    elif generated(stage) or (size.config is None and size.params is None):
        return []
    else:
        entries = token_entries(stage, quantities, ())
    return [
        term
        for entry in entries
        if entry.attributes.fate == "kept" and entry.accompanies is None
        for term in entry.terms
    ]


def _of_one(terms: list[Term]) -> Term | None:
    """Return a sum of products as one product: the only one, or a number where all are certain."""
    if len(terms) == 1:
        return terms[0]
    values = [[value for factor in term if (value := factor.certain) is not None] for term in terms]
    if not terms or any(len(known) < len(term) for known, term in zip(values, terms, strict=True)):
        return None
    whole = sum((prod(known, start=Fraction(1)) for known in values), Fraction(0))
    return (constant("FLOP of one token, all passes added", whole, "architecture"),)
