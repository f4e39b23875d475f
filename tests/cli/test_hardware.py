"""`flopline hardware`: the catalogue listed, one chip shown, and files of contributors checked."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from terminal import flopline

from flopline.hardware import chip_files, find, shipped

pytestmark = pytest.mark.usefixtures("folder")


def answered(*arguments):
    found = flopline("hardware", *arguments)
    assert found.code == 0, found.err
    return found.out


def asked(*arguments):
    return json.loads(answered(*arguments, "--json"))


def refused(*arguments):
    found = flopline("hardware", *arguments)
    assert (found.code, found.out) == (2, "")
    return found.err


class TestList:
    def test_every_chip_is_in_it(self):
        text = answered("list")
        assert all(re.search(rf"^ +{re.escape(path.stem)} ", text, re.MULTILINE) for path in chip_files())
        assert f"{len(chip_files())} chips" in text
        assert len(asked("list")["profiles"]) == len(chip_files())

    def test_filters_are_all_required(self):
        found = asked(
            "list", "--vendor", "nvidia", "--format", "fp8", "--min-memory", "0.14 TB", "--status", "shipping"
        )
        ids = {one["id"] for one in found["profiles"]}
        assert {"h200-sxm", "b200-sxm", "gb300"} <= ids
        assert not ids & {"h100-sxm", "a100-sxm-80gb", "mi300x", "rubin-vr200"}

    def test_it_can_be_ordered_by_any_column_with_gaps_last(self):
        dense = [one["peaks"].get("bf16", {}).get("dense", 0) for one in asked("list", "--sort", "bf16")["profiles"]]
        assert dense == sorted(dense, reverse=True)
        names = [one["name"].casefold() for one in asked("list", "--sort", "name")["profiles"]]
        assert names == sorted(names)
        assert asked("list", "--sort", "since")["profiles"][-1]["release"] is None

    def test_columns_are_chosen(self):
        text = answered("list", "--columns", "id,bf16,bandwidth,price", "--vendor", "NVIDIA")
        assert text.splitlines()[2].split() == ["bf16", "bandwidth", "price"]
        assert re.search(r"h100-sxm +989\.4 +3350 +3\.43", text)

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("--columns", "id,speed"), "there are id, vendor"), (("--sort", "speed"), "--sort"),
            (("--min-memory", "80"), "80 GB"), (("--status", "soon"), "announced"), (("--vendor", "x"), "known:"),
            (("--format", "fp3"), "known:"), (("--columns", ""), "not a column"),
        ],
        ids=str,
    )  # fmt: skip
    def test_a_slip_is_answered_with_what_there_is(self, arguments, said):
        assert said in refused("list", *arguments)


class TestShow:
    def test_measured_rates_and_instances_stand_beside_the_rated_peaks(self):
        found = asked("show", "h100-sxm")
        rate = max(one["share"] for one in found["achievable"] if one["format"] == "bf16")
        assert 0.8 < rate < 0.85
        assert all(one["rate"] == pytest.approx(one["share"] * found["peaks"][one["format"]]["dense"])
                   for one in found["achievable"])  # fmt: skip
        assert {"name": "p5.48xlarge", "cloud": "Amazon Web Services", "chips": 8} in found["instances"]
        assert found["instance"] is None
        assert found["peaks"]["bf16"]["dense"] == 989.4e12

    def test_an_instance_type_shows_its_chip_and_how_many(self):
        assert "p5.48xlarge (Amazon Web Services): 8 x h100-sxm" in answered("show", "p5.48xlarge")
        assert asked("show", "v5p-128")["instance"]["chips"] == 64

    def test_the_sparse_trap_is_explained(self):
        text = answered("show", "h100-sxm")
        assert "1979 is sparse: never used" in text
        assert "skips" in text

    def test_a_family_of_chips_is_a_question(self):
        assert re.search(r"h100-nvl.*TFLOP/s bf16, 94 GB", refused("show", "H100"))


class TestCheck:
    def changed(self, old, new, source="nvidia/h100-sxm"):
        text = (shipped() / f"{source}.toml").read_text("utf-8")
        assert old in text
        Path("mine.toml").write_text(text.replace(old, new), "utf-8")
        return refused("check", "mine.toml")

    def test_every_shipped_file_is_well(self):
        files = [*chip_files(), *sorted((shipped() / "clouds").glob("*.toml"))]
        assert answered("check", *map(str, files[:12])).count(": ok (") == 12
        found = flopline("hardware", "check", *map(str, files[12:]), "--json")
        assert found.code == 0
        assert [json.loads(line)["ok"] for line in found.out.splitlines()] == [True] * len(files[12:])

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("watts = 700", "watts = -700", "mine.toml:78"),
            ("watts = 700", "watts = nan", "not a finite number"),
            ('dense = "989.4 TFLOP/s"', 'dense = "1979 TFLOP/s"', "sparse headline"),
            ('dense = "989.4 TFLOP/s"', "dense = 989.4", "with its unit"),
            ("hertz = 1.83e9", "hertz = 1.98e9", "0.924 times"),
            ("[sources.device-names]", "[sources.unused]", "device-names"),
            ('term = "TDP"', 'terms = "TDP"', "did you mean"),
            ('"H100 SXM5"', '"NVIDIA H200"', "a name of `h200-sxm` already"),
            ('"H100 SXM5"', '"p5.48xlarge"', "an instance type"),
        ],
    )
    def test_a_wrong_chip_is_refused_with_place_and_reason(self, old, new, said):
        assert said in self.changed(old, new)

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ('"p5.48xlarge" = 8', '"p5.48xlarge" = 0', "greater than 0"),
            ('chip = "t4"', 'chip = "t5"', "not a chip of the catalogue"),
            ('"p5.48xlarge" = 8', '"h100-sxm" = 8', "a name of `h100-sxm` already"),
            ("[sources.ec2]", "[sources.other]", "cited but not described"),
        ],
    )
    def test_a_wrong_cloud_is_refused(self, old, new, said):
        assert said in self.changed(old, new, "clouds/aws")

    def test_hostile_files_end_in_a_sentence(self):
        Path("empty.toml").write_text("")
        Path("cut.toml").write_text('vendor = "X')
        Path("noise.toml").write_bytes(bytes(range(256)))
        Path("folder").mkdir()
        with Path("large.toml").open("wb") as file:
            file.truncate(2**31)
        for name in ("empty.toml", "cut.toml", "noise.toml", "folder", "large.toml", "nowhere.toml"):
            assert refused("check", name).startswith("error: "), name

    def test_one_bad_file_does_not_silence_the_good_ones(self):
        Path("cut.toml").write_text('vendor = "X')
        found = flopline("hardware", "check", str(chip_files()[0]), "cut.toml")
        assert (found.code, found.out.count(": ok (")) == (2, 1)


def test_a_replacement_of_a_shipped_chip_may_keep_its_names():
    Path("h100-sxm.toml").write_text(next(p for p in chip_files() if p.stem == "h100-sxm").read_text("utf-8"), "utf-8")
    assert ": ok (" in answered("check", "h100-sxm.toml")
    assert find("h100-sxm", [Path()]).replaces
