"""What machines take beside what they compute: against published runs, against formulas, and out of every line."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from building import LLAMA_8B, answer, codes, loaded
from hypothesis import given, settings
from hypothesis import strategies as st

import flopline as fl
from flopline.engine import estimate
from flopline.errors import PlanError
from flopline.hardware import find
from flopline.plan import find_example, load

LLAMA = {"hardware": "h100-sxm", "format": "bf16", "chip_hours": "30.84M", "utilization": "36%"}
"""Model card of Llama 3.1: 30.84M H100 hours for its largest model."""
BLOOM = {"hardware": "a100-sxm-80gb", "format": "bf16", "chip_hours": 1_082_990, "utilization": "36%"}
"""Luccioni et al. 2022, arXiv:2211.02001, table 1."""
V3 = {"hardware": "h800-sxm", "format": "fp8", "chip_hours": "2.788M", "utilization": "20%"}
"""DeepSeek-V3 Technical Report, arXiv:2412.19437, table 1."""
MACHINE = {"hardware": "h100-sxm", "format": "bf16", "chips": 1000, "days": 30, "utilization": "40%"}
OWN = {"server_power": "1 kW", "pue": 1.2, "price": "2 USD"}


def of(found, name, stage=0):
    """Return a derived quantity of a stage."""
    return {one.name: one for one in found.stages[stage].derived}[name]


def total(found, name):
    """Return a sum over the plan."""
    return {one.name: one for one in found.resources}[name]


def names(found, stage=0):
    return [one.name for one in found.stages[stage].derived]


class TestPublishedRuns:
    def test_llama_405b_takes_25_to_40_gigawatt_hours(self):
        """21.6 GWh is its TDP alone; servers draw more, and a site more than its servers."""
        energy = of(answer(LLAMA), "energy").amount
        assert 21_588 < energy.low < energy.median < 40_000
        assert energy.high < 30.84e6 * 1275 * 1.1 / 1e6  # below the nameplate of every server, all the time

    def test_bloom_took_what_was_measured_with_idle_nodes_and_cooling(self):
        """433,196 kWh is TDP x hours; 256,646 kWh of idle nodes and a PUE of 1.2 (tables 1 to 4) come on top."""
        energy = of(answer(BLOOM | {"pue": 1.2}), "energy").amount
        assert 433.196 < energy.low < (433.196 + 256.646) * 1.2 < energy.high

    @pytest.mark.parametrize("chip", ["h100-sxm", "h200-sxm", "h800-sxm"])
    @pytest.mark.parametrize("format_", ["bf16", "fp8"])
    def test_1e26_on_a_hopper_takes_20_to_100_gigawatt_hours(self, chip, format_):
        utilization = {"bf16": "40%", "fp8": "25%"}[format_]
        stage = {"params": "1T", "tokens": 1e26 / 6e12, "hardware": chip, "format": format_}
        energy = of(answer(stage | {"utilization": utilization}), "energy").amount
        assert 20_000 < energy.low < energy.high < 100_000

    def test_deepseek_v3_cost_what_its_report_says_to_the_dollar(self):
        """2.788M H800 hours at an assumed rental price of 2 USD: 5.576M USD."""
        found = answer(V3 | {"price": "2 USD"})
        assert of(found, "cost").amount.median == 5_576_000
        assert of(found, "cost").amount.low == of(found, "cost").amount.high


class TestFormulas:
    def test_chips_times_time_is_their_chip_hours(self):
        found = answer(MACHINE)
        assert of(found, "chip_hours").amount.median == 1000 * 30 * 24
        assert of(found, "duration").amount.median == 30

    def test_energy_is_chip_hours_x_server_power_x_pue(self):
        found = answer(MACHINE | OWN)
        assert of(found, "energy").amount.median == pytest.approx(720_000 * 1000 * 1.2 / 1e6, rel=1e-12)
        assert of(found, "cost").amount.median == 1_440_000

    def test_a_token_count_needs_the_chip_hours_at_its_utilization(self):
        """Rule 18: what is lost and idle time is paid for."""
        found = answer({"params": "70B", "tokens": "15T", "hardware": "h100-sxm", "format": "bf16", "chips": 8192,
                        "utilization": "40%", "availability": "90%", "rework": "5%"} | OWN)  # fmt: skip
        hours = 6 * 70e9 * 15e12 / (find("h100-sxm").peaks["bf16"].dense * 0.4 * 0.9 * 0.95) / 3600
        assert of(found, "chip_hours").amount.median == pytest.approx(hours)
        assert of(found, "duration").amount.median == pytest.approx(hours / 8192 / 24)
        assert of(found, "cost").amount.median == pytest.approx(2 * hours)

    def test_a_machine_gets_through_its_flop_over_those_of_a_token(self):
        stage = MACHINE | {"params": "1T", "active": "37B"}
        kept = 1000 * 30 * 86_400 * find("h100-sxm").peaks["bf16"].dense * 0.4
        assert of(answer(stage), "tokens").amount.median == pytest.approx(kept / (6 * 37e9))

    def test_tokens_in_and_tokens_out_are_the_same(self):
        """An exact ledger both ways: tokens give FLOP, and the machine with that many FLOP gives the tokens back."""
        model = {"config": LLAMA_8B, "seq_len": 8192}
        flop = answer(model | {"tokens": "15T"}).total.median
        peak = {"peak": 1e15, "chips": 1000, "utilization": "40%"}
        back = answer(model | peak | {"hours": flop / (1e15 * 1000 * 0.4 * 3600)})
        assert of(back, "tokens").amount.median == pytest.approx(15e12, rel=1e-9)

    def test_tokens_inherit_the_spread_of_the_machine(self):
        found = of(answer(MACHINE | {"params": "70B", "days": "20..45"}), "tokens").amount
        assert found.high / found.low == pytest.approx(45 / 20, rel=1e-3)

    def test_a_model_that_reads_no_tokens_gets_samples(self):
        vit = {"model_type": "vit", "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12,
               "intermediate_size": 3072, "image_size": 224, "patch_size": 16, "num_channels": 3}  # fmt: skip
        model = {"config": vit, "seq_len": 224}
        flop = answer(model | {"samples": "1M"}).total.median
        back = answer(model | {"peak": 1e15, "chips": 10, "utilization": "40%", "hours": flop / (4e15 * 3600)})
        assert "tokens" not in names(back)
        assert of(back, "samples").amount.median == pytest.approx(1e6, rel=1e-9)

    def test_a_machine_without_a_model_or_length_tells_no_tokens(self):
        assert "tokens" not in names(answer(MACHINE))
        assert "tokens" not in names(answer(MACHINE | {"config": LLAMA_8B}))

    def test_a_generator_on_a_machine_tells_the_tokens_that_it_writes(self):
        """Forward passes alone: 2 FLOP per parameter and token, and what it reads of prompts."""
        stage = MACHINE | {"name": "books", "kind": "synthetic-data", "generator": {"params": "405B"}}
        kept = answer(stage).entries[0].amount.median
        assert of(answer(stage), "tokens_generated").amount.median == pytest.approx(kept / (2 * 405e9))
        read = stage | {"prompt_tokens": 500, "tokens_per_sample": 1000}
        assert of(answer(read), "tokens_generated").amount.median == pytest.approx(kept / (2 * 405e9 * 1.5))

    def test_helpers_that_read_the_same_tokens_are_paid_for(self):
        """A teacher's forward pass beside training: 6 N + 2 M for each token."""
        stage = MACHINE | {"kind": "distillation", "params": "8B", "teacher": {"params": "70B"}}
        kept = answer(stage).total.median
        assert of(answer(stage), "tokens").amount.median == pytest.approx(kept / (6 * 8e9 + 2 * 70e9))
        assert "tokens" not in names(answer(stage | {"params": "8B..9B"}))  # a sum below the line is no product

    def test_an_epoch_passes_its_tokens_again(self):
        assert "every epoch" in of(answer(MACHINE | {"params": "70B", "epochs": 2}), "tokens").remark


class TestPeriods:
    MIXED = (
        {"hardware": "a100-sxm-80gb", "format": "bf16", "chips": 3000, "days": 10, "price": "1 USD"},
        {"hardware": "h100-sxm", "format": "bf16", "chips": 1000, "days": 40, "price": "3 USD"},
    )

    def test_periods_add_up(self):
        found = answer({"period": list(self.MIXED), "utilization": "40%", "server_power": "1 kW", "pue": 1.5})
        hours = 3000 * 240, 1000 * 960
        assert of(found, "chip_hours").amount.median == sum(hours)
        assert of(found, "cost").amount.median == hours[0] + 3 * hours[1]
        assert of(found, "energy").amount.median == pytest.approx(sum(hours) * 1.5 / 1000)
        assert "duration" not in names(found)  # one after the other, or side by side

    def test_a_price_of_the_stage_holds_for_its_periods(self):
        periods = [{key: value for key, value in one.items() if key != "price"} for one in self.MIXED]
        found = answer({"period": periods, "utilization": "40%", "price": "2 USD"})
        assert of(found, "cost").amount.median == 2 * (3000 * 240 + 1000 * 960)

    def test_one_chip_of_unknown_power_leaves_the_energy_out(self):
        inline = {"peak": "1 PFLOP/s", "chips": 10, "days": 1}
        found = answer({"period": [self.MIXED[0], inline], "utilization": "40%"})
        assert "energy" not in names(found)


class TestTheGuidelinesPeak:
    """Rule 23; Annex A.2.1: C = N L H U with one H, weighted by numbers of units."""

    def test_one_peak_for_all_units_is_shown_beside_the_sum(self):
        old, new = (find(one).peaks["bf16"].dense for one in ("a100-sxm-80gb", "h100-sxm"))
        found = answer({"period": list(TestPeriods.MIXED), "utilization": "40%"})
        peak = (3000 * old + 1000 * new) / 4000
        expected = peak * (3000 * 10 + 1000 * 40) * 86_400 * 0.4
        assert of(found, "weighted_peak").amount.median == pytest.approx(expected, rel=1e-12)
        exact = (3000 * 10 * old + 1000 * 40 * new) * 86_400 * 0.4
        assert found.total.median == pytest.approx(exact, rel=1e-12)
        assert f"{100 * (1 - expected / exact):.3g} % less" in of(found, "weighted_peak").remark

    def test_a_stage_that_is_split_into_activities_has_one_figure(self):
        split = {"kind": "reinforcement-learning", "update_share": "30%", "utilization": "40%"}
        whole = answer({"period": list(TestPeriods.MIXED), "utilization": "40%"})
        found = answer(split | {"period": list(TestPeriods.MIXED)})
        one = of(found, "weighted_peak").amount.median
        assert one == pytest.approx(of(whole, "weighted_peak").amount.median, rel=1e-12)

    def test_it_is_the_sum_where_all_units_work_alike(self):
        alike = [one | {"days": 20} for one in TestPeriods.MIXED]
        assert "weighted_peak" not in names(answer({"period": alike, "utilization": "40%"}))

    def test_groups_at_different_utilizations_differ_too(self):
        alike = [one | {"days": 20, "utilization": share} for one, share in
                 zip(TestPeriods.MIXED, ("20%", "50%"), strict=True)]  # fmt: skip
        assert "weighted_peak" in names(answer({"period": alike}))

    def test_below_one_per_cent_nothing_is_said(self):
        near = [one | {"days": days} for one, days in zip(TestPeriods.MIXED, (20, 20.3), strict=True)]
        assert "weighted_peak" not in names(answer({"period": near, "utilization": "40%"}))

    def test_chip_hours_alone_tell_no_number_of_units(self):
        hours = {"hardware": "h100-sxm", "format": "bf16", "chip_hours": "1M"}
        assert "weighted_peak" not in names(answer({"period": [TestPeriods.MIXED[0], hours], "utilization": "40%"}))


class TestSums:
    def test_stages_of_one_chip_pay_one_price(self):
        """Four stages have the relative spread of one: their price and their PUE are the same."""
        one = answer(MACHINE)
        four = answer(*(MACHINE | {"name": f"s{index}"} for index in range(4)))
        for name in ("energy", "cost"):
            whole, part = total(four, name).amount, of(one, name).amount
            assert whole.high / whole.low == pytest.approx(part.high / part.low, rel=2e-3)
            assert whole.median == pytest.approx(4 * part.median, rel=1e-3)

    def test_a_sum_says_what_it_leaves_out(self):
        found = answer(MACHINE, MACHINE | {"name": "other", "hardware": "h20"})
        assert total(found, "chip_hours").remark is None
        assert total(found, "cost").remark == "without `other`, where it is not known"

    def test_a_plan_without_machines_has_none(self):
        found = answer({"params": "70B", "tokens": "15T"})
        assert found.resources == ()
        assert found.to_dict()["resources"] == []

    def test_the_flop_itself_has_no_machine(self):
        found = answer({"flop": "1e25", "hardware": "h100-sxm", "chips": 100_000, "days": 3})
        assert names(found) == ["utilization"]

    def test_json_has_unit_basis_and_sources(self):
        energy = {one["name"]: one for one in answer(MACHINE).to_dict()["stages"][0]["derived"]}["energy"]
        assert energy["unit"] == "MWh"
        assert set(energy) == {"name", "unit", "median", "low", "high", "remark", "sources"}
        assert energy["sources"]


class TestOutOfTheLaw:
    @pytest.mark.parametrize("name", ["llama-3.1-405b", "deepseek-v3"])
    def test_no_price_and_no_power_moves_a_line_or_the_total(self, name):
        plan = load(find_example(name))
        stage = plan.plan.stage[0].model_dump(exclude_unset=True)
        assert {"price", "pue", "server_power"}.isdisjoint(stage)
        bare = estimate(plan)
        dear = estimate(load_with(plan, price="1e6 USD..1e9 USD", server_power="1 kW..900 kW", pue="1..9"))
        assert bare.total == dear.total
        assert bare.lines == dear.lines
        assert bare.entries == dear.entries
        assert bare.drivers == dear.drivers
        assert bare.certain == dear.certain

    @settings(max_examples=25, deadline=None, derandomize=True)
    @given(st.floats(0.01, 1e4), st.floats(1.0, 5.0), st.floats(1.0, 1e5))
    def test_an_uncertain_plan_gives_the_same_bits(self, price, pue, watts):
        stage = MACHINE | {"days": "20..45", "utilization": "30%..45%"}
        bare = answer(stage)
        found = answer(stage | {"price": f"{price} USD..{2 * price} USD", "pue": pue, "server_power": f"{watts} W"})
        assert [line.to_dict() for line in found.lines] == [line.to_dict() for line in bare.lines]
        assert found.total == bare.total
        assert np.isfinite([one.amount.high for one in found.resources]).all()

    def test_a_sweep_over_prices_is_refused(self):
        plan = load(find_example("llama-3.1-405b"))
        with pytest.raises(PlanError, match=r"no probability moves with `pretrain\.price`"):
            fl.sweep(plan, {"pretrain.price": ["1 USD", "2 USD"]})


class TestWarnings:
    def test_a_key_that_nothing_rests_on_is_a_warning(self):
        counted = {"params": "70B", "tokens": "15T"}
        assert "W126" in codes(answer(counted | {"price": "2 USD"}))
        assert "W126" not in codes(answer(MACHINE | {"price": "2 USD"}))
        half = {"period": [TestPeriods.MIXED[0], {"peak": "1 PFLOP/s", "chips": 10, "days": 1}], "utilization": "40%"}
        assert "W126" in codes(answer(half))

    def test_too_many_products_leave_the_count_alone(self):
        periods = [{"hardware": "h100-sxm", "format": "bf16", "chips": f"{n}00..{n}50", "days": "5..6"}
                   for n in range(1, 50)]  # fmt: skip
        found = answer({"period": periods, "utilization": "40%"})
        assert "W125" in codes(found)
        assert found.total.median > 0


def load_with(plan, **keys):
    """Return a plan whose first stage has further keys."""
    from flopline.documents import from_values
    from flopline.plan import Surroundings, load_document

    tree = dict(plan.document.tree)
    tree["stage"] = [{**tree["stage"][0], **keys}, *tree["stage"][1:]]
    return load_document(from_values(tree, {}), Surroundings(plan.folder))


def test_a_plan_is_written_with_all_of_it():
    found = estimate(
        loaded(
            """
            pue = "1.08..1.15"
            [[stage]]
            name = "pretrain"
            kind = "pretraining"
            params = "70B"
            tokens = "14T..16T"
            hardware = "h100-sxm"
            format = "bf16"
            chips = 16384
            utilization = "35%..45%"
            server_power = "1.1 kW .. 1.3 kW"
            price = "2.10 USD .. 2.50 USD"
            """
        )
    )
    assert names(found) == ["chip_hours", "duration", "energy", "cost"]
    assert dataclasses.is_dataclass(found.resources[0])
