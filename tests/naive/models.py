"""Draws of a plan's amounts, and models as sequences pass through them: the obvious way."""

from __future__ import annotations

import numpy as np

from flopline.architecture import read_architecture, training_flop
from flopline.distributions import at_score
from flopline.literals import parse_amount
from flopline.quantity import Dimension, parse
from flopline.utilization import prior

DIMENSIONS = {
    "tokens": Dimension.TOKENS, "prompt_tokens": Dimension.TOKENS, "tokens_per_sample": Dimension.TOKENS,
    "tokens_generated": Dimension.TOKENS, "params": Dimension.COUNT, "active": Dimension.COUNT,
    "samples": Dimension.COUNT, "chips": Dimension.COUNT, "prompts": Dimension.COUNT,
    "samples_per_prompt": Dimension.COUNT, "days": Dimension.DAYS, "hours": Dimension.HOURS,
    "chip_hours": Dimension.HOURS, "flop": Dimension.FLOP, "peak": Dimension.RATE, "epochs": Dimension.FACTOR,
    "overhead": Dimension.FACTOR, "rework": Dimension.SHARE, "availability": Dimension.SHARE,
    "utilization": Dimension.SHARE, "kept": Dimension.SHARE, "update_share": Dimension.SHARE,
    "padding": Dimension.SHARE, "capacity": Dimension.FACTOR, "acceptance": Dimension.SHARE,
    "tool_tokens": Dimension.TOKENS, "judge_tokens": Dimension.TOKENS, "server_power": Dimension.POWER,
    "price": Dimension.PRICE, "pue": Dimension.PUE,
}  # fmt: skip
METRICS = ("mfu", "hfu", "achieved", "tensor_active")


class Draws:
    """Values of every amount of a plan: one normal score per quantity, correlated as the plan says."""

    def __init__(self, plan, count, seed):
        self.plan, self.count = plan, count
        self.literals = {"pue": plan["pue"]} if "pue" in plan else {}
        self.rates, self.defaults, self.cases = set(), {}, {}
        for table, owner in [(plan.get("model", {}), "model"), *((stage, stage["name"]) for stage in plan["stage"])]:
            self._collect(table, owner)
        names = [name for name, raw in self.literals.items() if not is_shared(raw)]
        matrix = np.eye(len(names))
        for correlation in plan.get("correlation", []):
            one, two = (names.index(self.settled(name)) for name in correlation["between"])
            if one != two:
                matrix[one, two] = matrix[two, one] = correlation["rho"]
        values, vectors = np.linalg.eigh(matrix)
        root = vectors * np.sqrt(np.clip(values, 0, None))
        self.random = random = np.random.default_rng(seed)
        scores = root @ random.standard_normal((len(names), count))
        self.scores = dict(zip(names, scores, strict=True))
        self.plan_wide = random.standard_normal(count)
        self.stage_wide = {stage["name"]: random.standard_normal(count) for stage in plan["stage"]}

    def _collect(self, table, owner):
        for key, value in table.items():
            metric = [one for one in METRICS if isinstance(value, dict) and one in value]
            if key == "utilization" and metric:
                self.literals[f"{owner}.{key}"] = value[metric[0]]
                self.rates |= {f"{owner}.{key}"} if metric == ["achieved"] else set()
            elif key in DIMENSIONS and value != "default":
                self.literals[f"{owner}.{key}"] = value
            elif key in ("period", "either"):
                for index, machine in enumerate(value):
                    self._collect(machine, f"{owner}.{key}[{index}]")
            elif isinstance(value, dict) and key not in ("config", "lora", "format", "seq_len"):
                self._collect(value, f"{owner}.{key}")

    def settled(self, name):
        """Return the quantity that a name stands for: shared ones, and the plan's model for a stage without its own."""
        while name not in self.literals or is_shared(self.literals[name]):
            name = self.literals[name]["shares"] if name in self.literals else f"model.{name.rpartition('.')[2]}"
        return name

    def __getitem__(self, name):
        name = self.settled(name)
        dimension = Dimension.RATE if name in self.rates else DIMENSIONS[name.rpartition(".")[2]]
        raw, z = self.literals[name], self.scores[name]
        if isinstance(raw, dict) and raw.get("dist") == "mixture":
            parts = np.array([at_score(parse_amount(part, dimension), z) for part in raw["parts"]])
            return parts[self.case(name, raw["weights"]), np.arange(self.count)]
        return at_score(parse_amount(raw, dimension), z)

    def case(self, name, weights):
        """Return which of several things happens in each draw, the same whenever it is asked."""
        if name not in self.cases:
            chances = [parse(weight, Dimension.SHARE) for weight in weights]
            self.cases[name] = self.random.choice(len(weights), size=self.count, p=chances)
        return self.cases[name]

    def shared(self, name, amount):
        """Return draws of a default that all stages of a plan have in common."""
        if name not in self.defaults:
            self.defaults[name] = at_score(amount, self.random.standard_normal(len(self.plan_wide)))
        return self.defaults[name]

    def default_utilization(self, stage, mixture, format_, scope, chip):
        """Return draws of the prior: logit = median + plan-wide effect + effect of the stage."""
        assumed = prior(mixture_of_experts=mixture, format=format_, scope=scope, chip=chip)
        odds = np.log(assumed.median / (1 - assumed.median))
        odds = odds + assumed.plan_sigma * self.plan_wide + assumed.stage_sigma * self.stage_wide[stage]
        return 1 / (1 + np.exp(-odds))


def is_shared(raw):
    return isinstance(raw, dict) and "shares" in raw


class Model:
    """A model as a stage passes through it: FLOP of whole sequences, by length."""

    def __init__(self, table, owner, draws, *, stage=None, mtp=False):
        self.config = read_architecture(table["config"]) if "config" in table else None
        self.raw, self.owner, self.draws, self.stage, self.mtp = table, owner, draws, stage or {}, mtp

    @property
    def active(self):
        return self.draws[f"{self.owner}.{'active' if 'active' in self.raw else 'params'}"]

    def _exact(self, length, what):
        stage = self.stage
        found = training_flop(
            self.config, length, lora=stage.get("lora"), adapter=stage.get("adapter"),
            trainable=stage.get("trainable"), recompute=stage.get("recompute"), mtp=self.mtp,
            documents=stage.get("documents"),
        )  # fmt: skip
        full = stage.get("attention") == "full"
        if what == "forward":
            found = training_flop(self.config, length, documents=stage.get("documents"))
            return found.forward_full if full else found.forward_masked
        if what == "recompute":
            return found.recompute_full if full else found.recompute
        if what == "experts":
            return found.routed
        return found.training_full if full else found.training_masked

    def sequence(self, what, length, variance=0.0):
        """Return FLOP of a sequence of a real mean length: a quadratic, exact at three lengths of causal attention."""
        if self.config is None:
            return {"forward": 2, "training": 6, "recompute": 2}[what] * self.active * length
        at = [1024, 2048, 4096]
        curve = np.polyfit(np.array(at) / 1024, [self._exact(one, what) / 1e6 for one in at], 2)
        return 1e6 * (np.polyval(curve, length / 1024) + curve[0] * variance / 1024**2)

    def token(self, what, seq_len):
        """Return FLOP per token of sequences of one whole length."""
        if self.config is None:
            return self.sequence(what, 1.0)
        lengths = seq_len if isinstance(seq_len, dict) else {seq_len: 1.0}
        return sum(share * self._exact(int(length), what) / int(length) for length, share in lengths.items())

    def prefill(self, prompt):
        """Return FLOP of reading a prompt: a forward pass whose head runs once."""
        if self.config is None:
            return 2 * self.active * prompt
        head = 2 * self.raw["config"]["hidden_size"] * self.raw["config"]["vocab_size"]
        return self._forward(prompt) - (prompt - 1) * head

    def decode(self, prompt, generated, variance=0.0):
        """Return FLOP of generating after a prompt: what the whole sequence costs beyond the prompt."""
        if self.config is None:
            return 2 * self.active * generated
        return self._forward(prompt + generated, variance) - self._forward(prompt)

    def _forward(self, length, variance=0.0):
        masked = Model(self.raw, self.owner, self.draws)
        return masked.sequence("forward", length, variance)
