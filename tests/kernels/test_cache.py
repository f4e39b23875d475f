"""The compiled execution in processes of its own: cold, warm, damaged and unwritable caches, forks."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

QUESTION = """
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell in the background leaves out
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


def started(cache, code="print(ask())"):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": "tests"}
    return subprocess.Popen(
        [sys.executable, "-c", QUESTION + code],
        env=environment,
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answer(cache, code="print(ask())"):
    running = started(cache, code)
    out, err = running.communicate()
    assert (running.returncode, err) == (0, "")
    return out


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


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a directory in which nobody can write, root included")
def test_a_cache_directory_in_which_nobody_can_write(tmp_path):
    assert answer("/proc/cache") == answer(tmp_path)


def test_eight_cold_processes_at_once(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(lambda _: answer(tmp_path), range(8)))
    assert answers == {answer(tmp_path)}


def test_a_cache_that_is_cut_short_again_and_again_while_others_read_it(tmp_path):
    cold, over = answer(tmp_path), threading.Event()

    def cut():
        while not over.wait(0.2):
            for file in tmp_path.rglob("*.nb?"):
                with contextlib.suppress(FileNotFoundError):
                    os.truncate(file, 100)

    cutting = threading.Thread(target=cut)
    cutting.start()
    try:
        with ThreadPoolExecutor(2) as pool:
            assert set(pool.map(lambda _: answer(tmp_path), range(4))) == {cold}
    finally:
        over.set()
        cutting.join()
    assert answer(tmp_path) == cold


@pytest.mark.parametrize("after", [1.0, 4.0])
def test_an_interrupted_compilation_leaves_nothing_that_the_next_process_stumbles_over(tmp_path, after):
    running = started(tmp_path)
    time.sleep(after)
    while running.poll() is None:  # what is being imported may catch one of them
        running.send_signal(signal.SIGINT)
        time.sleep(0.3)
    err = running.communicate()[1]
    assert running.returncode != 0
    assert "KeyboardInterrupt" in err
    assert answer(tmp_path) == answer(tmp_path / "another")


def test_threads_that_ask_a_cold_process_at_once(tmp_path):
    code = """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(8) as pool:
    print(*set(pool.map(lambda _: ask(), range(16))))
"""
    assert answer(tmp_path, code) == answer(tmp_path)


def test_a_forked_child_answers_too(tmp_path):
    code = """
before = ask()
if os.fork() == 0:
    os._exit(0 if ask() == before else 1)
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    assert answer(tmp_path, code).strip() == "0"
