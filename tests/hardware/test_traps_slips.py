"""Public tables are wrong by three to thirty per cent in known ways, and in memory, links, power and price."""

from __future__ import annotations

import pytest

from flopline.hardware import find


def dense(chip, form="bf16"):
    return find(chip).peak(form).dense / 1e12


def test_mi300x_is_exact_and_neither_rounded_nor_1336():
    assert dense("mi300x") == pytest.approx(304 * 2048 * 2.1e9 / 1e12, rel=1e-4)


def test_mi355x_is_not_of_the_mi350x_class():
    assert (dense("mi355x"), dense("mi350x")) == pytest.approx((2516.6, 2306.9))
    assert (dense("mi355x", "fp8"), dense("mi355x", "fp4")) == pytest.approx((5033.2, 10066.3))


def test_gaudi2_is_432_and_gaudi3_is_the_part_that_shipped():
    assert dense("gaudi2") == 432
    assert find("gaudi2").peak("bf16").high == 450e12
    assert dense("gaudi3") == dense("gaudi3", "fp8") == 1678
    assert find("gaudi3").peak("bf16").high == 1835e12
    assert (find("gaudi3").memory.bytes, find("gaudi3").power.watts) == (128e9, 900)


def test_tpus_are_what_their_matrix_units_do():
    assert dense("tpu-v3") == 123
    assert pytest.approx(123e12, rel=0.01) == 4 * 32768 * 0.94e9
    assert (find("tpu-v2").peak("bf16").low, dense("tpu-v2")) == (45e12, 46)
    assert (dense("tpu-v4"), dense("tpu-v5p")) == (275, 459)
    assert (find("tpu-v5e").peak("int8").low, dense("tpu-v5e", "int8")) == (393e12, 394)
    assert 256 * dense("tpu-v6e") / 1e3 == pytest.approx(234.9, rel=1e-3)


def test_pages_of_one_trainium_disagree_by_five_per_cent_and_both_are_kept():
    for chip, whole in (("trainium2", 667), ("trainium3", 671)):
        peak = find(chip).peak("bf16")
        assert (peak.dense, peak.low) == (whole * 1e12, 632e12)
        assert "cores" in find(chip).physics.exemption
    assert find("trainium2").peak("fp8").low == 1264e12
    assert "4.7" in find("trainium3").memory.remark


def test_h100_tensor_clock_is_not_its_vector_clock():
    assert find("h100-sxm").physics.hertz == 1.83e9
    assert dense("h100-sxm", "fp32") == pytest.approx(132 * 256 * 1.98e9 / 1e12, rel=1e-3)
    assert dense("h800-sxm", "tf32") == pytest.approx(494.7)
    assert dense("h800-sxm", "fp32") == pytest.approx(66.9)


def test_bins_of_the_910b_keep_their_own_rates():
    assert [dense(f"ascend-910b{bin_}", "fp16") for bin_ in (2, 3, 4)] == [376, 313, 280]
    assert find("ascend-910b2").peak("fp16").low == 353.9e12


def test_910c_is_twice_376_and_its_int8_agrees():
    assert (dense("ascend-910c"), dense("ascend-910c", "int8")) == (752, 1504)
    assert find("ascend-910c").peak("bf16").high == 800e12


def test_950dt_shows_its_conflict():
    peak = find("ascend-950dt").peak("fp8")
    assert (peak.dense, peak.high) == (919e12, 1e15)
    assert find("ascend-950dt").status == "announced"


def test_l40s_and_l4_have_their_own_units_and_power():
    assert (dense("l40s"), find("l40s").power.watts) == (362, 350)
    assert find("l4").physics.units == 58


def test_b200_has_the_revised_datasheet():
    chip = find("b200-sxm")
    assert (dense("b200-sxm", "fp64"), dense("b200-sxm", "fp32")) == (37, 75)
    assert (chip.memory.bytes, chip.memory.bytes_per_second) == (180e9, 7.7e12)


def test_gb200_is_clocked_a_ninth_above_the_b200():
    assert (dense("b200-sxm"), dense("gb200")) == (2250, 2500)
    assert dense("gb200", "fp64") == 40


def test_b200_has_neither_the_rate_nor_the_power_of_a_gb200():
    assert dense("b200-sxm", "fp8") == 4500
    assert (find("b200-sxm").power.watts, find("gb200").power.watts) == (1000, 1200)


def test_brochures_that_never_shipped_are_announced_only():
    for chip in ("br100", "metax-c500", "b100"):
        assert find(chip).status == "announced"
    assert find("metax-c500").memory.bytes_per_second is None
    assert find("trainium1").memory.bytes_per_second == 820e9
    assert find("ascend-910c").power.watts == 700


def test_memory_is_what_shipped():
    assert find("mi325x").memory.bytes == 256e9
    assert find("mi300a").memory.bytes == 128e9
    assert find("mi300a").physics.units == 228
    assert find("mi300x").memory.bytes_per_second == 5.3e12
    assert find("b300-sxm").memory.bytes == 288e9


def test_gigabytes_are_not_gibibytes():
    assert "193.3e9" in find("b200-sxm").memory.remark
    assert pytest.approx(193.3e9, rel=1e-3) == 184320 * 2**20
    assert "144384 MiB" in find("h200-sxm").memory.remark


@pytest.mark.parametrize(
    ("chip", "both_ways"),
    [("h100-sxm", 900), ("h800-sxm", 400), ("tpu-v5e", 400), ("tpu-v5p", 1200), ("tpu-v6e", 800), ("maia-100", 1200)],
)
def test_links_are_both_directions_added(chip, both_ways):
    assert find(chip).link.both_ways == both_ways * 1e9
    assert find(chip).link.one_way == both_ways * 1e9 / 2


def test_an_h100_reaches_the_eight_of_its_server():
    assert find("h100-sxm").link.domain == 8


def test_power_of_sxm2_and_pcie_is_not_swapped():
    assert (find("v100-sxm2-16").power.watts, find("v100-pcie").power.watts) == (300, 250)


def test_power_that_is_set_or_disputed_has_its_range():
    for chip, low, high in (("gh200-96gb", 450, 1000), ("b300-sxm", 1000, 1400)):
        assert (find(chip).power.low, find(chip).power.high) == (low, high)
    assert (find("mi250x").power.term, find("mi250x").power.low) == ("TBP", 500)


def test_power_of_tpus_is_inferred_and_what_was_measured_is_half():
    for chip in ("tpu-v4", "tpu-v5p", "tpu-v6e", "tpu-v7"):
        assert "inferred" in find(chip).power.term
    assert find("tpu-v4").measured.watts == find("tpu-v4").power.watts / 2
    assert not find("tpu-v4").measured.host
    for chip, watts in (("tpu-v2", 221), ("tpu-v3", 283)):
        assert (find(chip).measured.watts, find(chip).measured.host) == (watts, True)
        assert find(chip).server is None


@pytest.mark.parametrize(
    ("chip", "kilowatts", "units"),
    [
        *[("v100-sxm2-16", 3.5, 8), ("v100-sxm3-32", 10, 16), ("a100-sxm-80gb", 6.5, 8), ("h100-sxm", 10.2, 8)],
        *[("h200-sxm", 10.2, 8), ("b200-sxm", 14.3, 8), ("b300-sxm", 14.5, 8), ("gb200", 132, 72), ("gb300", 135, 72)],
        *[("rubin-vr200", 210, 72), ("ascend-910c", 559, 384), ("cerebras-wse2", 23, 1), ("cerebras-wse3", 23, 1)],
    ],
)
def test_a_server_is_its_nameplate_over_its_chips(chip, kilowatts, units):
    assert find(chip).server.watts == pytest.approx(kilowatts * 1000 / units, rel=2e-3)


def test_the_mean_of_an_h100_server_at_work_is_three_quarters_of_its_nameplate():
    # Newkirk et al. 2025: 76 % of 10.2 kW
    assert find("h100-sxm").measured.watts == pytest.approx(0.76 * 10200 / 8, rel=1e-3)
    assert find("h100-sxm").measured.host


def test_prices_leave_out_stale_lists_and_spot():
    h100 = find("h100-sxm").price
    assert h100.high < 98.32 / 8
    assert h100.low > 1.6
    assert h100.high < 80.62 / 8 or "80.62" in h100.remark
    for chip in ("tpu-v3", "tpu-v4", "tpu-v5e"):
        assert find(chip).price.low >= 1.2
