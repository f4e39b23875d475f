"""The user's own profiles stand in front of the shipped ones, and their slips are shown with their place."""

from __future__ import annotations

import subprocess
import sys

import pytest

from flopline.errors import HardwareError
from flopline.hardware import find, load_catalogue

OWN = """\
vendor = "Example"
name = "H100 as measured in our hall"
unit = "chip"
source = ["mine"]

[peaks.bf16]
dense = "900 TFLOP/s"
source = ["mine"]

[sources.mine]
cite = "our acceptance test"
grade = "read"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "example").mkdir()
    (tmp_path / "example" / "h100-sxm.toml").write_text(OWN)
    (tmp_path / "our-chip.toml").write_text(OWN.replace("900", "123"))
    return tmp_path


def test_a_file_with_the_same_id_replaces_the_shipped_one_and_says_so(folder):
    for profile in (find("h100-sxm", [folder]), load_catalogue([folder]).by_id["h100-sxm"]):
        assert profile.peak("bf16").dense == 900e12
        assert profile.replaces
        assert profile.origin.endswith("h100-sxm.toml")
    assert find("h100-sxm").origin == "catalogue"


def test_a_new_chip_is_found_beside_the_shipped_ones(folder):
    profile = find("our-chip", [folder])
    assert profile.peak("bf16").dense == 123e12
    assert not profile.replaces
    assert len(load_catalogue([folder]).profiles) == len(load_catalogue().profiles) + 1


def test_earlier_folders_win_and_a_single_file_may_stand_in_the_path(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other") / "our-chip.toml"
    other.write_text(OWN.replace("900", "456"))
    for path, expected in (([other, folder], 456e12), ([folder, other], 123e12)):
        assert find("our-chip", path).peak("bf16").dense == expected
        assert load_catalogue(path).by_id["our-chip"].peak("bf16").dense == expected


def test_a_search_path_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(HardwareError, match="no file or folder"):
        find("h100-sxm", [tmp_path / "nowhere"])


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (('dense = "900 TFLOP/s"', "dense = 900"), 7, "with its unit"),
        (('dense = "900 TFLOP/s"', 'dense = "900 TFLOPS"'), 7, "not one of FLOP/s"),
        (('dense = "900 TFLOP/s"', 'dense = "-900 TFLOP/s"'), 7, "greater than 0"),
        (('unit = "chip"', 'unit = "chip"\ncolour = "red"'), 4, "`colour` is not a key"),
        (('unit = "chip"', 'unit = "rack"'), 3, "`unit`"),
        (('unit = "chip"', 'unit = "chip"\nid = "x"'), 4, "the file's name is the id"),
        (("[peaks.bf16]", "[peaks.bf17]"), None, "`bf17` is not a number format"),
        (('900 TFLOP/s"\nsource = ["mine"]', '900 TFLOP/s"'), 6, "`peaks.bf16.source` is missing"),
        (('cite = "our acceptance test"\n', ""), 10, "`sources.mine.cite` is missing"),
        (('900 TFLOP/s"\nsource = ["mine"]', '900 TFLOP/s"\nsource = ["other"]'), None, "`other` is cited"),
        (
            ('grade = "read"', 'grade = "read"\n[sources.idle]\ncite = "x"\ngrade = "read"'),
            None,
            "no value cites",
        ),
        (('name = "H100', 'name = = "H100'), 2, ""),
    ],
)
def test_a_bad_file_is_answered_with_file_and_line(tmp_path, change, line, words):
    path = tmp_path / "our-chip.toml"
    text = OWN.replace(*change)
    assert text != OWN
    path.write_text(text)
    with pytest.raises(HardwareError) as caught:
        find("our-chip", [tmp_path])
    found = caught.value.diagnostics
    assert any(words in diagnostic.message for diagnostic in found)
    assert all(diagnostic.place.file == str(path) for diagnostic in found)
    assert line in [diagnostic.place.line for diagnostic in found]


def test_a_misspelt_key_is_answered_with_the_key_that_was_meant(tmp_path):
    (tmp_path / "our-chip.toml").write_text(OWN.replace("dense =", "dence ="))
    with pytest.raises(HardwareError) as caught:
        find("our-chip", [tmp_path])
    hints = [diagnostic.hint for diagnostic in caught.value.diagnostics]
    assert "did you mean `dense`?" in hints


def test_all_problems_of_a_file_are_reported_at_once(tmp_path):
    (tmp_path / "our-chip.toml").write_text('vendor = "x"\nunit = "rack"\n[peaks.bf16]\ndense = 5\n')
    with pytest.raises(HardwareError) as caught:
        find("our-chip", [tmp_path])
    assert len(caught.value.diagnostics) >= 5


def test_the_catalogue_loads_without_numpy_numba_or_scipy():
    program = (
        "import sys; from flopline.hardware import load_catalogue; load_catalogue().to_dict();"
        "sys.exit(any(name in sys.modules for name in ('numpy', 'numba', 'scipy')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
