"""Public tables look chips up by parts of their names, and answer what they do not know; here that is an error."""

from __future__ import annotations

import pytest

from flopline.errors import HardwareError
from flopline.hardware import default_format, find, load_catalogue


def dense(chip, form="bf16"):
    return find(chip).peak(form).dense / 1e12


@pytest.mark.parametrize(
    ("name", "chip", "rate"),
    [
        ("NVIDIA L4", "l4", 121),
        ("NVIDIA L40", "l40", 181),
        ("NVIDIA L40S", "l40s", 362),
        ("nvidia l40s", "l40s", 362),
        ("NVIDIA L20", "l20", 119.5),
        ("NVIDIA A10", "a10", 125),
        ("NVIDIA A10G", "a10g", 70),
        ("NVIDIA A40", "a40", 149.7),
        ("NVIDIA H200", "h200-sxm", 989.4),
        ("NVIDIA H200 NVL", "h200-nvl", 835.5),
        ("NVIDIA H800", "h800-sxm", 989.4),
        ("NVIDIA H100 PCIe", "h100-pcie", 756),
        ("NVIDIA H100 NVL", "h100-nvl", 835.5),
        ("NVIDIA GH200 480GB", "gh200-96gb", 989.4),
        ("NVIDIA GB200", "gb200", 2500),
        ("NVIDIA B200", "b200-sxm", 2250),
        ("NVIDIA RTX A6000", "rtx-a6000", 154.8),
        ("NVIDIA GeForce RTX 3090 Ti", "rtx-3090ti", 80),
        ("NVIDIA GeForce RTX 3090", "rtx-3090", 71.2),
        ("AMD Instinct MI250", "mi250", 362.1),
        ("AMD Instinct MI250X", "mi250x", 383),
        ("AMD Instinct MI300A", "mi300a", 980.6),
        ("AMD Instinct MI300X", "mi300x", 1307.4),
        ("Intel(R) Data Center GPU Max 1550", "pvc-1550", 839),
    ],
)
def test_a_device_name_matches_whole_and_not_by_a_part(name, chip, rate):
    assert find(name).id == chip
    assert dense(chip) == pytest.approx(rate)


@pytest.mark.parametrize(
    "name", ["NVIDIA RTX A4000", "NVIDIA A2", "NVIDIA A16", "NVIDIA L2", "NVIDIA L400", "NVIDIA H20S"]
)
def test_a_chip_whose_name_holds_that_of_another_is_unknown(name):
    with pytest.raises(HardwareError) as caught:
        find(name)
    assert caught.value.code == "E501"


def test_tpu_v5_means_two_chips():
    assert (dense("tpu-v5e"), dense("tpu-v5p")) == (197, 459)
    with pytest.raises(HardwareError, match="could be 2 different chips"):
        find("TPU v5")


def test_ascend_910b_is_several_bins():
    with pytest.raises(HardwareError, match=r"ascend-910b2.*ascend-910b3.*ascend-910b4"):
        find("910B")


def test_a_server_edition_that_is_printed_with_two_rates_is_a_question():
    with pytest.raises(HardwareError, match=r"rtx-pro-6000.*rtx-pro-6000-maxq"):
        find("NVIDIA RTX PRO 6000 Blackwell Server Edition")


def test_v100_trains_in_fp16_where_a_chip_with_bf16_takes_bf16():
    assert default_format(find("v100-sxm2-16")) == "fp16"
    assert default_format(find("h100-sxm")) == "bf16"


def test_h20_is_148_by_export_cap_and_not_corrected_to_its_silicon():
    assert dense("h20") == 148
    assert not find("h20").peak("bf16").headline.sparse
    assert "export" in find("h20").physics.exemption


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
