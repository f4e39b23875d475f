"""What scans cost, block by block, against counts of the products of kernels and of reference executions."""

from __future__ import annotations

import pytest
from architecture_references import configurations, table

from flopline.architecture import count
from flopline.architecture.chunks import chunk_pairs, whole_chunks
from flopline.architecture.delta import Delta, delta_rule
from flopline.architecture.extents import Lengths
from flopline.architecture.operations import SCAN, Kernels, Linear, Product
from flopline.architecture.state_space import Dual, state_space_dual

ROWS = table("scan.csv")


def rows(kernel):
    return [one for one in ROWS if one["kernel"] == kernel]


def number(row, *names):
    return [int(row[name]) for name in names]


def alternative(block, name):
    """Return what one of a block's scans costs per unit, and how often, under another convention."""
    scan = next(one for one in block.operations if isinstance(one, Kernels))
    return next(one for one in scan.alternatives if one.name == name)


def dual(row):
    heads, size, state, groups, chunk = number(row, "H", "P_or_dk", "N_or_dv", "G", "chunk")
    shape = Dual(heads, size, groups, state, 4, chunk)
    return state_space_dual(64, shape, bias=False, output_bias=False, conv_bias=True, norm=64, gate_norm=shape.inner)


@pytest.mark.parametrize("row", rows("mamba2_ssd"), ids=lambda row: f"{row['S']}-{row['H']}-{row['chunk']}")
def test_the_chunked_dual_of_mamba_2_costs_what_its_kernels_multiply(row):
    kernel = alternative(dual(row), "chunked kernel")
    assert kernel.forward * kernel.on.times(Lengths(int(row["S"]))) == int(row["flops"])


@pytest.mark.parametrize("row", rows("mamba2_ssd"), ids=lambda row: f"{row['S']}-{row['H']}-{row['chunk']}")
def test_the_executed_dual_repeats_maps_for_every_head_and_passes_states_in_a_square(row):
    length, heads, size, state, chunk = number(row, "S", "H", "P_or_dk", "N_or_dv", "chunk")
    executed = sum(
        one.forward * one.on.times(Lengths(length)) for one in dual(row).operations if isinstance(one, Product)
    )
    passing = 2 * heads * size * state * (length // chunk + 1) ** 2
    repeated = (heads - int(row["G"])) * 2 * chunk * state * length
    assert executed == int(row["flops"]) + repeated + passing


def test_the_last_chunk_is_filled_up():
    assert [whole_chunks(4).times(Lengths(length)) for length in (1, 4, 5, 8, 9)] == [4, 4, 8, 8, 12]
    assert [chunk_pairs(4).times(Lengths(length)) for length in (1, 4, 5, 9)] == [4, 4, 9, 16]


def test_extents_of_scans_are_exact_at_lengths_beyond_floating_point():
    length = 10**16 + 1
    assert whole_chunks(256).times(Lengths(length)) == (length // 256 + 1) * 256
    assert chunk_pairs(256).times(Lengths(length)) == (length // 256 + 2) ** 2


def test_a_selective_scan_is_known_by_its_authors_count_and_by_its_one_product():
    config = configurations()["mamba-2.8b.json"]
    found = count(config, seq_len=1024).to_dict()["conventions"]["scans"]["forward"]
    inner, state, layers = 2 * 2560, 16, 64
    assert found["executed"]["full"] == 2 * 1024 * inner * state * layers
    assert found["selective scan"]["full"] == 9 * 1024 * inner * state * layers


def test_a_hybrid_counts_the_scans_of_its_state_space_layers_alone():
    config = configurations()["bamba-9b.json"]
    found = count(config, seq_len=2048).to_dict()["conventions"]["scans"]["forward"]
    heads, size, state, chunk, layers = 128, 64, 128, 256, 29
    each = 2 * chunk * state + heads * (2 * chunk * size + 4 * size * state)
    assert found["chunked kernel"]["full"] == 2048 * each * layers
    assert found["recurrent"]["full"] == 7 * 2048 * heads * size * state * layers


def test_a_scans_projections_are_no_part_of_it():
    row = rows("mamba2_ssd")[0]
    terms = {one.term for one in dual(row).operations if isinstance(one, Linear)}
    assert SCAN not in terms


@pytest.mark.parametrize("row", rows("gated_delta_rule_chunk"), ids=lambda row: f"{row['S']}-{row['chunk']}")
def test_a_chunked_delta_rule_runs_the_products_that_torch_counts(row):
    length, heads, key_dim, value_dim, chunk = number(row, "S", "H", "P_or_dk", "N_or_dv", "chunk")
    operations = delta_rule(Delta(heads, heads, key_dim, value_dim, 4, chunk), "beta", paired=False)
    products = (one for one in operations if isinstance(one, Product))
    assert sum(one.forward * one.on.times(Lengths(length)) for one in products) == int(row["flops"])


def test_a_delta_rule_costs_less_step_by_step_than_in_chunks():
    (scan,) = (one for one in delta_rule(Delta(2, 4, 32, 48, 4), "beta", paired=False) if isinstance(one, Kernels))
    costs = {one.name: one.forward for one in scan.alternatives}
    # Yang et al. 2024, arXiv:2412.06464: per head and position, with two triangular solves of 64 positions.
    assert costs["recurrent"] == 4 * 8 * 32 * 48
    assert costs["chunked kernel"] == 4 * (4 * 64 * 32 + 2 * 64 * 48 + 6 * 32 * 48 + 64 * (32 + 48))
