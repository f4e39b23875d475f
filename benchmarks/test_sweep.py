"""Sweeps beside a Monte Carlo loop: the same scenarios, an absolute error of 1e-4, one process, CPU time.

`pytest benchmarks/test_sweep.py --benchmark-enable -s` prints the figures; the suite only runs everything once, small.
"""

import time

import numpy as np
import pytest
from building import P1, loaded

import flopline

TOLERANCE = 1e-4
GRIDS = {
    "one axis": ({"pretrain.tokens": "5T:80T:2000:log"}, {"pretrain.tokens": "5T:80T:600:log"}),
    "two axes": (
        {"pretrain.tokens": "14T:23T:40", "second.hours": "300:900:50"},
        {"pretrain.tokens": "14T:23T:25", "second.hours": "300:900:24"},
    ),
    "too few to interpolate": ({"pretrain.tokens": "5T:80T:250:log"}, {"pretrain.tokens": "5T:80T:20:log"}),
}


def crossed(tokens, hours, draws, random):
    """Return how often one scenario crosses 1e25 and 1e26 FLOP: the loop's body as one would write it in NumPy."""
    parameters = 2.5e11 * np.exp(0.30 * random.standard_normal(draws))
    total = 6 * parameters * tokens * random.uniform(1.0, 1.2, draws)
    if hours is None:
        hours = random.uniform(300.0, 900.0, draws)
    total += 16000 * 989e12 * 3600 * hours * random.beta(12, 28, draws) * random.beta(30, 3, draws)
    return (total > 1e25).sum(), (total > 1e26).sum()


def seconds(work):
    start = time.process_time()
    work()
    return time.process_time() - start


@pytest.mark.parametrize("name", GRIDS)
def test_scenarios_a_second_beside_monte_carlo(name, request, capsys):
    enabled = request.config.getoption("--benchmark-enable")
    vary, rounds, draws = GRIDS[name][not enabled], 5 if enabled else 1, 300_000 if enabled else 10_000
    plan = loaded(P1)
    found = flopline.sweep(plan, vary, tolerance=TOLERANCE, execution="compiled")
    ours = min(
        seconds(lambda: flopline.sweep(plan, vary, tolerance=TOLERANCE, execution="compiled")) for _ in range(rounds)
    )
    assert found.error.max() <= TOLERANCE
    variance = (found.probability * (1.0 - found.probability)).reshape(len(found), -1).max(axis=1)
    needed = np.sum(variance / TOLERANCE**2)
    hours = None if len(found.axes) == 1 else 600.0
    random = np.random.default_rng(0)
    a_draw = min(seconds(lambda: crossed(2e13, hours, draws, random)) for _ in range(rounds)) / draws
    if enabled:
        with capsys.disabled():
            print(
                f"\n{name}: {len(found)} scenarios, {', '.join(sorted(set(found.method.values())))}, in {ours:.3f} s = "
                f"{len(found) / ours:.0f} a second, errors up to {found.error.max():.1e}; NumPy {a_draw * 1e9:.0f} ns "
                f"a draw, {needed:.1e} draws: {a_draw * needed / ours:.0f} times"
            )
        assert a_draw * needed > ours


def test_a_sweep_of_two_thousand(benchmark, request):
    vary = GRIDS["two axes"][not request.config.getoption("--benchmark-enable")]
    found = benchmark(lambda: flopline.sweep(loaded(P1), vary, execution="compiled"))
    assert set(found.method.values()) == {"interpolated"}
