"""What a chip takes each hour: from which figure its power starts, at which price, and what is refused."""

from __future__ import annotations

import pytest
from building import answer

from flopline.engine import estimate
from flopline.engine.explain import explain
from flopline.errors import FloplineError
from flopline.hardware import find
from flopline.plan import find_example, load

MACHINE = {"hardware": "h100-sxm", "format": "bf16", "chips": 1000, "days": 30, "utilization": "40%"}


def of(found, name):
    """Return a derived quantity of the first stage."""
    return {one.name: one for one in found.stages[0].derived}[name]


def names(found):
    return [one.name for one in found.stages[0].derived]


class TestBasis:
    @pytest.mark.parametrize(
        ("chip", "said", "low", "high"),
        [
            ("tpu-v4", "measured on the chip alone", 170 * 1.1, 170 * 1.5),
            ("tpu-v3", "measured with its share of the host", 283 * 0.87, 283 * 1.1),
            ("a100-sxm-80gb", "its server's nameplate", 812 * 0.7, 812 * 0.9),
            ("mi300x", "its TDP, for want of a figure of the server", 750 * 1.25, 750 * 1.82),
            ("tpu-v5p", "a TDP that is itself inferred", 540 * 0.5, 540 * 1.4),
        ],
    )
    def test_power_starts_from_the_best_figure_that_is_known(self, chip, said, low, high):
        """What was measured is taken before a nameplate, a nameplate before a TDP; the answer says which it was."""
        found = of(answer(MACHINE | {"hardware": chip, "pue": 1}), "energy")
        watts = [1e6 * value / 720_000 for value in (found.amount.low, found.amount.high)]
        assert low < watts[0] < watts[1] < high
        assert said in found.remark

    def test_the_boundary_of_energy_is_said(self):
        remark = of(answer(MACHINE), "energy").remark
        assert "of the site" in remark
        assert "embodied energy not included" in remark

    def test_a_stage_before_the_plan_before_the_default(self):
        def energy(stage, **plan):
            return of(answer(MACHINE | {"server_power": "1 kW"} | stage, **plan), "energy").amount

        assert energy({}, pue=1.1).median == pytest.approx(792)
        assert energy({"pue": 1.3}, pue=1.1).median == pytest.approx(936)
        usual, asked = energy({}), energy({"pue": "default"}, pue=1.1)
        assert usual == asked
        assert 720 * 1.1 < usual.low < usual.high < 720 * 1.4

    def test_the_middle_published_price_is_the_median(self):
        price = find("h100-sxm").price
        cost = of(answer(MACHINE), "cost").amount
        assert [cost.low, cost.median, cost.high] == pytest.approx(
            [720_000 * one for one in (price.low, price.best, price.high)], rel=1e-5
        )

    def test_one_published_price_is_no_certainty(self):
        cost = of(answer(MACHINE | {"hardware": "h800-sxm"}), "cost").amount
        assert cost.median == pytest.approx(720_000 * find("h800-sxm").price.best)
        assert cost.high / cost.low == pytest.approx(1.75**2, rel=1e-6)

    def test_an_inline_peak_has_only_what_the_plan_says(self):
        bare = {"peak": "1 PFLOP/s", "chips": 10, "days": 1, "utilization": "40%"}
        assert names(answer(bare)) == ["chip_hours", "duration"]
        assert names(answer(bare | {"price": "2 USD"})) == ["chip_hours", "duration", "cost"]
        assert names(answer(bare | {"server_power": "1 kW"})) == ["chip_hours", "duration", "energy"]

    def test_a_chip_without_a_published_price_has_no_cost(self):
        assert "cost" not in names(answer(MACHINE | {"hardware": "h20"}))

    def test_every_source_is_explained(self):
        plan = load(find_example("llama-3.1-405b"))
        said = [factor.source for part in explain(plan).derived for term in part.terms for factor in term]
        for one in estimate(plan).stages[0].derived:
            for cite in one.sources:
                assert any(cite in source for source in said)


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("key", "value", "message"),
        [
            ("price", "-2 USD", "not positive"),
            ("price", 2.1, "has no unit"),
            ("price", "2.1", "has no unit"),
            ("price", "2 EUR", "unit `EUR`"),
            ("price", "nan USD", "is not a number"),
            ("price", float("nan"), "not a finite number"),
            ("server_power", 1200, "has no unit"),
            ("server_power", "1200 V", "unit `V`"),
            ("server_power", "0 W", "not positive"),
            ("server_power", "1.3 kW..1.1 kW", "upside down"),
            ("pue", 0.9, "is no PUE"),
            ("pue", "0.95..1.2", "is no PUE"),
            ("pue", "112%", "unit `%`"),
            ("pue", float("inf"), "not a finite number"),
            ("pue", {"dist": "normal", "mean": 1.1, "sd": 0.2}, "lies below 1"),
        ],
    )
    def test_it_is_refused_with_the_key_and_a_hint(self, key, value, message):
        with pytest.raises(FloplineError, match=message) as refused:
            answer(MACHINE | {key: value})
        assert refused.value.diagnostics[0].place.key.endswith(key)
        assert refused.value.hint

    def test_a_pue_below_one_is_told_why(self):
        with pytest.raises(FloplineError) as refused:
            answer(MACHINE, pue=0.8)
        assert "energy of the whole site over that of its computers" in refused.value.hint
