"""What a sequence costs, term by term, under both attention conventions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from flopline.architecture import operations as named
from flopline.architecture.extents import TOKENS, Extent
from flopline.architecture.formulas import FORMULAS, LATENT
from flopline.architecture.masks import Mask
from flopline.architecture.training import Cost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flopline.architecture.extents import Lengths
    from flopline.architecture.training import Key, Profile


@dataclass(frozen=True, slots=True)
class Amount:
    """FLOP under both attention conventions.

    Attributes
    ----------
    full : int
        Every score of the S x S square counted.
    masked : int
        Only the query-key pairs that the mask leaves visible.
    """

    full: int
    masked: int

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.full + other.full, self.masked + other.masked)

    def to_dict(self) -> dict[str, int]:
        """Return both by name."""
        return {"full": self.full, "masked": self.masked}


NOTHING: Final = Amount(0, 0)


@dataclass(frozen=True, slots=True)
class Term:
    """One line of the ledger.

    Attributes
    ----------
    name : str
        What is computed.
    layers : int
        How many layers compute it.
    forward, input_gradient, weight_gradient, recompute : Amount
        FLOP of the passes; the recomputed forward pass stands apart from the rest.
    repeated : Amount
        Queries times keys, which flash attention computes again during a backward pass.
    formula, reference : str
        How it is counted, and who says so.
    """

    name: str
    layers: int
    forward: Amount
    input_gradient: Amount
    weight_gradient: Amount
    recompute: Amount
    repeated: Amount
    formula: str
    reference: str

    @property
    def backward(self) -> Amount:
        """Both gradients."""
        return self.input_gradient + self.weight_gradient

    def to_dict(self) -> dict[str, object]:
        """Return the line as JSON prints it."""
        return {
            "name": self.name,
            "layers": self.layers,
            "forward": self.forward.to_dict(),
            "backward": self.backward.to_dict(),
            "input_gradient": self.input_gradient.to_dict(),
            "weight_gradient": self.weight_gradient.to_dict(),
            "recompute": self.recompute.to_dict(),
            "formula": self.formula,
            "reference": self.reference,
        }


ORDER: Final = tuple(FORMULAS)
"""Names of all terms, in the order in which they are shown."""


def terms(profile: Profile, lengths: Lengths, batch: int, *, latent: bool, documents: Sequence[int] = ()) -> list[Term]:
    """Return the ledger of `batch` sequences.

    Parameters
    ----------
    profile : mapping
        Costs by part, term and mask.
    lengths : Lengths
        Lengths of a sequence.
    batch : int
        Sequences.
    latent : bool
        Whether the projections are those of latent attention.
    documents : sequence of int
        Lengths of the documents that share a sequence and do not see each other; none: one document.
    """
    lines = [
        _term(name, group, lengths, batch, latent, documents)
        for name in ORDER
        if (group := [(key, cost) for key, cost in profile.items() if key.term == name])
    ]
    # A tower costs nothing in a sequence without images.
    return [line for line in lines if line.forward != NOTHING]


def _term(
    name: str, group: list[tuple[Key, Cost]], lengths: Lengths, batch: int, latent: bool, documents: Sequence[int]
) -> Term:
    full, masked, running = Cost(), Cost(), []
    for key, cost in group:
        square, visible = units(key, lengths, documents)
        full, masked = full.plus(cost, batch * square), masked.plus(cost, batch * visible)
        running += [(key, cost)] * (square > 0)
    formula, reference = LATENT if latent and name == named.PROJECTIONS else FORMULAS[name]
    if formula.endswith(": "):
        formula += "; ".join(f"{key.on.text} ({cost.layers} layers)" for key, cost in running or group)
    elif beside := dict.fromkeys(key.on.text for key, _ in running if key.on is not TOKENS):
        formula += f"; S here also {', '.join(beside)}"
    layers = sum(cost.leading for _, cost in running)
    both = [Amount(*pair) for pair in zip(full, masked, strict=True)]
    forward, inputs, weights, recompute, product = both[1], both[3], both[4], both[5], both[6]
    return Term(name, layers, forward, inputs, weights, recompute, product, formula, reference)


def units(key: Key, lengths: Lengths, documents: Sequence[int] = ()) -> tuple[int, int]:
    """Return how often a cost occurs in a sequence, under the full and the masked convention."""
    on = key.on
    if documents and isinstance(on, Mask):
        return lengths.tokens**2, sum(map(on.pairs, documents))
    if documents and isinstance(on, Extent) and on.visible is not None and key.term in (named.SCORES, named.INDEXER):
        visible = on.visible
        return on.times(lengths), sum([visible(replace(lengths, tokens=one)) for one in documents])
    return on.both(lengths)


def absorbed_more(profile: Profile, lengths: Lengths, batch: int) -> Amount:
    """Return what latent attention costs forward in the latent space beyond its expanded form.

    The maps in and out of that space cost what expanding keys and values costs, so that only scores differ:
    2AH(2 r_kv + d_r) instead of 2AH(d_n + d_r + d_v).
    """
    more = [0, 0]
    for key, cost in profile.items():
        for side, times in enumerate(units(key, lengths)):
            more[side] += batch * times * (cost.absorbed - cost.forward)
    return Amount(*more)


def total(amounts: list[Amount]) -> Amount:
    """Return the sum of amounts."""
    return sum(amounts, NOTHING)
