"""The day on which cumulative computation passes a line, by hand and by a slow simulation."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta

import numpy as np
import pytest
from building import loaded
from hypothesis import given, settings
from hypothesis import strategies as st

from flopline.engine.crossing_days import Schedule, passing
from flopline.engine.timeline import timeline
from flopline.errors import PlanError

EU = "eu-ai-act/systemic-risk"
START = date(2027, 1, 1)
HEAD = """
start = 2027-01-01
none = ["post-training", "synthetic-data", "later-updates"]
"""


def plan(*stages, head=HEAD):
    """Return a plan of stages given as FLOP, days, and further lines."""
    text = head
    for index, (flop, days, *more) in enumerate(stages):
        lines = "\n".join(more)
        text += f'\n[[stage]]\nname = "s{index}"\nkind = "pretraining"\nflop = "{flop}"\nduration = "{days}"\n{lines}\n'
    return loaded(text)


def crossing(*stages, head=HEAD):
    return timeline(plan(*stages, head=head), day=date(2026, 11, 22)).lines[EU].expected


def day(days):
    return START + timedelta(days=days)


class TestKnownAnswers:
    def test_a_steady_stage_crosses_in_proportion(self):
        found = crossing(("2e25", 100))
        assert set(found.days.values()) == {day(50)}
        assert found.by == dict.fromkeys((0.1, 0.25, 0.5), day(50))
        assert (found.stage, found.share) == ("s0", pytest.approx(0.5))

    def test_stages_follow_one_another(self):
        assert crossing(("8e24", 40), ("4e24", 20)).days[0.5] == day(50)

    def test_a_pause_moves_what_follows(self):
        assert crossing(("8e24", 40), ("4e24", 20, "pause = 7")).days[0.5] == day(57)

    def test_parallel_stages_add_up(self):
        assert crossing(("1e25", 100), ("1e25", 100, "after = []")).days[0.5] == day(50)

    def test_a_stage_waits_for_the_longest_of_several(self):
        stages = (("2e24", 10), ("2e24", 30, "after = []"), ("1e25", 10, 'after = ["s0", "s1"]'))
        assert crossing(*stages).days[0.5] == day(36)

    def test_a_day_of_its_own(self):
        assert crossing(("8e24", 40), ("4e24", 20, "starts = 2027-03-02")).days[0.5] == day(70)

    def test_exactly_the_line_is_never_crossed(self):  # Art. 51(2): greater than
        found = crossing(("1e25", 100))
        assert (found.probability, dict(found.days)) == (0.0, {})
        assert set(found.by.values()) == {None}

    def test_a_base_above_the_line_has_crossed_before_the_run(self):  # Annex A.1, para. 121
        base = 'base = { name = "b", developer = "other", flop = "2e25" }'
        assert crossing(("1e23", 10, base)).days[0.5] == START

    def test_periods_side_by_side_and_one_after_the_other(self):
        def text(beside):
            periods = "".join(
                f'[[stage.period]]\nhardware = "h100-sxm"\nchips = 1000\ndays = {days}\nformat = "bf16"\n{more}\n'
                for days, more in ((30, ""), (20, f"beside = {beside}"))
            )
            return loaded(HEAD + '[[stage]]\nname = "run"\nkind = "pretraining"\nutilization = 0.4\n' + periods)

        ends = {beside: timeline(text(beside)).stages[0].ends[0.5] for beside in ("true", "false")}
        assert ends == {"true": day(30), "false": day(50)}


class TestUncertain:
    def test_the_middle_of_an_uncertain_length(self):
        found = crossing(("2e25", "80..120"))
        assert found.days[0.5] == day(int(np.sqrt(80 * 120) / 2))
        assert found.days[0.05] == pytest.approx(day(40)) or abs((found.days[0.05] - day(40)).days) <= 1

    def test_crossed_within_the_plan_as_often_as_the_estimate_says(self):
        found = crossing(("6e24..2e25", "80..120"))
        assert 0.4 < found.probability < 0.7
        assert found.by[0.1] is not None
        assert found.by[0.25] is not None
        assert (found.by[0.5] is None) == (found.probability < 0.5)

    def test_tokens_and_days_of_one_machine_move_together(self):
        text = """
            [model]
            params = "100B"
            [[stage]]
            name = "run"
            kind = "pretraining"
            tokens = "20T..40T"
            hardware = "h100-sxm"
            chips = 8192
            utilization = 0.4
            format = "bf16"
        """
        found = timeline(loaded(HEAD + text)).lines[EU].expected
        rate = 8192 * 989.4e12 * 0.4 * 86400
        assert set(found.days.values()) == {day(int(1e25 / rate))}  # a steady machine, however long it runs
        assert found.tokens == pytest.approx(1e25 / 6e11, rel=0.01)


def slow_passing(stages, before, threshold):
    """Walk hour by hour; (begin, end, flop) each."""
    last = max(end for _, end, _ in stages)
    at = 0.0
    while at <= last + 1:
        done = before + sum(flop * min(max((at - begin) / (end - begin), 0.0), 1.0) for begin, end, flop in stages)
        if done > threshold:
            return at
        at += 1 / 24
    return float("inf")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_a_day_agrees_with_walking_hour_by_hour(seed):
    chance = random.Random(seed)
    stages = []
    for _ in range(chance.randint(1, 5)):
        begin = chance.uniform(0, 30)
        stages.append((begin, begin + chance.uniform(0.5, 30), chance.uniform(0, 1e25)))
    before = chance.choice([0.0, 1e24])
    threshold = chance.uniform(0, 2.5e25)
    begin, end, flop = (np.array(part)[:, None] for part in zip(*stages, strict=True))
    times = Schedule(tuple(str(index) for index in range(len(stages))), begin, end)
    found = passing(times, flop, np.array([before]), threshold, reaches=False).day[0]
    slow = slow_passing(stages, before, threshold)
    assert found == slow if np.isinf(slow) else slow - 1 / 24 - 1e-9 <= found <= slow + 1e-9


class TestDuties:
    def test_notice_is_due_two_weeks_after_the_estimate_that_meets_the_test(self):  # Art. 52(1)
        head = HEAD + '[developer]\nrole = "original-provider"\nmarkets = { eu = "yes" }\n[model]\ngeneral = "yes"\n'
        found = timeline(plan(("2e25", 100), head=head), day=date(2026, 11, 22))
        notify = [one for one in found.duties if (one.line, one.duty) == (EU, "notify")]
        assert [one.day for one in notify] == [date(2026, 12, 6)]
        assert "0.5, 0.25, 0.1" in notify[0].basis

    def test_an_earlier_recorded_forecast_moves_it(self):
        known = {EU: {0.1: date(2026, 10, 1)}}
        found = timeline(plan(("2e25", 100)), day=date(2026, 11, 22), known=known)
        days = {one.day for one in found.duties if (one.line, one.duty) == (EU, "notify")}
        assert days == {date(2026, 10, 15), date(2026, 12, 6)}

    def test_a_run_that_straddles_an_effective_date_is_told_on_both_sides(self):  # rule 4: New York, 2027-01-01
        head = HEAD.replace("start = 2027-01-01", "approval = 2026-12-01\nstart = 2027-01-15")
        line = timeline(plan(("2e26", 100), head=head)).lines["us-ny-raise/frontier"]
        assert {side["event"]: side["in_effect"] for side in line.sides} == {"approval": False, "start": True}

    def test_everything_becomes_plain_values(self):
        found = timeline(plan(("2e25", "80..120")))
        assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["command"] == "timeline"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('[[stage]]\nname = "a"\nkind = "pretraining"\nflop = 1e25\nduration = 10', "E349"),
        (HEAD + '[[stage]]\nname = "a"\nkind = "pretraining"\nflop = 1e25', "E347"),
        (HEAD + '[[stage]]\nname = "a"\nkind = "pretraining"\nutilization = 0.4\n'
         + '[[stage.period]]\nhardware = "h100-sxm"\nchips = 8\ndays = 3\nformat = "bf16"\n' * 2, "E348"),
    ],
    ids=["no start", "no length", "side by side or not"],
)  # fmt: skip
def test_what_nobody_can_know_is_asked_for(text, code):
    with pytest.raises(PlanError) as refused:
        timeline(loaded(text))
    assert refused.value.code == code
    assert refused.value.hint
