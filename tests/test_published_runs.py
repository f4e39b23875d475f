"""Published runs as cases: the FLOP their authors print, the side of each line, and what their chip-hours imply."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from building import answer

from flopline.engine.worked_examples import compared
from flopline.regimes import lines

DATA = Path(__file__).parent / "data" / "engine"


def rows(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return [{key: value for key, value in row.items() if value} for row in csv.DictReader(file)]


RUNS = rows("published_runs.csv")
SIDES = rows("published_sides.csv")


def those(*keys):
    return [pytest.param(row, id=row["model"]) for row in RUNS if all(key in row for key in keys)]


def size(row):
    """Return a model by its parameters."""
    return {"params": float(row["params"])} | ({"active": float(row["active"])} if "active" in row else {})


def shape(row):
    """Return a configuration of the same matrices: gated perceptrons have three, others two."""
    gated = row["mlp_matrices"] == "3"
    keys = {
        "hidden_size": "hidden", "num_hidden_layers": "layers", "num_attention_heads": "heads",
        "num_key_value_heads": "kv_heads", "head_dim": "head_dim", "intermediate_size": "mlp", "vocab_size": "vocab",
    }  # fmt: skip
    family = {"model_type": "llama" if gated else "starcoder2", "tie_word_embeddings": row["tied"] == "yes"}
    return family | {key: int(row[column]) for key, column in keys.items()}


@pytest.mark.parametrize("row", those("printed"))
def test_parameters_times_tokens_give_the_printed_flop(row):
    counted = answer({"params": float(row.get("nominal", row["params"])), "tokens": float(row["tokens"])}).total.median
    assert compared(round(counted), row["printed"]).agreement == "rounded"


@pytest.mark.parametrize("row", those("layers"))
def test_a_shape_has_the_parameters_of_its_model(row):
    """Without attention, training FLOP per token are six times the parameters in matrices."""
    found = answer({"config": shape(row), "seq_len": 1, "tokens": "1T"}).total.median / 6e12
    embedding = 0 if row["tied"] == "yes" else int(row["vocab"]) * int(row["hidden"])
    assert found == pytest.approx(float(row["params"]) - embedding, rel=0.021)


@pytest.mark.parametrize("row", those("layers"))
def test_attention_adds_what_its_length_and_width_say(row):
    """Kaplan et al. 2020, arXiv:2001.08361, section 2.1: 6 L S d per token over visible pairs."""
    stage = {"config": shape(row), "tokens": "1T"}
    length = int(row["seq_len"])
    long, short = (answer(stage | {"seq_len": one}).total.median / 1e12 for one in (length, 1))
    width = int(row["heads"]) * int(row["head_dim"])
    assert long - short == pytest.approx(6 * int(row["layers"]) * (length - 1) * width, rel=1e-9)


@pytest.mark.parametrize("row", [pytest.param(row, id=row["model"]) for row in SIDES])
def test_a_run_lies_on_its_side_of_every_line(row):
    """Wherever the whole published interval lies on one side of a line, so does 6 x active parameters x tokens."""
    found = answer(size(row) | {"tokens": float(row["tokens"])})
    for line in lines(date(2026, 11, 22)):
        if line.flop is None:
            continue  # nobody else's model
        crossed = found.lines[line.id].expected.probability
        if float(row["low"]) > line.flop:
            assert crossed == 1.0
        elif float(row["high"]) < line.flop:
            assert crossed == 0.0


def test_the_sides_are_worth_testing():
    lows, highs = ([float(row[key]) for row in SIDES] for key in ("low", "high"))
    clear = [
        sum(low > flop or high < flop for low, high in zip(lows, highs, strict=True)) for flop in (1e23, 1e25, 1e26)
    ]
    above = [sum(low > flop for low in lows) for flop in (1e23, 1e25)]
    assert len(SIDES) == 118
    assert min(clear) > 80
    assert above[0] > 20
    assert above[1] >= 1


def test_the_prior_covers_most_of_what_chip_hours_were_worth():
    """31 of 35 runs lie inside their 90 % interval; of 35 independent ones, 28 to 34 would nineteen times in twenty.

    Many are among the runs that the prior is fitted to: tests/utilization/test_gold.py leaves each out with its source.
    Counted as 6 x active parameters x tokens against peaks of the assumed chips.
    """
    inside, above, runs = 0, [], [row for row in RUNS if "chip_hours" in row and "aside" not in row]
    for row in runs:
        stage = size(row) | {key: row[key] for key in ("hardware", "format") if key in row}
        total = answer(stage | {"chip_hours": float(row["chip_hours"])}).total
        truth = float(row.get("counted", 6 * float(row.get("active", row["params"])) * float(row["tokens"])))
        inside += total.low <= truth <= total.high
        above += [row["model"]] if truth > total.high else []
    assert len(runs) == 35
    assert 28 <= inside <= 34
    assert "GPT-3 175B" not in above
