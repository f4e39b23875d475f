"""What forms get: precision, ranges, what rounding hides, and the 30 % test (Guidelines, Annex A.2)."""

from __future__ import annotations

import json
from datetime import date

import pytest
from building import loaded, plan_of
from scipy import stats

from flopline.engine.figures import figures
from flopline.regimes import form_fields

DAY = date(2026, 11, 22)
EU = "eu-ai-act/systemic-risk"


def of(*stages, **keys):
    return figures(plan_of(*stages, **keys), day=DAY)


def margin(found, reading="expected", line=EU):
    return next(one for one in found.margins if (one.line, one.reading) == (line, reading))


def written(found, id_, to="AI Office", form="documentation"):
    return next(one.written for one in found.figures if (one.form, one.id) == (form, id_) and to in one.to)


class TestRoundingThatHides:
    def test_a_crossing_that_rounds_to_the_line_itself(self):  # Art. 51(2): greater than 10^25
        found = of({"flop": "1.04e25"})
        assert margin(found).written == "1.0x10^25"
        assert margin(found).hidden == ("median",)
        assert "W155" in {warning.code for warning in found.warnings}

    def test_a_figure_below_that_rounds_up_to_the_line_is_not_over_it(self):
        assert margin(of({"flop": "9.96e24"})).hidden == ()

    def test_a_korean_style_comparator_is_not_asked(self):
        assert {one.line for one in of({"flop": "9.96e25"}).margins} == {"eu-ai-act/gpai", EU}

    def test_well_clear_of_the_line_nothing_is_hidden(self):
        found = of({"flop": "3.94e25"})
        assert margin(found).hidden == ()
        assert "W155" not in {warning.code for warning in found.warnings}


class TestThirtyPercent:
    def test_a_lognormal_total_has_the_closed_form(self):
        found = margin(of({"flop": {"dist": "lognormal", "median": 2e25, "sigma": 0.25}}))
        inside = stats.norm.cdf(1.3, 0, 1) * 0 + stats.lognorm.cdf(1.3, 0.25) - stats.lognorm.cdf(0.7, 0.25)
        assert found.inside == pytest.approx(inside, abs=1e-4)
        assert (found.dominates, found.share) == ("pretrain.flop", pytest.approx(1.0))

    def test_a_certain_total_is_within_its_own_margin(self):
        found = margin(of({"flop": "2e25"}))
        assert (found.inside, found.error, found.dominates) == (1.0, 0.0, None)

    def test_the_three_ways_to_decide_differ_near_the_line(self):  # 7.7e24 +- 30 % may hide 10^25
        found = margin(of({"flop": {"dist": "lognormal", "median": 7.7e24, "sigma": 0.25}}))
        assert found.rules == {
            "point": False, "probability": {"0.5": False, "0.25": False, "0.1": True}, "upper_band": True,
        }  # fmt: skip


class TestForms:
    def test_the_notification_has_two_figures(self):
        assert written(of({"flop": "2.349e25"}), "training-compute", form="notification") == "2.3x10^25"

    def test_national_authorities_get_the_order_of_magnitude(self):
        assert written(of({"flop": "9.9e24"}), "training-compute", "national authorities") == "10^24"

    def test_a_model_below_the_line_reports_the_direct_count(self):  # para. 118
        stages = ({"flop": "1e24"}, {"name": "books", "kind": "synthetic-data", "flop": "5e23", "public": "no"})
        assert written(of(*stages), "training-compute", form="notification") == "1.0x10^24"

    @pytest.mark.parametrize(
        ("params", "written_"),
        [("500M", "up to 500M parameters"), ("5B", "500M to 5B parameters"), ("70B", "50B to 100B parameters"),
         ("1.1T", "more than 1T parameters")],
    )  # fmt: skip
    def test_sizes_fall_into_ranges_whose_upper_end_belongs_to_them(self, params, written_):
        found = of({"params": params, "tokens": "1T"})
        assert written(found, "parameters", "downstream providers") == written_

    def test_time_and_hardware_days_of_a_machine(self):
        stage = {"hardware": "h100-sxm", "chips": 1000, "days": 40, "format": "bf16", "utilization": 0.4}
        found = of(stage)
        assert written(found, "wall-clock-days") == "4x10^1"
        assert written(found, "wall-clock-days", "national authorities") == "1 to 3 months"
        assert written(found, "hardware-days") == "4x10^4"
        assert "x10^" in written(found, "energy")

    def test_what_nobody_knows_is_not_available_and_says_why(self):
        found = of({"flop": "1e24"})
        assert [written(found, name) for name in ("wall-clock-days", "hardware-days", "energy", "parameters")] == [
            "N/A"
        ] * 4
        assert all(one.remark for one in found.figures if one.written == "N/A")

    def test_a_coarse_rounding_says_what_it_moves(self):
        found = of({"hardware": "h100-sxm", "chips": 1000, "days": 15, "format": "bf16", "utilization": 0.4})
        remark = next(one.remark for one in found.figures if one.id == "hardware-days")
        assert "33 %" in remark

    def test_every_figure_has_a_source_with_a_grade(self):
        assert all(field.source.grade for field in form_fields())

    def test_a_base_of_unknown_computation_makes_a_lower_bound(self):
        base = {"name": "theirs", "developer": "other", "flop": "unknown"}
        assert of({"flop": "1e24", "base": base}).lower_bound == ("theirs",)

    def test_everything_becomes_plain_values(self):
        found = figures(loaded('[[stage]]\nname = "a"\nkind = "pretraining"\nflop = "1e24..2e25"'), day=DAY)
        told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
        assert told["command"] == "figures"
        assert told["approach"]
        assert told["intended"]["us-ca-sb53/frontier"]["basis"].startswith("inferred")
