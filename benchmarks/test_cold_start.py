"""How long a person waits for a first answer, beside the time that its libraries take to be imported.

Each round runs both processes one after the other, so that a busy machine slows both. Run with

    pytest benchmarks/test_cold_start.py --benchmark-enable -s
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time

import pytest

ROUNDS = 9
MOST = 2.0
"""What a whole answer may take of the time that only importing its libraries takes."""

LIBRARIES = "import numpy, pydantic, typer"
COMMAND = "from flopline.cli import main; main()"


def seconds(*arguments: str) -> tuple[float, float]:
    """Return the CPU and wall seconds of a whole Python process."""
    # An installed package has its bytecode beside it: let both processes keep and use theirs.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-c", *arguments], check=True, capture_output=True, env=environment)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


@pytest.mark.parametrize(
    "arguments", [["estimate", "lora-70b", "--json"], ["hardware", "list"], ["--help"]], ids=" ".join
)
def test_an_answer_takes_at_most_twice_the_imports(benchmark, arguments, capsys):
    pairs = []

    def pair() -> None:
        pairs.append((seconds(COMMAND, *arguments), seconds(LIBRARIES)))

    benchmark.pedantic(pair, rounds=ROUNDS, warmup_rounds=1)
    counted = pairs[1:] or pairs  # the first may have compiled; alone, it only shows that both run
    cpu, wall = (statistics.median(ours[i] / theirs[i] for ours, theirs in counted) for i in (0, 1))
    benchmark.extra_info.update(cpu_ratio=cpu, wall_ratio=wall)
    with capsys.disabled():
        print(f"\nflopline {' '.join(arguments)}: {cpu:.2f} x the CPU, {wall:.2f} x the wall time of the imports")
    if len(counted) >= ROUNDS:
        assert cpu <= MOST
