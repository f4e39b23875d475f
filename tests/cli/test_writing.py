"""What is written to disk: plans by `init`, tables by `sweep`; whole or not at all, and nothing else."""

from __future__ import annotations

import csv
import json
import os

import pytest
from terminal import flopline


def names(folder):
    return sorted(path.name for path in folder.iterdir())


FLAGS = [
    (), ("--params", "70B", "--tokens", "15T..17T"), ("--params", "671B", "--active", "37B", "--tokens", "14.8T"),
    ("--config", "small.json", "--tokens", "15T", "--seq-len", "8192"),
    ("--params", "7B", "--chips", "1024", "--hardware", "h100-sxm", "--days", "60..80", "--utilization", "35%..45%",
    "--format", "fp8=0.8,bf16=0.2"),
    ("--chip-hours", "2.79M", "--hardware", "h800-sxm"),
    ("--hours", "3", "--chips", "8", "--hardware", "h100-sxm", "--utilization",
    '{ mfu = "40%", scope = "whole-run" }'), ("--title", 'A "title" \\ with { everything = 1 } \x1b in it'),
]  # fmt: skip


@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
def test_what_init_writes_is_a_plan_that_says_the_same(folder, flags):
    before = names(folder)
    assert flopline("init", "new.toml", *flags).code == 0
    assert names(folder) == sorted([*before, "new.toml"])
    assert flopline("check", "new.toml").code == 0
    written = flopline("estimate", "new.toml", "--json").answer
    if flags and "--title" not in flags:
        assert written["total"] == flopline("estimate", *flags, "--json").answer["total"]
    if "--title" in flags:
        assert written["plan"]["title"] == flags[1]


def test_init_explains_what_else_a_determination_needs(folder):
    flopline("init")
    text = (folder / "plan.toml").read_text() if "15T" in (folder / "plan.toml").read_text() else ""
    assert text == ""  # the plan that was there stays
    flopline("init", "new.toml")
    text = (folder / "new.toml").read_text()
    assert all(word in text for word in ("reinforcement-learning", "synthetic-data", "markets", "revenue", "none ="))


def test_init_overwrites_nothing_unless_told(folder):
    before = (folder / "plan.toml").read_bytes()
    assert flopline("init", "plan.toml", "--params", "7B", "--tokens", "1T").code == 2
    assert (folder / "plan.toml").read_bytes() == before
    assert flopline("init", "plan.toml", "--params", "7B", "--tokens", "1T", "--force").code == 0
    assert flopline("estimate", "plan.toml", "--json").answer["total"]["median"] == pytest.approx(4.2e22)


@pytest.mark.parametrize(
    "flags",
    [
        ("--tokens", "22T..17T"),
        ("--params", "70B"),
        ("--hardware", "h100"),
        ("--config", "missing.json"),
        ("--title", "\ud800"),
        ("--params", "70B", "--tokens", "1T", "--format", "bf16"),
    ],
)
def test_init_writes_nothing_of_a_plan_that_is_wrong(folder, flags):
    before = names(folder)
    assert flopline("init", "new.toml", *flags).code == 2
    assert names(folder) == before


def test_init_with_what_is_wrong_overwrites_nothing_either(folder):
    before = (folder / "plan.toml").read_bytes()
    assert flopline("init", "plan.toml", "--params", "x", "--force").code == 2
    assert (folder / "plan.toml").read_bytes() == before


def test_the_plan_names_its_configuration_from_where_it_stands(folder):
    (folder / "plans").mkdir()
    assert flopline("init", "plans/new.toml", "--config", "small.json", "--tokens", "1T", "--seq-len", "512").code == 0
    assert 'config = "../small.json"' in (folder / "plans" / "new.toml").read_text()
    assert flopline("estimate", "plans/new.toml").code == 0


@pytest.mark.parametrize("path", ["nowhere/new.toml", "new.json", "new", "folder.toml", "", "\0.toml"])
def test_init_refuses_where_it_cannot_write(folder, path):
    (folder / "folder.toml").mkdir()
    before = names(folder)
    found = flopline("init", path, "--force")
    assert found.code == 2
    assert names(folder) == before


def test_nothing_half_written_stays_when_the_disk_refuses(folder, monkeypatch):
    before = names(folder)

    def refuse(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", refuse)
    assert flopline("init", "new.toml").code == 2
    assert flopline("sweep", "plan.toml", "--vary", "pretrain.tokens=1T,2T", "-o", "table.csv").code == 2
    assert names(folder) == before


SWEEP = ("sweep", "plan.toml", "--vary", "pretrain.tokens=14T:23T:3", "--vary", "model.params=60B,70B")


def test_a_sweep_is_a_table_on_stdout_or_in_a_file(folder):
    piped = flopline(*SWEEP)
    assert flopline(*SWEEP, "-o", "table.csv").out == ""
    assert (folder / "table.csv").read_text() == piped.out
    rows = list(csv.DictReader(piped.out.splitlines()))
    assert len(rows) == 6
    assert list(rows[0])[:4] == [
        "pretrain.tokens",
        "model.params",
        "eu-ai-act/gpai.narrow.probability",
        "eu-ai-act/gpai.narrow.error",
    ]
    assert [(float(row["pretrain.tokens"]), float(row["model.params"])) for row in rows[:3]] == [
        (14e12, 60e9),
        (14e12, 70e9),
        (18.5e12, 60e9),
    ]


def test_a_sweep_in_json_is_the_same_table(folder):
    flopline(*SWEEP, "-o", "table.json")
    written, printed = json.loads((folder / "table.json").read_text()), flopline(*SWEEP, "--json").answer
    assert written == printed
    assert printed["scenarios"] == 6
    rows = list(csv.DictReader(flopline(*SWEEP).out.splitlines()))
    name = "eu-ai-act/systemic-risk.expected.probability"
    assert printed["columns"][name] == [float(row[name]) for row in rows]


@pytest.mark.parametrize("output", ["table", "table.txt", "nowhere/table.csv", ".", "folder.csv"])
def test_a_table_that_cannot_be_written_is_refused(folder, output):
    (folder / "folder.csv").mkdir()
    before = names(folder)
    found = flopline(*SWEEP, "-o", output)
    assert (found.code, found.out) == (2, "")
    assert names(folder) == before


def test_questions_write_nothing(folder):
    before = names(folder)
    for command in (
        ("estimate", "plan.toml"),
        ("explain", "plan.toml"),
        ("check", "plan.toml"),
        ("schema",),
        ("count", "small.json", "--seq-len", "8"),
        ("regimes", "list"),
    ):
        assert flopline(*command).code == 0
    assert names(folder) == before
