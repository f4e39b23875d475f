"""Slow and obvious twin of what machines take: chip-hours, days, tokens, energy, cost, stage by stage."""

from __future__ import annotations

import numpy as np

from flopline.distributions import Quantiles, at_score, median
from flopline.hardware import find
from flopline.literals import parse_amount
from flopline.utilization import default_pue, power_ratio, price_spread
from naive.models import DIMENSIONS, is_shared

FORWARD = ("evaluation", "data-processing")
WATTS_TO_MEGAWATTS = 1e-6


class Market:
    """What the plan does not say of its machines, each drawn once for all stages."""

    def __init__(self, count, seed):
        self.count, self.random, self.scores = count, np.random.default_rng(seed + 1000), {}

    def draw(self, name, amount):
        if name not in self.scores:
            self.scores[name] = self.random.standard_normal(self.count)
        return at_score(amount, self.scores[name])

    def watts(self, chip):
        if chip.measured:
            which, figure = ("with-host" if chip.measured.host else "chip-alone"), chip.measured.watts
        elif chip.server:
            which, figure = "nameplate", chip.server.watts
        else:
            guess = any(word in (chip.power.term or "") for word in ("inferred", "estimated"))
            which, figure = ("inferred-tdp" if guess else "tdp"), chip.power.watts
        return figure * self.draw(which, power_ratio(which).amount)

    def dollars(self, chip):
        price = chip.price
        if price.low == price.high:
            return price.low * self.draw("one price", price_spread().amount)
        return self.draw(chip.id, Quantiles(p=(0.05, 0.5, 0.95), x=(price.low, price.best, price.high)))

    def pue(self):
        return self.draw("pue", default_pue().amount)


def running(naive, stage, work, *, timed, by_machine):
    """Add what a stage's machine takes to what a plan implies.

    Parameters
    ----------
    work : array
        Its kept FLOP.
    timed : bool
        Chips and a time are given.
    by_machine : bool
        The stage is counted by them.
    """
    name, groups = stage["name"], sets_of(stage)
    if timed:
        parts = [
            naive.chosen(stage, index) * naive.seconds(table, owner) / 3600
            for index, (table, owner) in enumerate(groups)
        ]
    else:
        groups, parts = [(stage, name)], needed(naive, stage, work)
    if not len(parts):
        return
    hours = sum(parts)
    naive.implied[name, "chip_hours"] = hours
    if "either" in stage and all("chips" in table for table, _ in groups):
        days = [part / naive.draws[f"{owner}.chips"] / 24 for part, (_, owner) in zip(parts, groups, strict=True)]
        naive.implied[name, "duration"] = sum(days)
    elif "period" not in stage and "chips" in stage:
        naive.implied[name, "duration"] = hours / naive.draws[f"{name}.chips"] / 24
    if by_machine:
        tokens(naive, stage, work)
        one_peak(naive, stage, work)
    energy = cost = 0.0
    for (table, owner), part in zip(groups, parts, strict=True):
        chip = find(table["hardware"]) if "hardware" in table else None
        energy = energy + part * watts(naive, stage, table, owner, chip) * pue(naive, stage) * WATTS_TO_MEGAWATTS
        cost = cost + part * dollars(naive, stage, table, owner, chip)
    for key, found in (("energy", energy), ("cost", cost)):
        if not np.any(np.isnan(found)):
            naive.implied[name, key] = found


def sets_of(stage):
    for key in ("period", "either"):
        if key in stage:
            return [(table, f"{stage['name']}.{key}[{index}]") for index, table in enumerate(stage[key])]
    return [(stage, stage["name"])]


def needed(naive, stage, work):
    """Return the chip-hours that tokens need at the utilization that is given or usual."""
    name = stage["name"]
    if {"period", "either"} & stage.keys() or ("hardware" not in stage and "peak" not in stage):
        return []
    generating = stage["kind"] in ("reinforcement-learning", "synthetic-data", *FORWARD)
    if "utilization" not in stage and ("chips" not in stage or generating):
        return []
    used, rework = naive.rate(stage, stage, name)
    kept = used * (1 - naive.goodput(stage, "rework") if rework else 1.0)
    return [work / (naive.peak(stage, name, stage.get("utilization")) * kept) / 3600]


def own(naive, stage, table, owner, key):
    for one, whose in ((table, owner), (stage, stage["name"])):
        if key in one:
            return None if one[key] == "default" else naive.draws[f"{whose}.{key}"]
    return None


def watts(naive, stage, table, owner, chip):
    given = own(naive, stage, table, owner, "server_power")
    return given if given is not None else np.nan if chip is None else naive.market.watts(chip)


def dollars(naive, stage, table, owner, chip):
    given = own(naive, stage, table, owner, "price")
    return given if given is not None else np.nan if chip is None else naive.market.dollars(chip)


def pue(naive, stage):
    if stage.get("pue", "default") != "default":
        return naive.draws[f"{stage['name']}.pue"]
    if "pue" not in stage and naive.plan.get("pue", "default") != "default":
        return naive.draws["pue"]
    return naive.market.pue()


def tokens(naive, stage, work):
    model = naive.own_model(stage)
    if stage["kind"] in ("reinforcement-learning", "synthetic-data") or not {"config", "params"} & model.raw.keys():
        return
    if model.config is not None and "seq_len" not in stage:
        return
    what = "forward" if stage["kind"] in FORWARD else "training"
    naive.implied[stage["name"], "tokens"] = work / model.token(what, stage.get("seq_len", 1))


def one_peak(naive, stage, work):
    """Annex A.2.1 of the Guidelines: C = N L H U, with H weighted by numbers of units."""
    sets = sets_of(stage)
    if len(sets) < 2 or any("chips" not in table or "chip_hours" in table for table, _ in sets):
        return
    given = [table.get("utilization", stage.get("utilization")) for table, _ in sets]
    if any(isinstance(one, dict) and "achieved" in one for one in given):
        return
    units, peaks, times = [], [], []
    for table, owner in sets:
        used, rework = naive.rate(stage, table, owner)
        units.append(middle(naive, f"{owner}.chips"))
        peaks.append(naive.peak(table, owner, table.get("utilization", stage.get("utilization"))))
        times.append(naive.seconds(table, owner) * used * (1 - naive.goodput(stage, "rework") if rework else 1.0))
    mean = sum(n * peak for n, peak in zip(units, peaks, strict=True)) / sum(units)
    found = mean * sum(times)
    if abs(np.median(found / work) - 1) > 0.01:
        naive.implied[stage["name"], "weighted_peak"] = found


def middle(naive, name):
    raw = naive.draws.literals[naive.draws.settled(name)]
    return raw if is_shared(raw) else median(parse_amount(raw, DIMENSIONS[name.rpartition(".")[2]]))
