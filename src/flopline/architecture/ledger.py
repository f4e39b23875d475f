"""What a sequence costs, term by term, under both attention conventions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flopline.architecture import operations as named
from flopline.architecture.training import Cost

if TYPE_CHECKING:
    from collections.abc import Sequence

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


_KAPLAN: Final = "Kaplan et al. 2020, arXiv:2001.08361, table 1"
_TEXT: Final = {
    named.MAPS: ("2S(h w + w h), w the width of the embedding", "Zhang et al. 2022, arXiv:2205.01068"),
    named.PROJECTIONS: (
        "2S(h H d + 2 h KV d + H d h)",
        "Ainslie et al. 2023, arXiv:2305.13245; " + _KAPLAN,
    ),
    named.SCORES: ("2A H(d + d_v), A visible pairs: ", _KAPLAN + "; pairs as the mask leaves them"),
    named.MLP: ("2S h f x 3 if gated, else x 2", "Shazeer 2020, arXiv:2002.05202; " + _KAPLAN),
    named.ROUTER: ("2S h E", "Fedus et al. 2021, arXiv:2101.03961, section 2"),
    named.EXPERTS: ("2S k h f_e x 3 if gated, else x 2", "Fedus et al. 2021, arXiv:2101.03961, section 2"),
    named.SHARED: (
        "2S h f_s x 3 if gated, else x 2 (+ 2S h for a shared gate)",
        "Dai et al. 2024, arXiv:2401.06066, section 3.2",
    ),
    named.ADAPTERS: ("2S r(in + out) per adapted matrix", "Hu et al. 2021, arXiv:2106.09685, section 4.1"),
    named.HEAD: ("2S h V, tied or not, on every position", _KAPLAN),
}
_LATENT: Final = (
    "2S(h r_q + r_q H(d_n + d_r) + h(r_kv + d_r) + r_kv H(d_n + d_v) + H d_v h), expanded",
    "DeepSeek-AI 2024, arXiv:2405.04434, section 2.1",
)
ORDER: Final = tuple(_TEXT)
"""Names of all terms, in the order in which they are shown."""


def terms(profile: Profile, length: int, batch: int, *, latent: bool, documents: Sequence[int] = ()) -> list[Term]:
    """Return the ledger of `batch` sequences of `length` tokens.

    Parameters
    ----------
    profile : mapping
        Costs by part, term and mask.
    length, batch : int
        Tokens of a sequence, and sequences.
    latent : bool
        Whether the projections are those of latent attention.
    documents : sequence of int
        Lengths of the documents that share a sequence and do not see each other; none: one document.
    """
    return [
        _term(name, group, length, batch, latent, documents)
        for name in ORDER
        if (group := [(key, cost) for key, cost in profile.items() if key.term == name])
    ]


def _term(
    name: str, group: list[tuple[Key, Cost]], length: int, batch: int, latent: bool, documents: Sequence[int]
) -> Term:
    full, masked = Cost(), Cost()
    for key, cost in group:
        square, visible = units(key, length, documents)
        full, masked = full.plus(cost, batch * square), masked.plus(cost, batch * visible)
    formula, reference = _LATENT if latent and name == named.PROJECTIONS else _TEXT[name]
    if name == named.SCORES:
        formula += "; ".join(
            f"{key.mask.formula} ({cost.layers} layers)" for key, cost in group if key.mask is not None
        )
    layers = sum(cost.layers for _, cost in group)
    both = [Amount(*pair) for pair in zip(full, masked, strict=True)]
    forward, inputs, weights, recompute, product = both[1], both[3], both[4], both[5], both[6]
    return Term(name, layers, forward, inputs, weights, recompute, product, formula, reference)


def units(key: Key, length: int, documents: Sequence[int] = ()) -> tuple[int, int]:
    """Return how many tokens, or pairs under both conventions, a cost is multiplied with."""
    if key.mask is None:
        return length, length
    visible = sum(map(key.mask.pairs, documents)) if documents else key.mask.pairs(length)
    return length * length, visible


def total(amounts: list[Amount]) -> Amount:
    """Return the sum of amounts."""
    return sum(amounts, NOTHING)
