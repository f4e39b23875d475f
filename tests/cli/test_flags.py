"""Flags are the plan: every key of a stage has one, and with a plan they replace keys of its only stage (design 8)."""

from __future__ import annotations

import json
import shutil

import pytest
from graftings import FOLDER, RICH
from terminal import flopline

from flopline.plan import examples, keys_of_estimate

pytestmark = pytest.mark.usefixtures("folder")

TRAINED = ("--params", "70B", "--tokens", "15T..17T")
EXACT = ("--config", "small.json", "--seq-len", "512", "--tokens", "1T")
MACHINE = ("--hardware", "h100-sxm", "--chips", "1024", "--days", "30..40")
REINFORCED = (
    "--kind", "reinforcement-learning", "--params", "7B", "--prompts", "1M", "--samples-per-prompt", "8",
    "--prompt-tokens", "100",
    "--tokens-per-sample", "1k..2k",
)  # fmt: skip
SYNTHETIC = ("--kind", "synthetic-data", "--generator", '{ params = "405B" }', "--tokens-generated", "1T..3T")
BASE = "{ name = 'b', developer = 'own', flop = 1e24 }"

FLAGS = {
    "kind": ("fine-tuning", TRAINED), "name": ("run", TRAINED),
    "config": ("small.json", ("--seq-len", "512", "--tokens", "1T")), "params": ("7B", ("--tokens", "1T")),
    "active": ("8B", TRAINED), "tokens": ("1T..2T", ("--params", "7B")),
    "samples": ("1M", ("--params", "7B", "--seq-len", "512")), "seq-len": ("8192", TRAINED),
    "observed": ("tokens=9T", TRAINED), "epochs": ("2", TRAINED), "overhead": ("1.1", TRAINED),
    "rework": ("1%..3%", TRAINED),
    "recompute": ("full", EXACT), "attention": ("full", EXACT),
    "lora": ("16", EXACT), "trainable": ("last-2", EXACT), "mtp": ("false", EXACT),
    "hardware": ("h100-sxm", ("--chips", "8", "--days", "3")),
    "peak": ("989 TFLOP/s", ("--chips", "8", "--days", "3")),
    "chips": ("1k..2k", ("--hardware", "h100-sxm", "--days", "3")),
    "days": ("60..80", ("--hardware", "h100-sxm", "--chips", "8")),
    "hours": ("100", ("--hardware", "h100-sxm", "--chips", "8")), "chip-hours": ("2.79M", ("--hardware", "h800-sxm")),
    "format": ("fp8=0.8,bf16=0.2", MACHINE),
    "utilization": ("35%..45%", MACHINE), "availability": ("95%", MACHINE),
    "server-power": ("1.1 kW .. 1.3 kW", MACHINE), "price": ("2.10 USD .. 2.50 USD", MACHINE),
    "pue": ("1.08..1.15", MACHINE),
    "relation": ("time-bound", (*TRAINED, *MACHINE)), "flop": ("1e25..2e25", ()),
    "generator": ('{ params = "405B" }', ("--kind", "synthetic-data", "--tokens-generated", "1T")),
    "teacher": ('{ params = "405B" }', ("--kind", "distillation", *TRAINED)),
    "reward-model": ('{ params = "8B" }', REINFORCED), "reference": ("self", REINFORCED),
    "critic": ('{ params = "8B" }', REINFORCED), "base": (BASE, TRAINED),
    "merges": ("llama-3.1-8b,llama-3.1-70b", TRAINED),
    "prompts": ("2M", REINFORCED), "samples-per-prompt": ("4", REINFORCED), "prompt-tokens": ("200", REINFORCED),
    "tokens-per-sample": ("2k", REINFORCED), "length-spread": ("0.5", REINFORCED),
    "kept": ("90%", REINFORCED), "old-log-probabilities": ("true", REINFORCED), "prefix-cache": ("true", REINFORCED),
    "update-share": ("30%..50%", ("--kind", "reinforcement-learning", "--flop", "1e24")),
    "tokens-generated": ("1T", SYNTHETIC), "public": ("no", SYNTHETIC), "actor": ("affiliate", TRAINED),
    "phase": ("after", TRAINED), "note": ("{ a note", TRAINED), "generates": ("text,code", TRAINED),
    "general": ("yes", TRAINED), "markets": ("eu=yes,us-ny=unknown", TRAINED), "revenue": ("2025=620M USD", TRAINED),
    "start": ("2027-01-15", TRAINED), "approval": ("2026-12-01", TRAINED), "starts": ("2027-01-15", TRAINED),
    "after": ("", TRAINED), "pause": ("3..10", TRAINED), "duration": ("30..40", TRAINED),
    "happens": ("40%", TRAINED),
    "none": ("post-training,synthetic-data", TRAINED),
    "title": ("{ A title }", TRAINED),
    "adapter": ("8", EXACT), "documents": ("256,256", EXACT), "padding": ("3%..8%", TRAINED),
    "capacity": ("1.25", ("--config", "experts.json", "--seq-len", "512", "--tokens", "1T")),
    "images": ("2", ("--config", "towered.json", "--seq-len", "512", "--tokens", "1T")),
    "image-side": ("56", ("--config", "pictured.json", "--images", "1", "--seq-len", "512", "--tokens", "1T")),
    "patches": ("4", ("--config", "fuyu.json", "--seq-len", "512", "--tokens", "1T")),
    "audios": ("1", ("--config", "listening.json", "--seq-len", "2048", "--tokens", "1T")),
    "decoder-len": ("64", ("--config", "translator.json", "--seq-len", "512", "--tokens", "1T")),
    "text-len": ("77", ("--config", "painter.json", "--seq-len", "8", "--samples", "1M")),
    "frames": ("9", ("--config", "film.json", "--seq-len", "8", "--text-len", "77", "--samples", "1M")),
    "judge": ('{ params = "8B" }', REINFORCED), "judge-tokens": ("300", (*REINFORCED, "--judge", "{ params = '8B' }")),
    "tool-tokens": ("2k", REINFORCED), "turns": ("5", REINFORCED),
    "evicted": ("true", (*REINFORCED, "--turns", "5")),
    "speculative": ("{ draft = { params = '1B' }, tokens = 4, acceptance = '70%..85%' }", REINFORCED),
}  # fmt: skip
FILES_ALONE = {
    "day",
    "period",
    "either",
    "broad_data",
    "adaptable",
    "state_of_the_art",
    "serious_risk",
    "open_source",
    "placed_on_market",
}
"""Keys that no flag sets: tables in tables, answers to the finer questions of the law, and `--day`, which all share."""


def test_there_is_a_flag_for_every_key():
    missing = {key for key in keys_of_estimate() if key.replace("_", "-") not in FLAGS}
    assert missing <= FILES_ALONE | {"intended"}


@pytest.mark.parametrize("flag", FLAGS)
def test_every_flag_is_taken(flag):
    value, others = FLAGS[flag]
    others = [
        part
        for name, part in zip(others[::2], others[1::2], strict=True)
        if name != f"--{flag}"
        for part in (name, part)
    ]
    found = flopline("estimate", *others, f"--{flag}", value, "--json")
    assert found.code == 0, found.err
    assert found.answer["total"]["median"] >= 0


@pytest.mark.parametrize("flag", sorted(set(FLAGS) - {"note", "title", "generates"}))
def test_every_flag_refuses_nonsense_by_its_name(flag):
    _, others = FLAGS[flag]
    others = [
        part
        for name, part in zip(others[::2], others[1::2], strict=True)
        if name != f"--{flag}"
        for part in (name, part)
    ]
    found = flopline("estimate", *others, f"--{flag}", "!nonsense!", "--json")
    assert found.code == 2
    assert any(problem["place"]["key"] == f"--{flag}" for problem in found.problems), found.problems


def described(*flags):
    found = flopline("estimate", *flags, "--json")
    assert found.code == 0, found.err
    return found.answer


def test_lora_is_a_rank_a_rank_with_targets_or_a_table():
    def trained(text):
        return described(*EXACT, "--kind", "fine-tuning", "--lora", text)["total"]["median"]

    assert trained("16") == trained("{ rank = 16 }") != trained("8")
    assert trained("16:q_proj,o_proj") == trained('{ rank = 16, targets = ["q_proj", "o_proj"] }') != trained("16")


def test_formats_are_one_or_shares():
    both = described(*MACHINE, "--format", "fp8=0.8,bf16=0.2")["total"]["median"]
    assert both == described(*MACHINE, "--format", "{ fp8 = 0.8, bf16 = 0.2 }")["total"]["median"]
    assert (
        described(*MACHINE, "--format", "bf16")["total"]["median"]
        < both
        < described(*MACHINE, "--format", "fp8")["total"]["median"]
    )


def test_markets_decide_whether_a_line_applies():
    def applies(answer, market):
        lines = described(
            "--params",
            "70B",
            "--tokens",
            "15T",
            "--general",
            "yes",
            "--generates",
            "text",
            "--markets",
            f"{market}={answer}",
        )["lines"]
        return next(line["applies"] for line in lines if line["id"] == "eu-ai-act/gpai")

    assert applies("no", "eu") == "no"
    assert applies("unknown", "eu") == "unknown"


def test_flags_replace_keys_of_the_only_stage():
    changed = described("plan.toml", "--tokens", "1T", "--title", "Another")
    assert changed["total"]["median"] == pytest.approx(6 * 70e9 * 1e12)
    assert changed["plan"]["title"] == "Another"
    assert changed["stages"][0]["name"] == "pretrain"


def test_a_flag_for_the_size_goes_where_the_size_stands(folder):
    (folder / "own.json").write_text(
        json.dumps({"stage": [{"name": "run", "kind": "pretraining", "params": "70B", "tokens": "1T"}]})
    )
    assert described("own.json", "--params", "7B")["total"]["median"] == pytest.approx(6 * 7e9 * 1e12)
    assert described("plan.toml", "--params", "7B", "--tokens", "1T")["total"]["median"] == pytest.approx(
        6 * 7e9 * 1e12
    )


def test_flags_cannot_choose_among_several_stages():
    found = flopline("estimate", "rich.toml", "--tokens", "1T", "--json")
    assert found.code == 2
    assert "one stage" in found.problems[0]["message"]
    assert found.problems[0]["place"]["file"] == "rich.toml"


def test_what_is_wrong_in_the_file_keeps_its_line_beside_flags(folder):
    found = flopline("estimate", "plan.toml", "--tokens", "x", "--active", "90B", "--json")
    assert [problem["place"]["key"] for problem in found.problems] == ["--tokens", "--active"]
    (folder / "config.toml").write_text(
        (folder / "plan.toml").read_text().replace('params = "70B"', 'config = "small.json"')
    )
    (problem,) = flopline("estimate", "config.toml", "--epochs", "2", "--json").problems
    assert problem["place"]["line"] is not None
    assert problem["code"] == "E317"


def test_flags_for_a_config_start_in_the_working_folder(folder):
    (folder / "elsewhere").mkdir()
    shutil.move(folder / "plan.toml", folder / "elsewhere")
    text = (
        (folder / "elsewhere" / "plan.toml")
        .read_text()
        .replace('params = "70B"', 'config = "missing.json"\n')
        .replace("tokens =", "seq_len = 512\ntokens =")
    )
    (folder / "elsewhere" / "plan.toml").write_text(text)
    shutil.copy(FOLDER / "small.json", folder / "elsewhere" / "missing.json")
    assert flopline("estimate", "elsewhere/plan.toml").code == 0
    assert flopline("estimate", "elsewhere/plan.toml", "--config", "small.json").code == 0
    assert flopline("estimate", "elsewhere/plan.toml", "--config", "missing.json").code == 2


def test_an_existing_path_wins_over_an_example(folder):
    shutil.copy("plan.toml", "lora-70b")
    assert described("lora-70b")["plan"]["title"] == "A plan"
    (folder / "lora-70b").unlink()
    assert described("lora-70b")["plan"]["title"] == "LoRA on Llama 3.1 70B"


@pytest.mark.parametrize("name", [one.name for one in examples()])
def test_every_example_runs_at_once_under_its_name(name):
    assert described(name)["total"]["median"] > 1e20
    assert described(f"{name}.toml")["plan"] == described(name)["plan"]


def test_examples_are_listed_with_a_line_each():
    lines = flopline("examples").out.splitlines()
    assert len(lines) == len(examples()) >= 4
    assert all(one.name in line and one.description in line for one, line in zip(examples(), lines, strict=True))
    assert {one["name"] for one in flopline("examples", "--json").answer["examples"]} >= {
        "llama-3.1-405b",
        "deepseek-v3",
        "gpt-3-175b",
        "lora-70b",
    }


def test_a_plan_that_is_no_example_names_the_one_that_was_meant():
    assert "did you mean `llama-3.1-405b`?" in flopline("estimate", "lama-3.1-405b").err


def test_settings_change_what_they_say():
    plain = described("plan.toml")
    assert described("plan.toml", "--level", "50%")["total"]["low"] > plain["total"]["low"]
    assert described("plan.toml", "--day", "2030-01-01")["law_day"] == "2030-01-01"
    assert described("plan.toml", "--seed", "7")["seed"] == 7
    threaded = described("plan.toml", "--threads", "2")
    assert threaded == plain


def test_the_rich_plan_says_in_toml_and_json_the_same(folder):
    (folder / "rich.json").write_text(json.dumps(RICH, default=str))
    toml, as_json = (flopline("check", name, "--json").answer for name in ("rich.toml", "rich.json"))
    assert toml == as_json


def test_a_length_of_five_thousand_digits_is_refused_at_its_flag():
    found = flopline("estimate", "--params", "70B", "--tokens", "15T", "--seq-len", "9" * 5000, "--json")
    assert found.code == 2
    assert found.problems[0]["place"]["key"] == "--seq-len"
