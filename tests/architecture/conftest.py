"""Configurations shared by the tests of this layer."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def hub():
    return Path(__file__).parents[1] / "data" / "architecture" / "hub"


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
