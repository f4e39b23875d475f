"""Every shipped profile keeps the rules of the catalogue."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import pytest

from flopline.hardware import FORMATS, load_catalogue
from flopline.hardware.catalogue import shipped
from flopline.hardware.check import check, physics_ratio

CATALOGUE = load_catalogue()
PROFILES = {profile.id: profile for profile in CATALOGUE.profiles}
FILES = sorted(shipped().glob("*/*.toml"))
DENSE = Path(__file__).parents[1] / "data" / "hardware" / "dense_peaks.csv"

each = pytest.mark.parametrize("profile", CATALOGUE.profiles, ids=lambda profile: profile.id)


def test_the_chips_of_the_published_frontier_runs_are_there():
    wanted = {
        *(f"a100-{form}-{size}" for form in ("sxm", "pcie") for size in ("40gb", "80gb")),
        *("h100-sxm", "h100-pcie", "h100-nvl", "h200-sxm", "h200-nvl", "h800-sxm", "h800-pcie", "h20"),
        *("gh200-96gb", "gh200-144gb", "b200-sxm", "gb200", "v100-sxm2-16", "mi250x", "mi300x", "mi325x"),
        *("tpu-v3", "tpu-v4", "tpu-v5e", "tpu-v5p", "tpu-v6e", "tpu-v7", "trainium1", "trainium2"),
    }
    assert wanted <= set(PROFILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_id_is_the_file_name_and_is_written_nowhere(path):
    assert PROFILES[path.stem].id == path.stem
    assert "id" not in tomllib.loads(path.read_text("utf-8"))


def test_no_two_files_have_one_id():
    assert len({path.stem for path in FILES}) == len(FILES)


@each
def test_every_value_names_a_source_and_every_source_is_used(profile):
    assert set(profile.cited()) == set(profile.sources)
    assert all(peak.source for peak in profile.peaks.values())


@each
def test_a_source_that_was_not_looked_up_says_so(profile):
    for source in profile.sources.values():
        assert ("general knowledge" in source.cite) <= (source.grade == "recalled")
        assert source.grade != "read" or source.url or "AMD ROCm" in source.cite or "AWS Neuron" in source.cite


@each
def test_units_times_clock_reproduces_the_rated_peak(profile):
    assert check(profile) == ()
    ratio = physics_ratio(profile)
    if ratio is not None and profile.physics.exemption is None:
        assert ratio == pytest.approx(1, abs=0.02)


@each
def test_every_main_peak_is_checked_against_physics(profile):
    assert profile.physics is not None
    assert profile.physics.format in ("bf16", "fp16")


@each
def test_a_peak_is_written_in_the_file_and_never_derived(profile):
    path = next(path for path in FILES if path.stem == profile.id)
    written = tomllib.loads(path.read_text("utf-8"))["peaks"]
    assert set(written) == set(profile.peaks) <= set(FORMATS)
    assert all(isinstance(table["dense"], str) for table in written.values())


@each
def test_no_dense_peak_is_the_sparse_headline(profile):
    for peak in profile.peaks.values():
        if peak.headline is not None and peak.headline.sparse:
            assert peak.dense < peak.headline.rate * 0.8


@each
def test_aliases_find_their_chip(profile):
    for name in (profile.id, profile.id.upper(), *profile.aliases):
        assert CATALOGUE.find(name).id == profile.id


def test_dense_peaks_agree_with_the_vendors_tables():
    with DENSE.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        expected = float(row["tflops"]) * 1e12
        assert PROFILES[row["id"]].peak(row["format"]).dense == pytest.approx(expected, rel=1e-9), row


def test_the_json_form_is_plain_and_in_si_units():
    plain = PROFILES["h100-sxm"].to_dict()
    assert plain["peaks"]["bf16"]["dense"] == 989.4e12
    assert plain["memory"]["bytes"] == 80e9
    assert plain["memory"]["bytes_per_second"] == 3.35e12
    assert plain["power"]["watts"] == 700
    assert plain["release"] == "2022-10-01"
    assert plain["sources"]["hopper-whitepaper"]["grade"] == "quoted"
    assert len(CATALOGUE.to_dict()["profiles"]) == len(FILES)
