"""Public tables are wrong by a factor of two and more in known ways; each way is a test.

Sparse peaks beside dense ones, sums in fp16, vector units for tensor ones, dies and cores and boards counted as chips,
pods whose headline is of another format, and formats that somebody derived from one another.
"""

from __future__ import annotations

import pytest

from flopline.errors import HardwareError
from flopline.hardware import default_format, find, load_catalogue

PROFILES = load_catalogue().profiles


def dense(chip, form="bf16"):
    return find(chip).peak(form).dense / 1e12


def headline(chip, form="bf16"):
    return find(chip).peak(form).headline


@pytest.mark.parametrize(
    ("chip", "form", "expected", "sparse"),
    [
        ("h100-sxm", "bf16", 989.4, 1979),
        ("h100-sxm", "fp8", 1978.9, 3958),
        ("h100-sxm", "tf32", 494.7, 989),
        ("h100-nvl", "bf16", 835.5, 1671),
        ("b200-sxm", "bf16", 2250, 4500),
        ("b200-sxm", "fp8", 4500, 9000),
        ("a40", "bf16", 149.7, 299.4),
        ("rtx-a6000", "bf16", 154.8, 309.6),
        ("rtx-6000-ada", "fp8", 728.5, 1457),
        ("trainium2", "bf16", 667, 2563),
        ("mi300a", "bf16", 980.6, 1961.2),
        ("mtia-200", "int8", 354, 708),
        ("cerebras-wse2", "fp16", 7500, 62500),
        ("cerebras-wse3", "fp16", 15800, 125000),
    ],
)
def test_sparsity_is_not_taken_as_dense(chip, form, expected, sparse):
    assert dense(chip, form) == pytest.approx(expected)
    assert headline(chip, form).rate == pytest.approx(sparse * 1e12, rel=1e-3)
    assert headline(chip, form).sparse


def test_amd_prints_dense_first():
    for chip in ("mi300x", "mi325x"):
        assert dense(chip) == pytest.approx(1307.4)
        assert not headline(chip).sparse


def test_the_dense_peak_of_a_wafer_is_what_its_cores_do_in_a_clock():
    assert pytest.approx(dense("cerebras-wse3", "fp16") * 1e12, rel=0.01) == 900_000 * 16 * 1.1e9


@pytest.mark.parametrize(
    ("chip", "with_fp32_sums", "with_fp16_sums"),
    [("rtx-4090", 165.2, 330.3), ("rtx-3090ti", 80, 160), ("rtx-3090", 71.2, 142.3), ("rtx-5090", 209.5, 419)],
)
def test_geforce_rates_are_for_fp32_sums(chip, with_fp32_sums, with_fp16_sums):
    peak = find(chip).peak("bf16")
    assert peak.accumulate == "fp32"
    assert peak.dense == pytest.approx(with_fp32_sums * 1e12)
    assert peak.dense < 0.51 * with_fp16_sums * 1e12
    assert "half" in find(chip).remark


def test_4090_is_128_units_of_512_at_2520_megahertz():
    assert pytest.approx(find("rtx-4090").peak("bf16").dense, rel=1e-3) == 128 * 512 * 2.52e9


@pytest.mark.parametrize(
    ("chip", "form", "vector"),
    [
        ("a100-sxm-80gb", "fp16", 77.97),
        ("h100-sxm", "fp16", 133.8),
        ("l4", "fp16", 30.3),
        ("v100-sxm2-16", "fp16", 31.3),
        ("a30", "fp16", 10.3),
        ("b200-sxm", "fp16", 496.6),
        ("rtx-6000-ada", "bf16", 91.1),
        ("pvc-1550", "fp16", 52.43),
    ],
)
def test_fp16_is_the_tensor_rate_and_not_the_vector_rate(chip, form, vector):
    assert find(chip).peak(form).engine in ("tensor", "matrix")
    assert dense(chip, form) > 3 * vector


def test_p100_has_no_tensor_cores_and_its_fp16_is_vector():
    peak = find("p100-sxm2").peak("fp16")
    assert (peak.engine, peak.accumulate) == ("vector", "fp16")
    assert peak.dense == 21.2e12


@pytest.mark.parametrize(
    ("chip", "form", "expected"),
    [
        *[
            ("l40s", "bf16", 362),
            ("l40", "bf16", 181),
            ("l4", "bf16", 121),
            ("a10g", "bf16", 70),
            ("a40", "bf16", 149.7),
        ],
        *[("t4", "fp16", 65), ("v100-sxm2-16", "fp16", 125), ("rtx-4090", "bf16", 165.2), ("gb10", "bf16", 59.4)],
        *[("h800-sxm", "bf16", 989.4), ("mi350x", "bf16", 2306.9), ("mi250", "bf16", 362.1), ("mi210", "bf16", 181)],
        ("rubin-vr200", "bf16", 4000),
    ],
)
def test_no_chip_falls_back_to_the_312_of_an_a100(chip, form, expected):
    assert dense(chip, form) == pytest.approx(expected)
    assert dense(chip, form) != 312


@pytest.mark.parametrize(
    ("chip", "whole", "shown_as", "part"),
    [
        *[("mi250x", 383, 2, 191.5), ("tpu-v7", 2307, 2, 1153.5), ("tpu-v3", 123, 2, 61.5), ("tpu-v2", 46, 2, 23)],
        *[("trainium1", 190, 2, 95), ("pvc-1550", 839, 2, 419.5), ("ascend-910c", 752, 2, 376)],
    ],
)
def test_figures_are_per_chip_and_not_per_die_core_or_stack(chip, whole, shown_as, part):
    assert (dense(chip), find(chip).devices) == (whole, shown_as)
    assert dense(chip) / find(chip).devices == pytest.approx(part)


def test_logical_cores_of_trainium_are_a_quarter_of_the_632_that_its_engine_does():
    for chip in ("trainium2", "trainium3"):
        assert find(chip).devices == 4
        assert find(chip).peak("bf16").low / 4 == 158e12


def test_boards_of_four_tpus_are_not_chips():
    assert 4 * dense("tpu-v2") == pytest.approx(180, rel=0.03)
    assert "180" in find("tpu-v2").remark
    assert "420" in find("tpu-v3").remark


def test_a_superchip_of_blackwell_is_two_gpus_and_one_of_hopper_is_one():
    assert "half of a superchip" in find("gb200").remark
    assert dense("gb200") == 2500
    assert (find("gh200-96gb").dies, find("gh200-96gb").devices) == (1, 1)
    assert dense("gh200-96gb") == dense("h100-sxm")


def test_rubin_counts_packages_and_not_dies():
    assert find("rubin-vr200").dies == 2
    assert find("rubin-vr200").link.domain == 72


def test_mi308x_is_no_copy_of_the_mi300x():
    with pytest.raises(HardwareError):
        find("MI308X")


def test_a10g_is_not_an_a10():
    assert (dense("a10g"), dense("a10")) == (70, 125)
    assert find("a10g").physics.units == 80
    assert find("a10g").power.watts == 300
    assert all(source.grade == "recalled" for source in find("a10g").sources_of(find("a10g").peak("bf16")))


def test_mi100_does_bf16_at_half_the_rate_of_fp16():
    assert dense("mi100") == pytest.approx(92.3)
    assert dense("mi100", "fp16") == pytest.approx(184.6)


def test_gb10_reaches_its_geforce_rate_and_not_a_quarter_of_half_a_petaflop():
    assert dense("gb10") == pytest.approx(48 * 512 * 2.418e9 / 1e12, rel=1e-3)
    assert dense("gb10", "fp4") == 475
    assert headline("gb10", "fp4").sparse
    assert "fp8" not in find("gb10").peaks


def test_fp4_of_blackwell_ultra_is_not_half_of_the_headline():
    peak = find("b300-sxm").peak("fp4")
    assert peak.dense > peak.headline.rate / 2
    assert (peak.low, peak.dense, peak.high) == (12.6e15, 14e15, 15e15)
    assert dense("gb300", "fp4") == 15000


def test_blackwell_ultra_keeps_bf16_and_loses_int8():
    assert (dense("b300-sxm"), dense("b300-sxm", "fp8")) == (2250, 4500)
    assert (dense("b300-sxm", "int8"), dense("b200-sxm", "int8")) == (157, 4500)


def test_a_chip_whose_figures_are_open_by_a_factor_of_two_is_not_there():
    with pytest.raises(HardwareError):
        find("AMD Instinct MI455X")


@pytest.mark.parametrize(
    ("chip", "ratio"),
    [("rubin-vr200", 4.375), ("maia-200", 4), ("trainium3", 3.75), ("tpu-v5p", 1), ("tpu-v6e", 1), ("gaudi3", 1)],
)
def test_fp8_is_never_twice_bf16_by_rule(chip, ratio):
    assert dense(chip, "fp8") / dense(chip) == pytest.approx(ratio, rel=0.01)


@pytest.mark.parametrize("chip", ["a100-sxm-40gb", "a100-pcie-80gb", "a800-pcie", "a30", "a40", "tpu-v4", "mi250x"])
def test_a_chip_without_fp8_has_no_fp8(chip):
    with pytest.raises(HardwareError, match="no `fp8` peak"):
        find(chip).peak("fp8")


def test_fp4_of_rubin_is_35_in_training_and_50_is_never_halved():
    assert dense("rubin-vr200", "fp4") == 35000
    assert headline("rubin-vr200", "fp4").rate == 50e15
    assert dense("rubin-vr200", "int8") == 250


def test_pods_of_tpus_are_advertised_in_their_narrowest_format():
    assert 9216 * dense("tpu-v7", "fp8") / 1e6 == pytest.approx(42.5, rel=0.01)
    assert 9600 * dense("tpu-8t", "fp4") / 1e6 == pytest.approx(121, rel=0.01)
    assert set(find("tpu-8t").peaks) == {"fp4"}
    with pytest.raises(HardwareError, match="neither a bf16 nor an fp16"):
        default_format(find("tpu-8t"))


def test_2517_is_dense_fp8_and_sparse_bf16_of_one_chip():
    assert dense("trainium3", "fp8") == 2517
    assert headline("trainium3").rate == 2517e12
    assert headline("trainium3").sparse
    assert not headline("trainium3", "fp8").sparse


def test_trainium1_has_the_current_int8_and_tf32():
    assert (dense("trainium1", "int8"), dense("trainium1", "tf32")) == (380, 190)


def test_int8_is_never_the_only_rate_of_a_training_chip():
    assert all(set(profile.peaks) != {"int8"} for profile in PROFILES)
