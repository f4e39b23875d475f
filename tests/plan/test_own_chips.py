"""Chips that a plan describes itself, under `[hardware.<name>]`."""

from __future__ import annotations

import pytest

from flopline.documents import parse
from flopline.engine import estimate, sweep
from flopline.errors import FloplineError
from flopline.hardware import find
from flopline.plan import Surroundings, load_document

STAGE = """
[model]
params = "70B"
[[stage]]
name = "pretrain"
kind = "pretraining"
hardware = "our-h100"
chips = 1000
days = 30
format = "bf16"
utilization = 0.4
"""


def read(own, stage=STAGE):
    return load_document(parse(f"schema = 1\nday = 2026-11-22\n{own}{stage}", "plan.toml", "toml"), Surroundings())


def problem(own, stage=STAGE):
    with pytest.raises(FloplineError) as caught:
        read(own, stage)
    return caught.value.diagnostics[0]


LIKE = '[hardware.our-h100]\nlike = "h100-sxm"\n'


class TestLikeAnother:
    def test_what_is_not_written_is_the_other_chips(self):
        chip = read(LIKE).plan.stage[0].hardware
        shipped = find("h100-sxm")
        assert (chip.id, chip.origin, chip.replaces) == ("our-h100", "this plan", False)
        assert chip.peaks == shipped.peaks
        assert chip.measured == shipped.measured
        assert (chip.aliases, chip.families) == ((), ())

    def test_a_peak_of_its_own_counts_and_has_the_plan_as_its_source(self):
        loaded = read(f'{LIKE}peaks.bf16 = {{ dense = "900 TFLOP/s" }}\n')
        chip = loaded.plan.stage[0].hardware
        assert chip.peak("bf16").dense == 900e12
        assert chip.peak("fp8") == find("h100-sxm").peak("fp8")
        assert [source.cite for source in chip.sources_of(chip.peak("bf16"))] == ["this plan"]
        assert estimate(loaded).total.median == pytest.approx(1000 * 30 * 86400 * 900e12 * 0.4)

    def test_power_of_its_own_is_not_overruled_by_what_was_measured_on_the_other(self):
        chip = read(f"{LIKE}server = {{ watts = 1100 }}\n").plan.stage[0].hardware
        assert (chip.server.watts, chip.measured) == (1100, None)
        chip = read(f"{LIKE}power = {{ watts = 650 }}\n").plan.stage[0].hardware
        assert (chip.power.watts, chip.server, chip.measured) == (650, None, None)

    def test_the_shipped_chip_stays_what_it_is(self):
        both = STAGE + STAGE.replace('"our-h100"', '"h100-sxm"').replace("pretrain\"\nkind", "other\"\nkind").replace(
            '[model]\nparams = "70B"', ""
        )  # fmt: skip
        loaded = read(f'{LIKE}peaks.bf16 = {{ dense = "900 TFLOP/s" }}\n', both)
        assert [stage.hardware.peak("bf16").dense for stage in loaded.plan.stage] == [900e12, 989.4e12]

    def test_a_name_of_the_catalogue_is_taken_with_a_warning(self):
        loaded = read('[hardware.h100-sxm]\nlike = "h100-sxm"\n', STAGE.replace("our-h100", "h100-sxm"))
        assert loaded.plan.stage[0].hardware.replaces
        assert "W130" in {warning.code for warning in estimate(loaded).warnings}


def test_a_whole_chip_needs_no_other():
    own = """
[hardware.our-h100]
vendor = "Us"
name = "NPU 9"
unit = "chip"
peaks.bf16 = { dense = "500 TFLOP/s" }
"""
    assert read(own).plan.stage[0].hardware.peak("bf16").dense == 500e12


def test_a_sweep_may_go_over_it():
    from datetime import date

    loaded = read(f'{LIKE}peaks.bf16 = {{ dense = "900 TFLOP/s" }}\n')
    table = sweep(loaded, {"pretrain.hardware": ["our-h100", "h100-sxm"]}, version="", day=date(2026, 11, 22)).columns()
    assert list(table["pretrain.hardware"]) == ["our-h100", "h100-sxm"]


@pytest.mark.parametrize(
    ("own", "line", "said"),
    [
        (f'{LIKE}peaks.bf16 = {{ dense = "1979 TFLOP/s" }}\n', 5, "sparse headline"),
        (f'{LIKE}peaks.bf17 = {{ dense = "900 TFLOP/s" }}\n', 3, "number format"),
        (f"{LIKE}peaks.bf16 = {{ dense = 900 }}\n", 5, "with its unit"),
        (f"{LIKE}server = {{ watts = -1 }}\n", 5, "greater than 0"),
        (f"{LIKE}server = {{ wats = 1 }}\n", 5, "not a key"),
        (f"{LIKE}price = {{ low = 3, high = 2 }}\n", 5, "between its `low`"),
        (f'{LIKE}id = "x"\n', 5, "name of its table"),
        ('[hardware.our-h100]\nlike = "H100"\n', 4, "not the id of a chip"),
        ("[hardware.our-h100]\nlike = 3\n", 4, "`like` is the id"),
        ('[hardware.Our_H100]\nlike = "h100-sxm"\n', 3, "no id of a chip"),
        ('hardware = "h100-sxm"\n', 3, "table of chips"),
        ("[hardware]\nour-h100 = 3\n", 4, "must be a table"),
        ('[hardware.our-h100]\nvendor = "Us"\n', 3, "is missing"),
    ],
)
def test_a_slip_is_refused_with_its_line(own, line, said):
    found = problem(own)
    assert said in found.message
    assert found.place.line == line
    assert found.place.file == "plan.toml"


def test_the_schema_knows_them():
    from flopline.plan.schema import plan_schema

    assert plan_schema()["properties"]["hardware"]["type"] == "object"
