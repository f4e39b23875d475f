"""Put two questions to published runs: `python benchmarks/calibration/gold.py` prints both tables.

From chip-hours, chip, format and dense or mixture alone: is the best estimate of the FLOP inside the 90 % interval of
a prior that has seen nothing of that model nor of its developer? From tokens and shape alone: how close is the count to
the reported one? README.md beside this file says which runs can answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from mixed_model import Fitted, fit, predict
from observations import Row, families, read, runs, suites
from reported import markdown, percent
from scipy.special import expit
from scipy.stats import norm

import flopline as fl
from flopline.hardware import find

if TYPE_CHECKING:
    from collections.abc import Sequence

Z90 = norm.ppf(0.95)
CLOSE = 0.15


@dataclass(frozen=True)
class ByHours:
    """A run's FLOP as a share of its peak, beside the interval that chip-hours alone give."""

    model: str
    mixture: bool
    chip: str
    share: float
    low: float
    high: float

    @property
    def inside(self) -> bool:
        return self.low <= self.share <= self.high


@dataclass(frozen=True)
class ByTokens:
    """A run's count beside the reported one."""

    model: str
    counted: float
    reported: float
    exact: bool
    why: str

    @property
    def ratio(self) -> float:
        return self.counted / self.reported


def counted(row: dict[str, str]) -> float:
    """FLOP from tokens and shape: the ledger's, where there is a shape of a dense model, else 6 x active x tokens."""
    tokens = float(row["tokens"])
    if not row["layers"] or row["kind"] == "mixture":
        return 6 * float(row["active"] or row["params"]) * tokens
    return fl.estimate(config=shape(row), seq_len=int(row["seq_len"]), tokens=tokens).total.median


def shape(row: dict[str, str]) -> dict[str, object]:
    """A configuration of the same matrices: gated perceptrons have three, others two."""
    names = {
        "hidden_size": "hidden", "num_hidden_layers": "layers", "num_attention_heads": "heads",
        "num_key_value_heads": "kv_heads", "head_dim": "head_dim", "intermediate_size": "mlp", "vocab_size": "vocab",
    }  # fmt: skip
    family = "llama" if row["mlp_matrices"] == "3" else "starcoder2"
    sizes = {key: int(row[column]) for key, column in names.items()}
    return {"model_type": family, "tie_word_embeddings": row["tied"] == "yes"} | sizes


def by_hours() -> list[ByHours]:
    """Every run that the rules let answer the first question."""
    field, others = runs(), suites()
    start = fit([*field, *others]).log_variances
    found = []
    for row in read("gold.csv"):
        if not row["not_by_hours"]:
            left = [one for one in (*field, *others) if not _same(one, row)]
            found.append(_beside(row, fit(left, start=start)))
    return found


def _same(one: Row, row: dict[str, str]) -> bool:
    """Whether a row of the fit is of this model or of its source."""
    return one.source == row["source_group"] or _letters(one.model) == _letters(row["model"])


def _letters(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _beside(row: dict[str, str], found: Fitted) -> ByHours:
    chip, mixture = row["chip"], row["kind"] == "mixture"
    new = Row("", "", 0, "", "whole_run", mixture, "16", families()[chip], 0.0)
    center, sd = predict(found, new)
    available = float(row["chip_hours"]) * 3600 * float(find(chip).peak(row["format"]).dense)
    flop = float(row["reported"]) if row["measured"] else counted(row)
    low, high = expit(center + sd * Z90 * np.array([-1, 1]))
    return ByHours(row["model"], mixture, chip, flop / available, float(low), float(high))


def by_tokens() -> list[ByTokens]:
    """Every run that the rules let answer the second question."""
    return [
        ByTokens(row["model"], counted(row), float(row["reported"]), bool(row["layers"]), row["reported_kind"])
        for row in read("gold.csv")
        if not row["not_by_tokens"]
    ]


def hours_table(found: Sequence[ByHours]) -> str:
    inside = sum(one.inside for one in found)
    share = percent(inside / len(found), 1)
    said = (
        f"From chip-hours alone, with the run's model and source left out of the fit: {inside} of {len(found)} best "
        f"estimates ({share}) inside the 90 % interval."
    )
    rows = [["run", "chip", "FLOP / peak", "90 % interval", ""]]
    for one in sorted(found, key=lambda one: (one.inside, one.model)):
        name = one.model + (" (mixture)" if one.mixture else "")
        place = "" if one.inside else ("above" if one.share > one.high else "below")
        rows.append([name, one.chip, percent(one.share, 1), f"{100 * one.low:.1f} .. {percent(one.high, 1)}", place])
    return f"{said}\n\n{markdown(rows)}"


def tokens_table(found: Sequence[ByTokens]) -> str:
    ratios = np.array([one.ratio for one in found])
    close = np.abs(ratios - 1) <= CLOSE
    said = (
        f"From tokens and shape alone: median ratio to the reported count {np.median(ratios):.3f}, "
        f"{int(close.sum())} of {len(found)} ({percent(close.mean())}) within {percent(CLOSE)}."
    )
    rows = [["run", "counted", "reported", "ratio", "by", "the reported figure"]]
    for one in sorted(found, key=lambda one: -abs(np.log(one.ratio))):
        by = "ledger" if one.exact else "6 N D"
        rows.append([one.model, f"{one.counted:.3g}", f"{one.reported:.3g}", f"{one.ratio:.3f}", by, one.why])
    return f"{said}\n\n{markdown(rows)}"


def main() -> None:
    print(f"{hours_table(by_hours())}\n\n{tokens_table(by_tokens())}")


if __name__ == "__main__":
    main()
