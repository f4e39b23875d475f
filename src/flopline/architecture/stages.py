"""What the stages of a training run ask of a model, per sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flopline.architecture.adapters import Lora
from flopline.architecture.count import merged, needs_prediction
from flopline.architecture.ledger import units
from flopline.architecture.lengths import check_documents, check_lengths
from flopline.architecture.operations import EXPERTS, SCORES
from flopline.architecture.training import profile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flopline.architecture.shape import Architecture


@dataclass(frozen=True, slots=True)
class StageFlop:
    """FLOP of one training sequence.

    Attributes
    ----------
    seq_len : int
        Its tokens.
    forward_masked, forward_full : int
        Forward pass, counting visible pairs or the whole square.
    training_masked, training_full : int
        Forward and backward pass, without recomputation.
    recompute, recompute_full : int
        Forward passes repeated during the backward pass, counting visible pairs or the whole square.
    routed : int
        Routed experts' part of `training_masked`.
    attention_score_share : float
        Share of attention scores in `training_masked`.
    trainable_parameters : int
        Parameters that are trained, adapters included.
    """

    seq_len: int
    forward_masked: int
    forward_full: int
    training_masked: int
    training_full: int
    recompute: int
    recompute_full: int
    routed: int
    attention_score_share: float
    trainable_parameters: int


def training_flop(
    architecture: Architecture,
    seq_len: int,
    *,
    lora: Lora | int | Mapping[str, object] | None = None,
    adapter: int | None = None,
    trainable: str | Sequence[str] | None = None,
    recompute: str | None = None,
    mtp: bool = False,
    documents: Sequence[int] | None = None,
    lengths: Mapping[str, int | None] | None = None,
) -> StageFlop:
    """Return the FLOP of one training sequence, exactly.

    Parameters
    ----------
    architecture : Architecture
        The model.
    seq_len : int
        Tokens of the sequence.
    lora, adapter, trainable, recompute, mtp : optional
        As in `count`.
    documents : sequence of int, optional
        Lengths of the documents packed into the sequence, where they do not see each other; they add up to
        `seq_len`. The full convention counts the whole square all the same.

    lengths : mapping, optional
        Further lengths of the family by name, such as `decoder_len`.

    Raises
    ------
    ArchitectureError
        For lengths, parts and modes that mean nothing.
    """
    sizes = check_lengths(architecture, seq_len, lengths)
    packed = check_documents(documents, sizes.tokens)
    adapters = Lora.of(lora)
    found = profile(architecture, lora=adapters, adapter=adapter, trainable=trainable, recompute=recompute)
    costs, trained = found.body, found.trained
    if mtp:
        needs_prediction(architecture)
        costs, trained = merged(costs, found.prediction), trained + found.prediction_trained
    forward, training, repeated, scores, routed = [0, 0], [0, 0], [0, 0], 0, 0
    for key, cost in costs.items():
        for side, amount in enumerate(units(key, sizes, packed)):
            step = cost.forward + cost.inputs + cost.weights
            forward[side] += amount * cost.forward
            training[side] += amount * step
            repeated[side] += amount * cost.recompute
            scores += amount * step * (key.term == SCORES and side == 1)
            routed += amount * step * (key.term == EXPERTS and side == 1)
    return StageFlop(
        sizes.tokens, forward[1], forward[0], training[1], training[0], repeated[1], repeated[0],
        routed, scores / training[1] if training[1] else 0.0, trained,
    )  # fmt: skip
