"""The exact FLOP of sequences through a model, and the ledger that adds up to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flopline.architecture.adapters import Lora
from flopline.architecture.ledger import NOTHING, Amount, Term, absorbed_more, terms, total
from flopline.architecture.lengths import check_batch, check_documents, check_lengths, exceeded
from flopline.architecture.operations import SCORES
from flopline.architecture.read import read_architecture
from flopline.architecture.remarks import remarks
from flopline.architecture.scans import scan_conventions
from flopline.architecture.shape import Architecture
from flopline.architecture.training import profile
from flopline.architecture.values import quoted, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from flopline.architecture.shape import Parameters
    from flopline.architecture.training import Profile
    from flopline.errors import Diagnostic


@dataclass(frozen=True)
class Count:
    """FLOP of `batch` sequences of `seq_len` tokens.

    Attributes
    ----------
    name, model_type : str
        The model.
    seq_len, batch : int
        What was counted.
    parameters : Parameters
        Exact counts of parameters.
    trainable_parameters : int
        Those that are trained, adapters included.
    forward, training : Amount
        Forward pass; forward and backward pass, without recomputation.
    recompute : Amount
        Forward passes repeated during the backward pass.
    terms : tuple of Term
        The ledger, which adds up to the totals.
    prediction : Prediction or None
        The multi-token-prediction modules.
    mtp : bool
        Whether the totals and the ledger include them.
    warnings : tuple of Diagnostic
        What the configuration left open.
    lengths : mapping
        Further lengths that were counted, by name.
    unit : str
        What `seq_len` counts.
    tokens : int
        Positions counted in all sequences, which six FLOP per parameter and token is compared on.
    scans : mapping
        Forward FLOP of the scans under each convention, `executed` being the one in the totals.
    absorbed : Amount or None
        What latent attention costs forward beyond its expanded form where a decoder attends in the latent space.
    remarks : tuple of str
        Why parameters do not tell what this shape costs.
    """

    name: str
    model_type: str
    seq_len: int
    batch: int
    parameters: Parameters
    trainable_parameters: int
    forward: Amount
    training: Amount
    recompute: Amount
    terms: tuple[Term, ...]
    prediction: Prediction | None
    mtp: bool
    warnings: tuple[Diagnostic, ...]
    lengths: Mapping[str, int]
    unit: str
    tokens: int
    scans: Mapping[str, Amount]
    absorbed: Amount | None
    remarks: tuple[str, ...]

    @property
    def comparison(self) -> dict[str, Any]:
        """The usual estimate of six FLOP per parameter and token, and why it differs."""
        active = 6 * self.parameters.active * self.tokens
        whole = 6 * self.parameters.total * self.tokens
        return {
            "6ND_active": active,
            "6ND_total": whole,
            "training_masked_over_6ND_active": self.training.masked / active,
            "training_masked_over_6ND_total": self.training.masked / whole,
            "why": self._why(),
        }

    def _why(self) -> list[str]:
        scores = total([one.forward + one.backward for one in self.terms if one.name == SCORES])
        share = scores.masked / self.training.masked if self.training.masked else 0.0
        reasons = [f"6ND has no attention scores: {100 * share:.2f} % of training under the mask"] if share else []
        looked = self.parameters.embedding
        if looked and self.parameters.total != self.parameters.active:
            reasons.append(f"6 x total x tokens counts {looked} embedding parameters, whose look-up is free")
        if self.parameters.idle:
            idle = self.parameters.idle
            reasons.append(f"6 x total x tokens counts {idle} parameters of experts that a token does not pass")
        reasons += self.remarks
        reasons.append("6ND counts normalizations and biases as if they were matrices")
        if self.trainable_parameters < self.parameters.total:
            reasons.append("6ND takes every parameter as trained; frozen ones cost 4 or 2 per token")
        return reasons

    @property
    def conventions(self) -> dict[str, Any]:
        """What is counted how, with the amounts of the alternatives."""
        repeated = total([one.repeated for one in self.terms])
        scans = {name: amount.to_dict() for name, amount in self.scans.items()}
        return {
            "multiply_add": "2 FLOP",
            "uncounted": "normalizations, softmax, activations, rotary positions, biases and look-ups are 0 "
            "(0.3 to 0.8 % of a large model)",
            "attention": "`masked` counts the query-key pairs that the mask leaves; `full` counts S x S",
            "backward": "one forward per gradient of inputs and of weights, two for attention scores",
            **({"flash_attention": {"text": FLASH, "extra": repeated.to_dict()}} if repeated.full else {}),
            **({"scans": {"text": SCANS, "forward": scans}} if scans else {}),
            **({"latent_attention": {"text": ABSORBED, "extra": self.absorbed.to_dict()}} if self.absorbed else {}),
            "recompute": "apart from training; `full-early-stop` is torch's non-reentrant checkpoint, which "
            "skips a layer's last matrix product where nothing needs its result",
        }

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "name": self.name,
            "model_type": self.model_type,
            "seq_len": self.seq_len,
            "unit": self.unit,
            "lengths": dict(self.lengths),
            "batch": self.batch,
            "parameters": {**self.parameters.to_dict(), "trainable": self.trainable_parameters},
            "forward": self.forward.to_dict(),
            "training": self.training.to_dict(),
            "recompute": self.recompute.to_dict(),
            "terms": [one.to_dict() for one in self.terms],
            "conventions": self.conventions,
            "extras": {} if self.prediction is None else {PREDICTION: self.prediction.to_dict()},
            "comparison": self.comparison,
            "mtp": self.mtp,
            "warnings": [{"code": one.code, "text": one.message} for one in self.warnings],
        }


FLASH: Final = (
    "a fused backward pass computes queries times keys once more: scores cost 3.5 forward passes instead of 3; "
    "not in the totals, `--recompute flash` counts it apart"
)
ABSORBED: Final = (
    "expanded, as in training; kernels that attend in the latent space, as in decoding, cost more forward, not in "
    "the totals"
)
SCANS: Final = (
    "the totals hold the matrix products of the reference execution (`executed`); fused kernels cost what "
    "stands beside it"
)
PREDICTION: Final = "multi_token_prediction"


@dataclass(frozen=True)
class Prediction:
    """What multi-token-prediction modules add (DeepSeek-V3, arXiv:2412.19437, section 2.2).

    Attributes
    ----------
    parameters : Parameters
        Theirs alone; embedding and head are those of the model.
    forward, training, recompute : Amount
        Theirs alone; the head runs once more.
    trainable_parameters : int
        Those that are trained.
    terms : tuple of Term
        Their ledger.
    """

    parameters: Parameters
    forward: Amount
    training: Amount
    recompute: Amount
    trainable_parameters: int
    terms: tuple[Term, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "parameters": {**self.parameters.to_dict(), "trainable": self.trainable_parameters},
            "forward": self.forward.to_dict(),
            "training": self.training.to_dict(),
            "recompute": self.recompute.to_dict(),
            "terms": [one.to_dict() for one in self.terms],
        }


def count(
    source: str | Path | Mapping[str, object] | Architecture,
    *,
    seq_len: int,
    batch: int = 1,
    lora: Lora | int | Mapping[str, object] | None = None,
    adapter: int | None = None,
    trainable: str | Sequence[str] | None = None,
    recompute: str | None = None,
    mtp: bool = False,
    lengths: Mapping[str, int | None] | None = None,
    documents: Sequence[int] | None = None,
) -> Count:
    """Return the exact FLOP of `batch` sequences of `seq_len` tokens, forward and in training.

    Parameters
    ----------
    source : path, mapping or Architecture
        A Hugging Face `config.json`, a directory that holds one, its content, or a model already read.
    seq_len, batch : int
        Tokens of a sequence, and sequences.
    lora : Lora, int or mapping, optional
        Low-rank adapters on a frozen base: a rank, or `{"rank": 16, "targets": ["q_proj", "v_proj"]}`.
    adapter : int, optional
        Width of bottleneck adapters after every block, on a frozen base.
    trainable : str or sequence of str, optional
        What is trained where not everything is: `embedding`, `head`, `layers`, `first-N`, `last-N`, `tower`,
        `projector`; or what is not: `all-but-tower`.
    recompute : {"none", "flash", "selective", "full", "full+flash", "full-early-stop"}, optional
        Which forward passes the backward pass repeats.
    mtp : bool
        Whether to add the multi-token-prediction modules to the totals.
    lengths : mapping, optional
        Further lengths of the family: `{"decoder_len": 512}`. Where one is left out, the family's own is taken.
    documents : sequence of int, optional
        Lengths of the documents packed into each sequence, where they do not see each other; they add up to
        `seq_len`. The full convention counts the whole square all the same.

    Raises
    ------
    ArchitectureError
        For a configuration that cannot be counted, or lengths and modes that mean nothing.
    DocumentError
        For a file that cannot be read.
    """
    architecture = source if isinstance(source, Architecture) else read_architecture(source)
    found, sequences = check_lengths(architecture, seq_len, lengths), check_batch(batch)
    packed = check_documents(documents, found.tokens)
    adapters = Lora.of(lora)
    passes = profile(architecture, lora=adapters, adapter=adapter, trainable=trainable, recompute=recompute)
    costs, trained = passes.body, passes.trained
    prediction, parameters = None, architecture.parameters
    if architecture.prediction:
        theirs = passes.prediction_trained
        lines = terms(passes.prediction, found, sequences, latent=architecture.latent, documents=packed)
        prediction = Prediction(architecture.prediction_parameters, *_sums(lines), theirs, tuple(lines))
        if mtp:
            costs, trained = merged(costs, passes.prediction), trained + theirs
            parameters = parameters.plus(architecture.prediction_parameters)
    elif mtp:
        needs_prediction(architecture)
    ledger = terms(costs, found, sequences, latent=architecture.latent, documents=packed)
    forward, training, repeated = _sums(ledger)
    warnings = architecture.warnings + exceeded(architecture, found.tokens)
    return Count(
        architecture.name, architecture.model_type, found.tokens, sequences, parameters, trained,
        forward, training, repeated, tuple(ledger), prediction, mtp, warnings,
        dict(found.others), architecture.unit, sequences * architecture.tokens.times(found),
        scan_conventions(architecture, found, sequences),
        absorbed_more(passes.body, found, sequences) if architecture.latent else None, remarks(architecture),
    )  # fmt: skip


def _sums(ledger: list[Term]) -> tuple[Amount, Amount, Amount]:
    """Return the forward pass, the training step and what is recomputed."""
    forward = total([one.forward for one in ledger])
    backward = total([one.backward for one in ledger])
    return forward, forward + backward, total([one.recompute for one in ledger]) if ledger else NOTHING


def merged(costs: Profile, more: Profile) -> Profile:
    """Return the sum of two profiles."""
    both = dict(costs)
    for key, cost in more.items():
        both[key] = both[key].plus(cost) if key in both else cost
    return both


def needs_prediction(architecture: Architecture) -> None:
    """Refuse to count modules that a model does not have.

    Raises
    ------
    ArchitectureError
        If there are none.
    """
    if not architecture.prediction:
        message = f"{quoted(architecture.name)} has no multi-token-prediction module that could be counted"
        refuse("mtp", message, "such modules are declared by `num_nextn_predict_layers` in the configuration")
