"""The compiled execution in processes of its own: cold, warm, damaged and unwritable caches, forks."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

QUESTION = """
import os
import numpy as np
from naive.engine import p1
from flopline.engine.exceedance import exceedance
def ask():
    found = exceedance(p1(), np.ones((1, 3), dtype=bool), np.array([1e26]), execution="compiled")
    return found.probability[0].hex()
"""

LOADED = """
from flopline.kernels.compiled import entries
ask()
print("loaded" if sum(entries.answers._compiled.stats.cache_hits.values()) else "compiled")
"""


def answer(cache, code="print(ask())"):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": "tests"}
    done = subprocess.run(
        [sys.executable, "-c", QUESTION + code],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


def test_a_warm_cache_gives_the_bits_of_a_cold_one(tmp_path):
    assert answer(tmp_path) == answer(tmp_path)
    assert list(tmp_path.rglob("*.nbi"))


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
@pytest.mark.parametrize("kept", [0, 50])
def test_a_cache_cut_short_costs_a_compilation_and_nothing_else(tmp_path, suffix, kept):
    cold = answer(tmp_path)
    for file in tmp_path.rglob(f"*.{suffix}"):
        file.write_bytes(file.read_bytes()[:kept])
    assert answer(tmp_path) == cold
    for file in tmp_path.rglob(f"*.{suffix}"):
        assert len(file.read_bytes()) > 50
    assert answer(tmp_path, LOADED) == "loaded\n"


def test_a_cache_directory_that_is_a_file(tmp_path):
    (tmp_path / "cache").write_text("not a directory")
    assert answer(tmp_path / "cache") == answer(tmp_path)


def test_four_cold_processes_at_once(tmp_path):
    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(lambda _: answer(tmp_path), range(4)))
    assert answers == {answer(tmp_path)}


def test_a_forked_child_answers_too(tmp_path):
    code = """
before = ask()
if os.fork() == 0:
    os._exit(0 if ask() == before else 1)
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    assert answer(tmp_path, code).strip() == "0"
