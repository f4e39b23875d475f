"""Slow and obvious twin of the engine: a plan's tables read key by key, every stage written out as a formula.

Uncertain amounts are plain random draws; without uncertainty everything is a sum of ordinary products. What one
pass over one sequence costs is taken from the architecture layer, which has a twin of its own, and so is what each
law says of one activity; how they are put together is not taken from anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from flopline.hardware import default_format, find
from flopline.quantity import Dimension, parse
from flopline.regimes import Attributes, counts
from flopline.utilization import goodput_prior, ratio, tensor_activity
from naive.models import Draws, Model
from naive.resources import Market, running, sets_of
from naive.sampling import generate

ACTIVITIES = {
    "pretraining": "pretraining", "continued-pretraining": "continued-pretraining", "fine-tuning": "sft",
    "preference": "preference-opt", "distillation": "sft", "reward-model": "aux-model-training",
    "research": "research-runs", "evaluation": "evaluation", "data-processing": "data-filtering",
}  # fmt: skip


@dataclass
class NaiveEntry:
    stage: str
    what: Attributes
    flop: np.ndarray
    during: Attributes | None = None


class Naive:
    """One plan, written out."""

    def __init__(self, plan, count=1, seed=0):
        self.plan, self.draws = plan, Draws(plan, count, seed)
        self.count = count
        self.bases = set()
        self.entries = []
        self.implied = {}
        self.market = Market(count, seed)
        for stage in plan["stage"]:
            self.stage(stage)
        for stage in plan["stage"]:
            self.base(stage)

    # --- what is asked ---

    def of(self, stage, key, default=1.0):
        return self.draws[f"{stage['name']}.{key}"] if key in stage else default

    def own_model(self, stage):
        own = "config" in stage or "params" in stage
        table = stage if own else self.plan.get("model", {})
        mtp = stage.get("mtp", False if own else table.get("mtp", False))
        return Model(table, stage["name"] if own else "model", self.draws, stage=stage, mtp=mtp)

    def other_model(self, stage, role):
        if stage[role] == "self":
            return self.own_model(stage)
        around = {key: stage[key] for key in ("attention", "documents") if key in stage}
        return Model(stage[role], f"{stage['name']}.{role}", self.draws, stage=around)

    def what(self, stage, activity, relation="this-model", fate="kept"):
        return Attributes(
            activity, actor=stage.get("actor", "own"), relation=relation, fate=fate,
            public=stage.get("public", "unknown"), phase=stage.get("phase", "before"),
        )  # fmt: skip

    def add(self, stage, what, flop, *, exact=False, during=None):
        flop = np.broadcast_to(np.asarray(flop, float), (self.count,))
        self.entries.append(NaiveEntry(stage["name"], what, flop, during))
        if exact:
            self.entries.append(NaiveEntry(stage["name"], replace(what, activity="elementwise"), 0.008 * flop, what))

    # --- stages ---

    def stage(self, stage):
        counted = any(key in stage for key in ("tokens", "samples", "prompts", "tokens_generated"))
        timed = bool({"period", "either", "chip_hours"} & stage.keys()) or (
            "chips" in stage and bool({"days", "hours"} & stage.keys())
        )
        before = len(self.entries)
        if "flop" in stage:
            self.given(stage)
        elif timed and (not counted or stage.get("relation") == "time-bound"):
            self.machine(stage)
        elif stage["kind"] == "reinforcement-learning" or "prompts" in stage:
            self.reinforcement(stage)
        elif stage["kind"] == "synthetic-data":
            self.synthetic(stage)
        else:
            self.passes(stage)
        runs = self.runs(stage)
        if "flop" not in stage:
            by_machine = timed and (not counted or stage.get("relation") == "time-bound")
            work = sum(
                entry.flop for entry in self.entries[before:] if entry.what.fate == "kept" and entry.during is None
            )
            if timed and not by_machine and "period" not in stage:
                self.implied[stage["name"], "utilization"] = sum(
                    self.chosen(stage, index)
                    * work / (self.seconds(table, owner) * self.peak(table, owner, table.get("utilization")))
                    for index, (table, owner) in enumerate(sets_of(stage))
                )  # fmt: skip
            running(self, stage, work, timed=timed, by_machine=by_machine)
        for entry in self.entries[before:]:
            entry.flop = entry.flop * runs

    def runs(self, stage):
        """Return 1 in the draws in which a stage runs, 0 in the others."""
        stages = {one["name"]: one for one in self.plan["stage"]}
        while isinstance(stage.get("happens"), dict):
            stage = stages[stage["happens"]["shares"].removesuffix(".happens")]
        if "happens" not in stage:
            return 1.0
        chance = parse(stage["happens"], Dimension.SHARE)
        return 1.0 * (self.draws.case(f"{stage['name']}.happens", [chance, 1 - chance]) == 0)

    def chosen(self, stage, index):
        """Return 1 in the draws in which a machine is the one that is used, 0 in the others."""
        chances = [one["probability"] for one in stage.get("either", ())]
        return 1.0 * (self.draws.case(f"{stage['name']}.either", chances) == index) if chances else 1.0

    def split(self, stage, flop):
        """Add one amount of a stage under its activity, or split between updates and rollouts."""
        kind = stage["kind"]
        if kind == "reinforcement-learning" and "update_share" in stage:
            share = self.of(stage, "update_share")
            yield self.what(stage, "rl-update"), flop * share
            yield self.what(stage, "rl-rollout"), flop * (1 - share)
        elif kind == "reinforcement-learning":
            yield self.what(stage, "rl-unsplit"), flop
        elif kind == "synthetic-data":
            yield self.synthetic_what(stage), flop
        else:
            yield self.what(stage, ACTIVITIES[kind], "auxiliary" if kind == "reward-model" else "this-model"), flop

    def synthetic_what(self, stage):
        own = stage.get("generator") == "self"
        activity = "synth-public" if stage.get("public") == "yes" else "synth-private"
        return self.what(stage, activity, "this-model" if own else "auxiliary")

    def given(self, stage):
        for what, flop in self.split(stage, self.of(stage, "flop")):
            self.add(stage, what, flop)

    def passes(self, stage):
        model, length = self.own_model(stage), stage.get("seq_len", 1)
        mean = 1 / sum(share / int(one) for one, share in length.items()) if isinstance(length, dict) else length
        tokens = self.of(stage, "tokens") if "tokens" in stage else self.of(stage, "samples") * mean
        tokens = tokens * self.of(stage, "epochs") * self.of(stage, "overhead")
        exact = model.config is not None
        ((what, _),) = self.split(stage, 0.0)
        if stage["kind"] in ("evaluation", "data-processing"):
            self.add(stage, what, tokens * model.token("forward", length), exact=exact)
            return
        kept = tokens * model.token("training", length)
        self.add(stage, what, kept, exact=exact)
        self.lose(stage, what, kept)
        self.pad(stage, what, kept)
        if "capacity" in stage:
            slots = tokens * model.token("experts", length) * np.maximum(self.of(stage, "capacity") - 1, 1e-12)
            self.add(stage, replace(what, activity="capacity-padding"), slots, during=what)
        if stage.get("recompute", "none") != "none":
            again = replace(what, activity="activation-recompute")
            self.add(stage, again, tokens * model.token("recompute", length), during=what)
        for role, activity in (("teacher", "teacher-inference"), ("reference", "rl-scoring")):
            if role in stage:
                other = self.other_model(stage, role)
                strange = "teacher" if role == "teacher" else "auxiliary"
                relation = "this-model" if stage[role] == "self" else strange
                flop = tokens * other.token("forward", length)
                self.add(stage, self.what(stage, activity, relation), flop, exact=other.config is not None)

    def lose(self, stage, what, kept):
        if "rework" in stage:
            share = self.goodput(stage, "rework")
            self.add(stage, replace(what, fate="lost"), kept * share / (1 - share))

    def pad(self, stage, what, kept):
        if "padding" in stage:
            share = self.of(stage, "padding")
            self.add(stage, replace(what, activity="padding"), kept * share / (1 - share), during=what)

    def reinforcement(self, stage):
        """Rule 26: updates over kept samples, rollouts over all, scorers over all, the critic over both."""
        policy = self.own_model(stage)
        prompts = self.of(stage, "prompts") * self.of(stage, "overhead")
        samples = prompts * self.of(stage, "samples_per_prompt")
        used = samples * self.of(stage, "kept") * self.of(stage, "epochs")
        prompt, length = self.of(stage, "prompt_tokens"), self.of(stage, "tokens_per_sample")
        prompt = prompt + self.of(stage, "tool_tokens", 0.0)
        variance = (stage.get("length_spread", 0.0) * length) ** 2
        exact = policy.config is not None
        update = self.what(stage, "rl-update" if stage["kind"] == "reinforcement-learning" else "preference-opt")
        kept = used * policy.sequence("training", prompt + length, variance)
        self.add(stage, update, kept, exact=exact)
        self.lose(stage, update, kept)
        self.pad(stage, update, kept)
        if stage.get("recompute", "none") != "none":
            again = used * policy.sequence("recompute", prompt + length, variance)
            self.add(stage, replace(update, activity="activation-recompute"), again, during=update)
        read = prompts if stage.get("prefix_cache") else samples
        generate(self, stage, self.what(stage, "rl-rollout"), policy, read, samples)
        for role in ("reward_model", "judge", "reference", "critic"):
            if role in stage:
                other = self.other_model(stage, role)
                same = stage[role] == "self" and role == "reference"
                what = self.what(stage, "rl-scoring", "this-model" if same else "auxiliary")
                scored = samples * other.sequence("forward", prompt + length, variance)
                if role == "judge" and "judge_tokens" in stage:
                    verdict = self.of(stage, "judge_tokens")
                    scored = samples * (other.prefill(prompt + length) + other.decode(prompt + length, verdict))
                self.add(stage, what, scored, exact=other.config is not None)
                if role == "critic":
                    what = self.what(stage, "aux-model-training", "auxiliary")
                    trained = used * other.sequence("training", prompt + length, variance)
                    self.add(stage, what, trained, exact=other.config is not None)
        if stage.get("old_log_probabilities"):
            scored = samples * policy.sequence("forward", prompt + length, variance)
            self.add(stage, self.what(stage, "rl-scoring"), scored, exact=exact)

    def synthetic(self, stage):
        """Rule 29: prompts are read beside what is generated."""
        generator = self.other_model(stage, "generator")
        tokens = self.of(stage, "tokens_generated") * self.of(stage, "overhead")
        samples = tokens / self.of(stage, "tokens_per_sample")
        reads = samples / self.of(stage, "samples_per_prompt") if stage.get("prefix_cache") else samples
        generate(self, stage, self.synthetic_what(stage), generator, reads, samples)

    # --- machines ---

    def peak(self, table, owner, utilization):
        if "hardware" not in table:
            return self.draws[f"{owner}.peak"]
        chip = find(table["hardware"])
        formats = table.get("format", default_format(chip))
        if isinstance(utilization, dict) and "peak" in utilization:
            formats = utilization["peak"]
        shares = {formats: 1.0} if isinstance(formats, str) else formats
        return 1 / sum(parse(share, Dimension.SHARE) / chip.peaks[name].dense for name, share in shares.items())

    def seconds(self, table, owner):
        """Return chips x seconds."""
        if "chip_hours" in table:
            return 3600 * self.draws[f"{owner}.chip_hours"]
        time = 86400 * self.draws[f"{owner}.days"] if "days" in table else 3600 * self.draws[f"{owner}.hours"]
        return self.draws[f"{owner}.chips"] * time

    def rate(self, stage, table, owner):
        """Return (executed model FLOP per FLOP of the peak, whether rework is still to be taken off)."""
        given, whose = (
            (table["utilization"], owner) if "utilization" in table else (stage.get("utilization"), stage["name"])
        )
        if given is None or given == "default":
            scope = "steady" if "availability" in stage or "rework" in stage else "whole-run"
            model = self.own_model(stage)
            mixture = None
            if model.config is not None:
                mixture = model.config.mixture_of_experts
            elif "params" in model.raw:
                mixture = "active" in model.raw
            formats = table.get("format") or (
                default_format(find(table["hardware"])) if "hardware" in table else "bf16"
            )
            if isinstance(formats, dict):
                formats = {name: parse(share, Dimension.SHARE) for name, share in formats.items()}
            chip = find(table["hardware"]).id if "hardware" in table else None
            used = self.draws.default_utilization(stage["name"], mixture, formats, scope, chip)
        else:
            used = self.draws[f"{whose}.utilization"]
            table_ = given if isinstance(given, dict) and "dist" not in given else {}
            scope = table_.get("scope", "steady")
            if "tensor_active" in table_:
                used = used * self.draws.shared("tensor", tensor_activity().amount)
            if "hfu" in table_ or "tensor_active" in table_:
                used = used / (1 + self.again(stage))
            if scope == "benchmark":
                scope = "steady" if "availability" in stage or "rework" in stage else "whole-run"
                used = used * self.draws.shared("benchmark", ratio("benchmark", scope).amount)
        if scope == "steady":
            used = used * self.goodput(stage, "availability")
        return used, scope == "steady" and "rework" in stage

    def goodput(self, stage, key):
        if stage.get(key) == "default":
            return self.draws.shared(key, goodput_prior(key).amount)
        return self.of(stage, key)

    def again(self, stage):
        """Return recomputed FLOP per model FLOP."""
        if stage.get("recompute", "none") == "none":
            return 0.0
        model = self.own_model(stage)
        if model.config is None:
            return 2 / 6
        length = stage["seq_len"]
        return model.token("recompute", length) / model.token("training", length)

    def machine(self, stage):
        kept = lost = 0.0
        for index, (table, owner) in enumerate(sets_of(stage)):
            used, rework = self.rate(stage, table, owner)
            given = table.get("utilization", stage.get("utilization"))
            achieved = isinstance(given, dict) and "achieved" in given
            executed = self.seconds(table, owner) * used * (1 if achieved else self.peak(table, owner, given))
            executed = executed * self.chosen(stage, index)
            share = self.goodput(stage, "rework") if rework else 0.0
            kept, lost = kept + executed * (1 - share), lost + executed * share
        exact = self.own_model(stage).config is not None
        for (what, part), (_, gone) in zip(self.split(stage, kept), self.split(stage, lost), strict=True):
            self.add(stage, what, part, exact=exact)
            if "rework" in stage:
                self.add(stage, replace(what, fate="lost"), gone)
            if stage.get("recompute", "none") != "none":
                self.add(stage, replace(what, activity="activation-recompute"), part * self.again(stage), during=what)

    def base(self, stage):
        base = stage.get("base", {})
        if base.get("name") in self.bases or not ("flop" in base or "tokens" in base):
            return
        self.bases.add(base["name"])
        owner = f"{stage['name']}.base"
        if "flop" in base:
            flop = self.draws[f"{owner}.flop"]
        else:
            flop = self.draws[f"{owner}.tokens"] * Model(base, owner, self.draws).token("training", base.get("seq_len"))
        own = base["developer"] == "own"
        activity = "merged-parents" if base.get("merged") else "own-base" if own else "other-developer-base"
        what = Attributes(activity, actor="own" if own else "other", relation="ancestor", public="unknown")
        leading = [one for one in self.plan["stage"] if one.get("base", {}).get("name") == base["name"]]
        self.add(stage, what, flop * np.max([np.broadcast_to(self.runs(one), self.count) for one in leading], axis=0))

    # --- answers ---

    def counted(self, line):
        """Return what a line counts under its three readings, (3, draws)."""
        total = np.zeros((3, self.count))
        for entry in self.entries:
            readings = np.array(counts(line, [entry.what]))[:, 0]
            if entry.during is not None:
                readings = readings & np.array(counts(line, [entry.during]))[:, 0]
            total += readings[:, None] * entry.flop
        return total
