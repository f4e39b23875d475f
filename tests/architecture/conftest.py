"""Configurations shared by the tests of this layer."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# The slow twins of all layers stand beside the layers' directories.
sys.path.append(str(Path(__file__).parents[1]))


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
