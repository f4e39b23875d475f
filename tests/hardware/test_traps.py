"""Public hardware tables go wrong in known ways; each way is a test.

The errors are those of widely copied tables: sparse peaks beside dense ones, parts of names that match, a
default of 312 TFLOP/s for whatever is unknown, dies counted as chips.
"""

from __future__ import annotations

import pytest

from flopline.errors import HardwareError
from flopline.hardware import default_format, find, load_catalogue


def dense(chip, form="bf16"):
    return find(chip).peak(form).dense / 1e12


def test_h100_sxm_is_989_dense_and_not_the_sparse_1979():
    assert dense("h100-sxm") == pytest.approx(989.4)
    assert find("h100-sxm").peak("bf16").headline.rate == 1979e12
    assert find("h100-sxm").peak("bf16").headline.sparse
    assert dense("h100-sxm", "fp8") == pytest.approx(1978.9)


def test_h100_pcie_and_nvl_are_slower_than_sxm():
    assert dense("h100-pcie") == 756
    assert dense("h100-nvl") == pytest.approx(835.5)


def test_h800_sxm_is_neither_312_nor_756():
    assert dense("h800-sxm") == pytest.approx(989.4)
    assert dense("h800-pcie") == 756
    assert find("NVIDIA H800").id == "h800-sxm"


def test_h200_nvl_is_835_and_not_989():
    assert dense("h200-nvl") == pytest.approx(835.5)
    assert dense("h200-sxm") == pytest.approx(989.4)
    assert find("NVIDIA H200 NVL").id == "h200-nvl"


def test_gh200_is_one_gpu_and_not_an_h200():
    assert find("NVIDIA GH200 480GB").id == "gh200-96gb"
    assert find("gh200-96gb").devices == 1


def test_h20_is_148_by_export_cap_and_not_corrected_to_its_silicon():
    assert dense("h20") == 148
    assert not find("h20").peak("bf16").headline.sparse
    assert "export" in find("h20").physics.exemption


def test_a100_has_312_dense_and_no_fp8():
    for chip in ("a100-sxm-40gb", "a100-sxm-80gb", "a100-pcie-40gb", "a100-pcie-80gb"):
        assert dense(chip) == 312
        with pytest.raises(HardwareError, match="no `fp8` peak"):
            find(chip).peak("fp8")


def test_v100_trains_on_tensor_cores_in_fp16_and_has_no_bf16():
    assert dense("v100-sxm2-16", "fp16") == 125
    assert "bf16" not in find("v100-sxm2-16").peaks
    assert default_format(find("v100-sxm2-16")) == "fp16"
    assert default_format(find("h100-sxm")) == "bf16"


def test_l40s_is_found_by_its_device_name_in_any_case():
    assert find("NVIDIA L40S").id == find("nvidia l40s").id == "l40s"
    assert dense("l40s") == 362


def test_l4_l40_and_l40s_are_three_chips():
    assert [dense(chip) for chip in ("NVIDIA L4", "NVIDIA L40", "NVIDIA L40S")] == [121, 181, 362]


def test_a10g_is_not_an_a10():
    assert find("NVIDIA A10G").id == "a10g"
    assert (dense("a10g"), dense("a10")) == (70, 125)
    assert all(source.grade == "recalled" for source in find("a10g").sources_of(find("a10g").peak("bf16")))


def test_geforce_rates_are_for_fp32_sums():
    assert dense("rtx-4090") == pytest.approx(165.2)
    assert dense("rtx-3090") == pytest.approx(71.2)


def test_gb200_is_not_b200():
    assert (dense("b200-sxm"), dense("gb200")) == (2250, 2500)
    assert find("NVIDIA GB200").id == "gb200"
    assert find("NVIDIA B200").id == "b200-sxm"


def test_fp4_of_blackwell_ultra_is_not_half_of_the_headline():
    peak = find("b300-sxm").peak("fp4")
    assert peak.dense > peak.headline.rate / 2
    assert peak.low < peak.dense
    assert dense("gb300", "fp4") == 15000


def test_int8_of_blackwell_ultra_was_cut():
    assert dense("b300-sxm", "int8") == 157
    assert dense("b200-sxm", "int8") == 4500


def test_mi300x_prints_dense_first():
    assert dense("mi300x") == pytest.approx(1307.4)
    assert not find("mi300x").peak("bf16").headline.sparse


def test_mi250x_counts_modules_of_two_devices():
    assert dense("mi250x") == 383
    assert (find("mi250x").dies, find("mi250x").devices) == (2, 2)


def test_mi325x_shipped_with_256_gigabytes():
    assert find("mi325x").memory.bytes == 256e9


def test_mi355x_is_not_of_the_mi350x_class():
    assert dense("mi355x") == pytest.approx(2516.6)
    assert dense("mi350x") == pytest.approx(2306.9)


def test_tpu_figures_are_per_chip_and_not_per_board_or_core():
    assert dense("tpu-v3") == 123
    assert dense("tpu-v4") == 275
    assert find("tpu-v3").devices == find("tpu-v7").devices == 2


def test_tpu_v5p_and_v6e_gain_nothing_from_fp8():
    assert dense("tpu-v5p") == dense("tpu-v5p", "fp8") == 459
    assert dense("tpu-v6e") == dense("tpu-v6e", "fp8") == 918


def test_tpu_v5e_and_v5p_are_different_chips():
    assert (dense("tpu-v5e"), dense("tpu-v5p")) == (197, 459)
    with pytest.raises(HardwareError, match="could be 2 different chips"):
        find("TPU v5")


def test_tpu_v7_headline_is_fp8():
    assert (dense("tpu-v7"), dense("tpu-v7", "fp8")) == (2307, 4614)


def test_trainium2_is_667_dense_and_not_2563():
    peak = find("trainium2").peak("bf16")
    assert (peak.dense, peak.low, peak.headline.rate) == (667e12, 632e12, 2563e12)


def test_trainium3_fp8_is_not_twice_bf16():
    assert dense("trainium3", "fp8") / dense("trainium3") == pytest.approx(3.75, rel=0.01)


def test_gaudi3_is_the_part_that_shipped():
    assert dense("gaudi3") == dense("gaudi3", "fp8") == 1678
    assert dense("gaudi2") == 432


def test_ascend_910b_is_several_bins():
    with pytest.raises(HardwareError, match=r"ascend-910b2.*ascend-910b3.*ascend-910b4"):
        find("910B")


def test_links_are_printed_both_ways():
    assert find("h100-sxm").link.both_ways == 900e9
    assert find("h100-sxm").link.one_way == 450e9
    assert find("h800-sxm").link.both_ways == 400e9


@pytest.mark.parametrize(
    ("name", "variants"),
    [
        ("H100", {"h100-sxm", "h100-pcie", "h100-nvl"}),
        ("NVIDIA H100", {"h100-sxm", "h100-pcie", "h100-nvl"}),
        ("A100", {"a100-sxm-40gb", "a100-sxm-80gb", "a100-pcie-40gb", "a100-pcie-80gb"}),
        ("h200", {"h200-sxm", "h200-nvl"}),
        ("h800", {"h800-sxm", "h800-pcie"}),
        ("GH200", {"gh200-96gb", "gh200-144gb"}),
        ("b200", {"b200-sxm", "gb200"}),
        ("Trainium", {"trainium1", "trainium2", "trainium3"}),
    ],
)
def test_an_ambiguous_name_lists_the_variants(name, variants):
    with pytest.raises(HardwareError) as caught:
        find(name)
    assert caught.value.code == "E502"
    assert all(f"`{chip}`" in caught.value.message for chip in variants)
    assert caught.value.message.count("`") == 2 * (len(variants) + 1)


@pytest.mark.parametrize("name", ["h101-sxm", "gpu", "", "MI308X", "unknown chip 9000", "a" * 500, "../x"])
def test_an_unknown_chip_never_becomes_another(name):
    with pytest.raises(HardwareError) as caught:
        find(name)
    assert caught.value.code == "E501"
    assert caught.value.diagnostics[0].hint


def test_a_typing_slip_is_answered_with_the_closest_names():
    with pytest.raises(HardwareError) as caught:
        find("h10-sxm")
    assert "`h100-sxm`" in caught.value.diagnostics[0].hint


def test_no_name_of_one_chip_is_a_name_of_another():
    catalogue = load_catalogue()
    names = [name for profile in catalogue.profiles for name in (profile.id, *profile.aliases)]
    assert all(catalogue.find(name) for name in names)
