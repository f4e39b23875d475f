"""The pages of `flopline hardware`."""

from __future__ import annotations

import subprocess
import sys

import pytest
from page_checks import dangling, faults, split_sources

from flopline.errors import HardwareError
from flopline.hardware import FORMATS, load_catalogue
from flopline.report.hardware_list import chosen, hardware_list_text
from flopline.report.hardware_text import hardware_text

CATALOGUE = load_catalogue()
OWN = """
vendor = "Us"
name = "Chip\\u001b[2J One"
unit = "chip"
source = ["mine"]
[peaks.bf16]
dense = "100 TFLOP/s"
low = "80 TFLOP/s"
source = ["mine"]
[sources.mine]
cite = "our \\u0007 bench"
grade = "recalled"
"""


def row(page, chip):
    return next(line for line in page.splitlines() if line.split()[:1] == [chip])


@pytest.mark.parametrize("profile", CATALOGUE.profiles, ids=lambda profile: profile.id)
def test_the_page_of_a_chip_keeps_the_style_and_cites_every_source_it_lists(profile):
    page = hardware_text(profile)
    assert faults(page) == []
    assert dangling(page) == set()


@pytest.mark.parametrize("profile", CATALOGUE.profiles, ids=lambda profile: profile.id)
def test_the_page_of_a_chip_has_every_source_with_its_grade_and_address(profile):
    sources = " ".join(split_sources(hardware_text(profile))[1].split())
    for source in profile.sources.values():
        assert f"{' '.join(source.cite.split())} ({source.grade}" in sources
        assert (source.url or "") in sources


@pytest.mark.parametrize("profile", CATALOGUE.profiles, ids=lambda profile: profile.id)
def test_the_page_of_a_chip_has_every_peak(profile):
    page = hardware_text(profile)
    for name, peak in profile.peaks.items():
        assert float(row(page, name).split()[1]) == pytest.approx(peak.dense / 1e12, rel=1e-4)


def test_the_sparse_headline_of_an_h100_is_shown_and_refused():
    assert "1979 is sparse: never used" in row(hardware_text(CATALOGUE.find("h100-sxm")), "bf16")


def test_a_dense_headline_is_called_dense():
    assert "1307.4, dense" in row(hardware_text(CATALOGUE.find("mi300x")), "bf16")


def test_conflicting_sources_show_as_a_range():
    assert "632 .. 667" in row(hardware_text(CATALOGUE.find("trainium2")), "bf16")


def test_a_module_of_two_devices_warns_of_the_factor():
    page = " ".join(hardware_text(CATALOGUE.find("mi250x")).split())
    assert "2 devices: counting devices as chips is wrong by a factor of 2" in page


def test_what_the_sums_are_kept_in_is_told_in_full():
    assert "sums in fp32 (sum kept to about 14 bits inside the tensor core)" in hardware_text(
        CATALOGUE.find("h100-sxm")
    )


def test_the_physics_check_shows_its_arithmetic_and_its_exemption():
    page = " ".join(hardware_text(CATALOGUE.find("h20")).split())
    assert "78 units x 4,096 FLOP per clock x 1.98 GHz" in page
    assert "capped below the silicon for export" in page


def test_the_list_has_every_chip_under_its_vendor():
    page = hardware_list_text(CATALOGUE.profiles)
    assert faults(page) == []
    for profile in CATALOGUE.profiles:
        assert row(page, profile.id)
        assert f"\n  {profile.vendor}\n" in page


def test_the_list_never_shows_the_sparse_figure_of_an_h100():
    cells = row(hardware_list_text(CATALOGUE.profiles), "h100-sxm").split()
    assert "989.4" in cells
    assert "1979" not in cells


def test_a_list_of_nothing_says_so():
    assert "no chip" in hardware_list_text(())


def test_a_vendor_is_found_in_any_case():
    assert {one.vendor for one in chosen(CATALOGUE.profiles, "nvidia", None)} == {"NVIDIA"}


def test_a_format_keeps_only_chips_that_have_it():
    found = chosen(CATALOGUE.profiles, None, "FP4")
    assert found
    assert all("fp4" in one.peaks for one in found)
    assert chosen(CATALOGUE.profiles, "Intel", "fp4") == ()


def test_without_filters_all_are_taken():
    assert chosen(CATALOGUE.profiles) == CATALOGUE.profiles


def test_an_unknown_vendor_lists_the_known_ones():
    with pytest.raises(HardwareError) as caught:
        chosen(CATALOGUE.profiles, "Nvidea\x1b", None)
    assert "\x1b" not in caught.value.message
    assert caught.value.place.key == "--vendor"
    for vendor in {one.vendor for one in CATALOGUE.profiles}:
        assert f"`{vendor}`" in caught.value.hint


def test_an_unknown_format_lists_the_known_ones():
    with pytest.raises(HardwareError) as caught:
        chosen(CATALOGUE.profiles, None, "bfloat16")
    assert caught.value.place.key == "--format"
    assert all(f"`{name}`" in caught.value.hint for name in FORMATS)


def test_a_profile_of_the_users_own_is_marked_and_cannot_steer_a_terminal(tmp_path):
    file = tmp_path / "our-chip.toml"
    file.write_text(OWN, encoding="utf-8")
    catalogue = load_catalogue([file])
    page = hardware_text(catalogue.find("our-chip"))
    assert "Chip\\x1b[2J One" in page
    assert "80 .. 100" in page
    assert str(file) in page.replace("\n", "")
    listed = hardware_list_text(catalogue.profiles)
    assert row(listed, "our-chip*")
    assert "\x1b" not in page + listed


def test_a_profile_in_place_of_a_shipped_one_says_so(tmp_path):
    file = tmp_path / "h100-sxm.toml"
    file.write_text(OWN, encoding="utf-8")
    page = " ".join(hardware_text(load_catalogue([file]).find("h100-sxm")).split())
    assert "in place of the shipped profile" in page


def test_the_pages_need_neither_numpy_nor_numba_nor_scipy():
    code = (
        "import sys\n"
        "from flopline.hardware import load_catalogue\n"
        "from flopline.report.hardware_list import chosen, hardware_list_text\n"
        "from flopline.report.hardware_text import hardware_text\n"
        "found = chosen(load_catalogue().profiles, 'NVIDIA', 'fp8')\n"
        "hardware_list_text(found), hardware_text(found[0])\n"
        "print(sorted({'numpy', 'numba', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
