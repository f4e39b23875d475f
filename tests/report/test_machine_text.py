"""The block about machines: rows, units, intervals, and what they rest on."""

from __future__ import annotations

from types import SimpleNamespace

from page_checks import faults

from flopline.engine.results import Amount, DerivedResult
from flopline.report.machine_text import machine_lines


def derived(name, median, low=None, high=None, remark=None, sources=()):
    return DerivedResult("run", name, Amount(median, low or median, high or median), remark, sources)


def estimate_of(*stages, resources=()):
    named = [SimpleNamespace(name=name, derived=found) for name, found in stages]
    return SimpleNamespace(stages=named, resources=resources, level=0.9)


RUN = (
    "run",
    (
        derived("chip_hours", 19.7e6),
        derived("duration", 53),
        derived("energy", 27_000, 20_100, 36_000, "PUE 1.2; of the site", ("Uptime",)),
        derived("cost", 60e6, 25e6, 180e6, "3 USD; renting", ("List", "Uptime")),
    ),
)


def test_one_row_has_all_four_with_units_and_intervals():
    lines = machine_lines(estimate_of(RUN))
    assert lines[0].split() == ["machine", "chip-hours", "days", "energy", "cost"]
    assert "19.7M" in lines[1]
    assert "27 GWh (20.1 .. 36)" in lines[1]
    assert "60M USD (25M .. 180M)" in lines[1]
    assert any("90 %" in line for line in lines)


def test_a_plan_without_machines_has_no_block():
    assert machine_lines(estimate_of(("run", (derived("utilization", 0.4),)))) == []


def test_what_stages_agree_on_is_said_once_and_last():
    other = ("other", (derived("chip_hours", 1), derived("energy", 1, 0.9, 1.1, "another chip; PUE 1.2; of the site")))
    total = (derived("chip_hours", 19.7e6), derived("energy", 27_001, 20_000, 36_001, "without `third`"))
    lines = machine_lines(estimate_of(RUN, other, resources=total))
    said = [line for line in lines if line.startswith("    energy:")]
    assert said == ["    energy: another chip; PUE 1.2; of the site"]
    assert any(line.startswith("  all") for line in lines)
    assert "    all: energy without `third`" in lines


def test_sources_are_told_when_asked_each_once():
    assert not [line for line in machine_lines(estimate_of(RUN)) if "source:" in line]
    told = [line.strip() for line in machine_lines(estimate_of(RUN), verbose=True) if "source:" in line]
    assert told == ["source: Uptime", "source: List"]


def test_the_block_keeps_to_the_page():
    assert faults("\n".join(machine_lines(estimate_of(RUN), verbose=True)) + "\n") == []
