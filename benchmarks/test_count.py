"""Counting beside reading, and beside torch's counter on the meta device: what a library pays for one exact count.

The comparison needs torch and transformers (`pip install -e ".[differential]"`) and is skipped without them.
"""

from __future__ import annotations

import json
import time
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from flopline.architecture import count, read_architecture
from flopline.plan.examples import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

LENGTH = 2048
REPEATED = 200
HYBRID: dict[str, Any] = {
    "model_type": "nemotron_h",
    "hybrid_override_pattern": "M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M-",
    "num_hidden_layers": 52,
    "hidden_size": 4096,
    "intermediate_size": 21504,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "mamba_num_heads": 128,
    "mamba_head_dim": 64,
    "ssm_state_size": 128,
    "n_groups": 8,
    "conv_kernel": 4,
    "chunk_size": 128,
    "vocab_size": 131072,
    "tie_word_embeddings": False,
}
LLAMA_70B: dict[str, Any] = {
    "model_type": "llama",
    "num_hidden_layers": 80,
    "hidden_size": 8192,
    "intermediate_size": 28672,
    "num_attention_heads": 64,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "tie_word_embeddings": False,
}


def _config(name: str) -> dict[str, Any]:
    if name == "deepseek-v3":
        found: dict[str, Any] = json.loads((FOLDER / "deepseek-v3.json").read_text())
        return found
    return LLAMA_70B if name == "llama-70b" else HYBRID


@pytest.mark.parametrize("name", ["llama-3.1-405b", "deepseek-v3", "gpt-3-175b"])
def test_a_count_takes_a_fraction_of_a_millisecond(benchmark: Any, name: str) -> None:
    architecture = read_architecture(FOLDER / f"{name}.json")
    found = benchmark(count, architecture, seq_len=8192 if name != "gpt-3-175b" else 2048)
    assert found.training.masked > 2 * found.forward.masked


@pytest.mark.parametrize("name", ["llama-70b", "deepseek-v3", "hybrid-52"])
def test_a_count_from_the_file_beside_torch_on_the_meta_device(benchmark: Any, name: str, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    config = _config(name)
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    found = benchmark(count, path, seq_len=LENGTH)
    start = time.process_time()
    executed = _torch_forward(config)
    spent = time.process_time() - start
    again = _counts_again(path)
    print(f"{name}: torch {spent:.1f} s of CPU, {spent / again:,.0f} times a count of {1e6 * again:.0f} us")
    if benchmark.stats:
        from_file = benchmark.stats.stats.median
        print(f"{name}: {spent / from_file:,.0f} times a count from the file, {1e6 * from_file:.0f} us")
    assert found.forward.full == executed


def _counts_again(path: Path) -> float:
    """Return the seconds that a further count of a model takes that was read before."""
    architecture = read_architecture(path)
    count(architecture, seq_len=LENGTH)
    start = time.process_time()
    for _ in range(REPEATED):
        count(architecture, seq_len=LENGTH)
    return (time.process_time() - start) / REPEATED


def _torch_forward(config: dict[str, Any]) -> int:
    """Run the model forward and backward on the meta device under torch's counter; return its forward FLOP."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode
    from transformers import AutoConfig, AutoModelForCausalLM

    keys = {key: value for key, value in config.items() if key not in ("model_type", "auto_map", "quantization_config")}
    settings = AutoConfig.for_model(config["model_type"], **keys)
    settings._experts_implementation = "batched_mm"
    with torch.device("meta"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = AutoModelForCausalLM.from_config(settings, attn_implementation="eager", dtype=torch.bfloat16)
        tokens = torch.zeros((1, LENGTH), dtype=torch.long)
        mask = torch.zeros((1, 1, LENGTH, LENGTH), dtype=torch.bfloat16)
        with FlopCounterMode(display=False) as counter:
            # A mask made beforehand: the libraries look into one of tokens, which has no values here.
            scores = model(tokens, attention_mask=mask, use_cache=False).logits
            forward = int(counter.get_total_flops())
            scores.sum().backward()
    return forward
