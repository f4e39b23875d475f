"""Folders to ask questions in."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from graftings import FOLDER

PLAN = """
schema = 1
title = "A plan"
day = 2026-11-22
none = ["post-training", "synthetic-data", "later-updates"]

[model]
params = "70B"
generates = ["text"]
general = "yes"

[[stage]]
name = "pretrain"
kind = "pretraining"
tokens = "17T..22T"
"""


DRAWN = Path(__file__).parents[1] / "data" / "architecture" / "differential"
FAMILIES = {
    "translator.json": ("seq2seq", "t5"),
    "painter.json": ("diffusion", "PixArtTransformer2DModel"),
    "film.json": ("films", "WanTransformer3DModel"),
    "towered.json": ("multimodal", "llava"),
    "pictured.json": ("qwen_vl", "qwen2_vl"),
    "listening.json": ("listening", "qwen2_audio"),
    "experts.json": ("mixtures", "mixtral"),
    "fuyu.json": ("dense", "fuyu"),
}
"""Small configurations of models that need more than one length."""


def drawn(file, family):
    """Return the configuration of a family that was drawn at random and kept."""
    lines = (DRAWN / f"{file}.jsonl").read_text().splitlines()
    configs = [json.loads(line)["config"] for line in lines]
    return next(one for one in configs if family in (one.get("model_type"), one.get("_class_name")))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An own working folder with a plan and a configuration."""
    (tmp_path / "plan.toml").write_text(PLAN)
    for name in ("rich.toml", "broken.toml", "small.json"):
        shutil.copy(FOLDER / name, tmp_path)
    for name, (file, family) in FAMILIES.items():
        (tmp_path / name).write_text(json.dumps(drawn(file, family)))
    monkeypatch.chdir(tmp_path)
    return tmp_path
