"""Counting beside reading: what a library pays for one exact count."""

from __future__ import annotations

import pytest

from flopline.architecture import count, read_architecture
from flopline.plan.examples import FOLDER


@pytest.mark.parametrize("name", ["llama-3.1-405b", "deepseek-v3", "gpt-3-175b"])
def test_a_count_takes_a_fraction_of_a_millisecond(benchmark, name):
    architecture = read_architecture(FOLDER / f"{name}.json")
    found = benchmark(count, architecture, seq_len=8192 if name != "gpt-3-175b" else 2048)
    assert found.training.masked > 2 * found.forward.masked
