"""Every count against what models execute: torch's operation counter on the meta device, transformers 5.23."""

from __future__ import annotations

import pytest
from architecture_references import configurations, drawn, lengths_of, table, visible_pairs

from flopline.architecture import Mask, count, read_architecture
from flopline.architecture.lengths import check_lengths

CONFIGS = configurations()
ROWS = table("oracle.csv")
MODES = {
    "mode-llama-frozen-all-but-last-layer-head": {"trainable": "last-1,head"},
    "mode-llama-frozen-all-but-embed": {"trainable": "embedding"},
    "mode-llama-frozen-all-but-lm_head": {"trainable": "head"},
    "mode-llama-frozen-all-but-first-layer": {"trainable": "first-1"},
    "mode-llama-lora-r16-qv": {"lora": 16},
    "mode-llama-full-recompute": {"recompute": "full-early-stop"},
}
ADAPTERS = {"mode-llama-lora-r16-qv": 106496}
EXPERTS = {"sc-jetmoe-cpu": 3 * 4 * (3 * 64 * 96 + 2 * 64 * 32)}
"""The table sums parameters with `experts` in their names. JetMoE calls the experts of its attention so, with their
router and bias (50112 in all), and not those of its feed-forward part."""


def counted(row):
    config = CONFIGS[row["config_file"]]
    mode = MODES.get(row["case_id"], {})
    lengths = lengths_of(row["lengths"])
    return count(config, seq_len=int(row["seq_len"]), batch=int(row["batch"]), lengths=lengths, **mode)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['case_id']}-{row['mode']}-{row['seq_len']}")
def test_flop_are_those_that_are_executed(row):
    found = counted(row)
    executed = {
        "fwd": found.forward.full,
        "fwdbwd": found.training.full,
        "fwdbwd_ckpt": found.training.full + found.recompute.full,
    }
    assert executed[row["mode"]] == int(row["tool_target"])


@pytest.mark.parametrize("row", {row["case_id"]: row for row in ROWS}.values(), ids=lambda row: row["case_id"])
def test_parameters_are_those_of_the_model(row):
    found = counted(row)
    assert found.parameters.total + ADAPTERS.get(row["case_id"], 0) == int(row["params_total"])
    assert found.trainable_parameters == int(row["params_trainable"])
    assert found.parameters.embedding == int(row["params_embedding"])
    assert found.parameters.experts == EXPERTS.get(row["case_id"], int(row["params_experts"]))
    assert found.parameters.head == int(row["params_head"])


@pytest.mark.parametrize("name", CONFIGS)
def test_no_key_of_a_known_family_is_unknown(name):
    assert [one for one in read_architecture(CONFIGS[name]).warnings if one.code == "W401"] == []


@pytest.mark.parametrize("row", table("hub.csv"), ids=lambda row: row["file"])
def test_configurations_as_published_count_like_those_transformers_saves(row, hub):
    published = read_architecture(hub / row["file"])
    assert published.parameters.total == int(row["params"])
    assert published.warnings == ()
    for other in ROWS:
        if other["case_id"] == row["case_id"]:
            found = count(published, seq_len=int(other["seq_len"]), batch=int(other["batch"]))
            flop = found.forward if other["mode"] == "fwd" else found.training
            assert flop.full == int(other["tool_target"])


@pytest.mark.parametrize("row", drawn(), ids=lambda row: row["family"])
def test_small_models_drawn_at_random_count_as_torch_counts_them(row):
    architecture = read_architecture(row["config"])
    lengths = check_lengths(architecture, row["seq_len"], row.get("lengths"))
    found = count(architecture, seq_len=row["seq_len"], lengths=row.get("lengths"))
    ours = {
        "parameters": found.parameters.total,
        "trainable": found.trainable_parameters,
        "forward": found.forward.full,
        "training": found.training.full,
        "pairs": visible_pairs(architecture, lengths),
    }
    assert {key: ours[key] for key in ours if key in row} == {key: row[key] for key in ours if key in row}


@pytest.mark.parametrize("row", table("masks.csv"), ids=lambda row: "-".join(row.values()))
def test_visible_pairs_are_those_of_the_masks_that_transformers_builds(row):
    mask = Mask(row["kind"], int(row["size"]))
    assert mask.pairs(int(row["seq_len"])) == int(row["visible_pairs"])
