"""Every shipped profile keeps the rules of the catalogue."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import pytest

from flopline.errors import HardwareError
from flopline.hardware import FORMATS, load_catalogue
from flopline.hardware.catalogue import chip_files
from flopline.hardware.check import check, physics_ratio

CATALOGUE = load_catalogue()
PROFILES = {profile.id: profile for profile in CATALOGUE.profiles}
FILES = chip_files()
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


def test_eighty_chips_and_more_of_every_kind_are_there():
    assert len(PROFILES) >= 80
    makers = {profile.vendor for profile in PROFILES.values()}
    assert makers >= {"NVIDIA", "AMD", "Google", "AWS", "Intel", "Huawei", "Cerebras", "Graphcore", "Microsoft", "Meta"}


@pytest.mark.parametrize(
    ("name", "chip"),
    [
        ("a100-sxm4-40", "a100-sxm-40gb"),
        ("a100-sxm4-80", "a100-sxm-80gb"),
        ("a100-pcie-40", "a100-pcie-40gb"),
        ("a100-pcie-80", "a100-pcie-80gb"),
        ("h100-sxm5-80", "h100-sxm"),
        ("h100-nvl-94", "h100-nvl"),
        ("h800-sxm5", "h800-sxm"),
        ("h20-96", "h20"),
        ("gh200-96", "gh200-96gb"),
        ("gh200-144", "gh200-144gb"),
    ],
)
def test_ids_that_other_tables_use_find_the_chip_too(name, chip):
    assert CATALOGUE.find(name).id == chip


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
def test_every_main_peak_is_checked_against_physics_or_says_why_it_cannot_be(profile):
    assert (profile.physics is None) == (profile.unchecked is not None)
    if profile.physics is not None:
        assert profile.physics.format in ("bf16", "fp16")
    else:
        assert "published" in profile.unchecked


@each
def test_a_peak_that_is_only_recalled_is_backed_by_units_and_clock(profile):
    main = profile.peaks.get("bf16") or profile.peaks.get("fp16")
    if main is not None and {source.grade for source in profile.sources_of(main)} == {"recalled"}:
        assert physics_ratio(profile) == pytest.approx(1, abs=0.02)


@each
def test_figures_of_an_announced_chip_come_with_a_warning(profile):
    if profile.status == "announced":
        assert profile.remark
        assert profile.release is None
    else:
        assert profile.release is not None or profile.vendor == "Huawei"


@each
def test_prices_and_powers_are_in_order(profile):
    for table, middle in ((profile.price, "best"), (profile.power, "watts"), (profile.server, "watts")):
        if table is not None:
            figures = [x for x in (table.low, getattr(table, middle), table.high) if x is not None]
            assert figures == sorted(figures)
    if profile.price is not None:
        assert 0.05 < profile.price.low <= profile.price.high < 20


@each
def test_a_server_draws_no_less_than_its_chip(profile):
    if profile.server is not None and profile.power is not None:
        assert 1 <= profile.server.watts / profile.power.watts < 2.2


@each
def test_a_link_is_half_of_what_is_printed_in_one_direction(profile):
    if profile.link is not None:
        assert profile.to_dict()["link"]["one_way"] == profile.link.both_ways / 2


@each
def test_a_headline_without_sparsity_is_the_dense_peak(profile):
    for peak in profile.peaks.values():
        if peak.headline is not None and not peak.headline.sparse:
            assert (peak.low or peak.dense) <= peak.headline.rate <= (peak.high or peak.dense)


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


def test_every_peak_stands_in_a_table_that_was_typed_apart_and_nothing_else_does():
    with DENSE.open(newline="", encoding="utf-8") as file:
        table = {(row["id"], row["format"]): float(row["tflops"]) * 1e12 for row in csv.DictReader(file)}
    shipped_peaks = {(p.id, name): peak.dense for p in PROFILES.values() for name, peak in p.peaks.items()}
    assert set(shipped_peaks) == set(table)
    for key, dense in shipped_peaks.items():
        assert dense == pytest.approx(table[key], rel=1e-9), key


def test_no_two_chips_share_a_name():
    names = [name.lower() for profile in CATALOGUE.profiles for name in (profile.id, *profile.aliases)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("absent", ["MI308X", "MI455X", "HL-205", "MLU590"])
def test_a_chip_without_a_figure_to_trust_is_left_out_and_the_reason_is_told(absent):
    with pytest.raises(HardwareError) as caught:
        CATALOGUE.find(absent)
    assert caught.value.code == "E501"
    assert absent in (FILES[0].parents[1] / "README.md").read_text("utf-8")


def test_the_json_form_is_plain_and_in_si_units():
    plain = PROFILES["h100-sxm"].to_dict()
    assert plain["peaks"]["bf16"]["dense"] == 989.4e12
    assert plain["memory"]["bytes"] == 80e9
    assert plain["memory"]["bytes_per_second"] == 3.35e12
    assert plain["power"]["watts"] == 700
    assert plain["release"] == "2022-10-01"
    assert plain["sources"]["hopper-whitepaper"]["grade"] == "quoted"
    assert len(CATALOGUE.to_dict()["profiles"]) == len(FILES)
