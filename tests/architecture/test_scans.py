"""Scans alone: the products of a reference execution, and what other conventions say of them."""

from __future__ import annotations

import pytest
from architecture_references import table

from flopline.architecture.delta import Delta, delta_rule
from flopline.architecture.extents import Lengths
from flopline.architecture.operations import Kernels, Product

ROWS = table("scan.csv")


def rows(kernel):
    return [row for row in ROWS if row["kernel"] == kernel]


def products(operations, length):
    """Return the forward FLOP of all products of activations."""
    return sum(one.forward * one.on.times(Lengths(length)) for one in operations if isinstance(one, Product))


@pytest.mark.parametrize("row", rows("gated_delta_rule_chunk"), ids=lambda row: f"{row['S']}-{row['chunk']}")
def test_a_chunked_delta_rule_runs_the_products_that_torch_counts(row):
    heads, length = int(row["H"]), int(row["S"])
    shape = Delta(heads, heads, int(row["P_or_dk"]), int(row["N_or_dv"]), kernel=4, chunk=int(row["chunk"]))
    assert products(delta_rule(shape, "beta", paired=False), length) == int(row["flops"])


def test_a_delta_rule_costs_less_step_by_step_than_in_chunks():
    (kernels,) = (one for one in delta_rule(Delta(2, 4, 32, 48, 4), "beta", paired=False) if isinstance(one, Kernels))
    costs = {one.name: one.forward for one in kernels.alternatives}
    # Yang et al. 2024, arXiv:2412.06464: per head and position, with two triangular solves of 64 positions.
    assert costs["recurrent"] == 4 * 8 * 32 * 48
    assert costs["chunked kernel"] == 4 * (4 * 64 * 32 + 2 * 64 * 48 + 6 * 32 * 48 + 64 * (32 + 48))
