"""Configurations and reference counts shared by the tests of this layer."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import pytest

DATA = Path(__file__).parents[1] / "data" / "architecture"
sys.path.append(str(Path(__file__).parents[1]))


def table(name):
    with (DATA / name).open() as file:
        return list(csv.DictReader(file))


def configurations():
    lines = (DATA / "configs.jsonl").read_text().splitlines()
    return {one["file"]: one["config"] for one in map(json.loads, lines)}


@pytest.fixture(scope="session")
def configs():
    return configurations()


@pytest.fixture(scope="session")
def hub():
    return DATA / "hub"


@pytest.fixture
def llama():
    """A small Llama."""
    return {
        "model_type": "llama",
        "hidden_size": 64,
        "intermediate_size": 176,
        "num_hidden_layers": 4,
        "num_attention_heads": 8,
        "num_key_value_heads": 2,
        "vocab_size": 300,
    }
