"""Folders to ask questions in."""

from __future__ import annotations

import shutil

import pytest
from mutations import FOLDER

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


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An own working folder with a plan and a configuration."""
    (tmp_path / "plan.toml").write_text(PLAN)
    for name in ("rich.toml", "broken.toml", "small.json"):
        shutil.copy(FOLDER / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path
