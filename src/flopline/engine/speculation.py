"""Speculative decoding: what the large model checks and rejects, and what the small one drafts.

A pass checks g drafted tokens and adds one of its own, so it computes g + 1 positions and keeps
E = 1 + a + ... + a^g = (1 - a^(g+1)) / (1 - a) of them on average, a being the chance that a drafted token is
accepted (Leviathan et al. 2023, arXiv:2211.17192, equation 1).
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from flopline.engine.factors import Entry, Transform
from flopline.engine.updates import beside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.engine.factors import Term
    from flopline.engine.samples import Sample

Chance = TypeVar("Chance", Fraction, NDArray[np.float64])
"""A share, exactly or in many draws."""


def rejected(drafted: int) -> Transform:
    """Return rejected positions per kept one, (g + 1) / E - 1, against the acceptance."""
    return Transform(
        f"rejected per kept position, {drafted} drafted",
        # An acceptance of one rejects nothing, and nothing has no logarithm.
        lambda a: np.maximum((drafted + 1) / _kept(a, drafted) - 1, 1e-12),
        lambda a: (drafted + 1) / _kept(a, drafted) - 1,
    )


def drafts(drafted: int) -> Transform:
    """Return draft passes per kept position, g / E, against the acceptance."""
    return Transform(
        f"draft passes per kept position, {drafted} drafted",
        lambda a: drafted / _kept(a, drafted),
        lambda a: drafted / _kept(a, drafted),
    )


def _kept(acceptance: Chance, drafted: int) -> Chance:
    """Return E by Horner's rule, for arrays and exact numbers alike."""
    total = acceptance * 0 + 1
    for _ in range(drafted):
        total = total * acceptance + 1
    return total


def speculation_entries(
    sample: Sample, generated: Entry, decode: tuple[Term, ...], prompts: Term, written: Term, *, each: bool
) -> Iterator[Entry]:
    """Yield what speculative decoding adds to a stage: rejected positions, and a draft model that reads and writes.

    Parameters
    ----------
    generated : Entry
        What the large model generates.
    decode : tuple of Term
        Its decoding, without rejected positions.
    prompts, written : Term
        Prompts that are read; samples that are generated, or tokens.
    each : bool
        Whether `written` are tokens.
    """
    given = sample.stage.speculative
    if given is None:
        return
    chance = sample.quantities.factor(f"{sample.stage.name}.speculative.acceptance")
    extra = replace(chance, transform=rejected(given.tokens))
    terms = tuple((*term, extra) for term in decode)
    yield beside(generated, terms, "rejected-positions", "decode x ((g + 1) / E - 1), E = (1 - a^(g+1)) / (1 - a)")
    draft = sample.model(given.draft, "speculative.draft")
    passes = replace(chance, transform=drafts(given.tokens))
    drafted = (*written, passes, *sample.decode(draft, each=each))
    reads = (prompts + sample.prefill(draft),) if sample.stage.prompt_tokens is not None else ()
    attributes = replace(generated.attributes, relation="auxiliary")
    formula = "prefill of the draft model + its decode x g / E"
    yield Entry(generated.stage, attributes, "generation", (*reads, drafted), formula, exact=draft.exact)
