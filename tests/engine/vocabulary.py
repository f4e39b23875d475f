"""Random plans from the whole vocabulary: kinds, routes, models, machines, helpers, bases, correlated amounts."""

from __future__ import annotations

from building import EXPERTS, LLAMA_8B, SMALL
from hypothesis import strategies as st

UPDATES = [
    "pretraining",
    "continued-pretraining",
    "fine-tuning",
    "reward-model",
    "research",
    "preference",
    "distillation",
]
FORWARD = ["evaluation", "data-processing"]
TARGETS = ["q_proj", "v_proj", "o_proj"]


class Drawing:
    """Draws values for one plan; `certain` keeps every amount fixed."""

    def __init__(self, draw, *, certain):
        self.draw, self.certain, self.names = draw, certain, []

    def pick(self, *options):
        return self.draw(st.sampled_from(options))

    def maybe(self):
        return self.draw(st.booleans())

    def between(self, low, high):
        return self.draw(st.floats(low, high, allow_nan=False))

    def amount(self, low, high, name=None):
        """Return a positive amount: a number, or a distribution in one of the literals."""
        middle = float(f"{self.between(low, high):.4g}")
        if self.certain or self.pick(True, False):
            return middle
        if name is not None:
            self.names.append(name)
        wide = self.pick(1.05, 1.4)
        return self.pick(
            f"{middle / wide:.4g}..{middle * wide:.4g}",
            f"{middle:.4g} x/ {wide}",
            f"{middle / wide:.4g} .. {middle:.4g} .. {middle * wide:.4g}",
            {"dist": "uniform", "low": middle / wide, "high": middle * wide},
            {"dist": "loguniform", "low": middle / wide, "high": middle * wide},
        )

    def count(self, low, high, name=None):
        """Return a whole positive amount."""
        middle = round(self.between(low, high))
        if self.certain or self.pick(True, False):
            return middle
        if name is not None:
            self.names.append(name)
        return f"{round(middle / 1.3)}..{round(middle * 1.3) + 1}"

    def share(self, low, high, name=None):
        middle = round(self.between(low, high), 3)
        if self.certain or self.pick(True, False):
            return middle
        if name is not None:
            self.names.append(name)
        near = min(middle, 1 - middle) / 4
        return self.pick(
            f"{middle - near:.4f}..{middle + near:.4f}",
            {"dist": "beta", "a": 60 * middle, "b": 60 * (1 - middle)},
            {"dist": "uniform", "low": middle - near, "high": middle + near},
        )

    def some(self, table, **makers):
        """Add each key with probability one half."""
        for key, make in makers.items():
            if self.maybe():
                table[key] = make()

    # --- parts ---

    def size(self, owner):
        """Return a model: exact, dense or a mixture of experts."""
        which = self.pick("small", "8b", "experts", "dense", "mixture")
        if which in ("small", "8b", "experts"):
            return {"config": {"small": SMALL, "8b": LLAMA_8B, "experts": EXPERTS}[which]}
        params = self.count(1e9, 4e11, f"{owner}.params")
        if which == "dense":
            return {"params": params}
        return {"params": 1e12, "active": self.count(1e9, 4e11, f"{owner}.active")}

    def other(self, owner, *, own=True):
        return "self" if own and self.maybe() else self.size(owner)

    def utilization(self, owner):
        value = self.share(0.15, 0.55, f"{owner}.utilization")  # with all recomputed below every matmul bound
        forms = [value, {"mfu": value, "scope": "whole-run"}, {"mfu": value, "peak": "bf16"}, {"hfu": value}]
        if not self.certain:
            forms += [{"mfu": value, "scope": "benchmark"}, {"tensor_active": value}]
        return self.pick(*forms, {"achieved": self.amount(4e13, 1.5e14)})

    def goodput(self, low, high, name):
        return "default" if not self.certain and self.maybe() else self.share(low, high, name)

    def machine(self, owner, *, time=True, format_=True):
        table = (
            {"peak": self.amount(1e14, 2e15)} if self.maybe() else {"hardware": self.pick("h100-sxm", "a100-sxm-80gb")}
        )
        if "hardware" in table and format_:
            table["format"] = "bf16"
            if table["hardware"] == "h100-sxm" and self.maybe():
                table["format"] = self.pick("fp8", {"fp8": 0.8, "bf16": 0.2})
        if time and self.pick(True, False):
            return table | {"chip_hours": self.amount(1e4, 1e8, f"{owner}.chip_hours")}
        table["chips"] = self.count(64, 1e5, f"{owner}.chips")
        if time:
            key = self.pick("days", "hours")
            table[key] = self.amount(5, 500, f"{owner}.{key}")
        return table

    def running(self, table):
        """Say of a machine what it takes, or ask for what is usual."""
        self.some(
            table,
            server_power=lambda: self.pick("1.2 kW", "900 W" if self.certain else "1.1 kW..1.3 kW", "default"),
            price=lambda: self.pick("2 USD", "3.50 USD" if self.certain else "2 USD .. 3 USD .. 5 USD", "default"),
        )
        return table

    def base(self):
        """Return one of two bases: stages that name the same say the same of it."""
        return self.pick(
            {"name": "one", "developer": "own", "flop": 4e24},
            {"name": "two", "developer": "other", "merged": True, "flop": 7e23},
            {"name": "three", "developer": "other", "params": 7e10, "tokens": 1.5e13},
            {"name": "four", "developer": "own", "config": LLAMA_8B, "tokens": 1.5e13, "seq_len": 4096},
            {"name": "five", "developer": "other"},
        )

    # --- stages ---

    def stage(self, index):
        kind = self.pick(*UPDATES, *FORWARD, "reinforcement-learning", "synthetic-data")
        stage = {"name": f"s{index}", "kind": kind}
        self.some(
            stage,
            phase=lambda: "after",
            actor=lambda: self.pick("on-behalf", "affiliate", "other"),
            base=self.base,
        )
        route = self.pick("flop", "machine", "tokens", "tokens", "tokens", "both")
        if kind == "synthetic-data" and self.maybe():
            stage["public"] = self.pick("yes", "no", "unknown")
        if route == "flop":
            stage["flop"] = self.amount(1e21, 1e26, f"s{index}.flop")
        elif route == "machine":
            self._by_machine(stage)
        elif kind == "reinforcement-learning":
            self._reinforcement(stage)
        elif kind == "synthetic-data":
            self._synthetic(stage)
        else:
            self._by_tokens(stage)
        if route in ("flop", "machine") and kind == "reinforcement-learning" and self.maybe():
            stage["update_share"] = self.share(0.1, 0.6, f"s{index}.update_share")
        if route == "both":
            stage |= self.machine(stage["name"], time=False)
            # So many chips for so long that no utilization is impossible: the point is the arithmetic.
            stage["chips"] = 1e9
            if self.maybe():
                stage["days"] = self.amount(5000, 9000, f"s{index}.days")
            elif self.certain or self.maybe():
                stage["utilization"] = self.share(0.15, 0.6)
        if route in ("machine", "both"):
            self.some(self.running(stage), pue=lambda: self.pick(1.1, 1.2 if self.certain else "1.08..1.15", "default"))
        return stage

    def _by_machine(self, stage):
        name, kind = stage["name"], stage["kind"]
        generating = kind in (*FORWARD, "reinforcement-learning", "synthetic-data")
        if kind != "synthetic-data" and self.maybe():
            stage |= self.size(name)
        stage |= self.machine(name)
        if kind in UPDATES:
            stage["seq_len"] = 2048
        if generating or self.certain or self.maybe():
            stage["utilization"] = self.utilization(name)
        if "availability" not in stage and self.maybe() and not _whole(stage):
            stage["availability"] = self.goodput(0.7, 0.98, f"{name}.availability")
        if kind in UPDATES and self.maybe() and not _whole(stage):
            stage["rework"] = self.goodput(0.01, 0.2, f"{name}.rework")
        if kind in UPDATES:
            stage["recompute"] = self.pick("none", "full")
        if _hfu(stage) and "recompute" not in stage:
            stage["utilization"] = 0.3
        if self.maybe():
            keys = [
                key for key in ("hardware", "peak", "format", "chips", "days", "hours", "chip_hours") if key in stage
            ]
            first = {key: stage.pop(key) for key in keys}
            second = self.machine(f"{name}.period[1]")
            stage["period"] = [first, self.running(second)]
            self.names = [
                one for one in self.names if not one.startswith((f"{name}.chip", f"{name}.days", f"{name}.hours"))
            ]
            self.names = [one for one in self.names if "period" not in one]

    def _by_tokens(self, stage):
        name, kind = stage["name"], stage["kind"]
        if self.maybe():
            stage |= self.size(name)
        stage["seq_len"] = self.pick(1024, 4096, 4096, {"1024": 0.75, "2048": 0.25})
        if stage["seq_len"] == 4096 and "config" in stage and self.maybe():
            stage["documents"] = self.pick([4096], [1000, 3000, 96])
        if self.maybe():
            stage["samples"] = self.count(1e8, 1e10, f"{name}.samples")
        else:
            stage["tokens"] = self.amount(1e11, 3e13, f"{name}.tokens")
        self.some(
            stage,
            epochs=lambda: self.amount(1, 4, f"{name}.epochs"),
            overhead=lambda: self.amount(1.01, 1.2, f"{name}.overhead"),
            attention=lambda: self.pick("masked", "full"),
        )
        if kind in UPDATES:
            self.some(stage, rework=lambda: self.share(0.01, 0.2, f"{name}.rework"))
            self.some(stage, padding=lambda: self.share(0.01, 0.2, f"{name}.padding"))
            self.some(stage, recompute=lambda: self.pick("none", "full"))
        if "config" in stage and kind in UPDATES:
            adapted = {"lora": lambda: {"rank": 16, "targets": TARGETS}}
            self.some(stage, **self.pick({}, adapted, {"adapter": lambda: 32}))
            if stage["config"] == EXPERTS:
                self.some(stage, capacity=lambda: self.amount(1.2, 1.5, f"{name}.capacity"))
            if stage.get("lora") is None and self.maybe():
                stage["recompute"] = self.pick("selective", "flash", "full+flash")
        if kind == "preference" and self.maybe():
            stage["reference"] = self.other(f"{name}.reference")
        if kind == "distillation" and self.maybe():
            stage["teacher"] = self.other(f"{name}.teacher")

    def _reinforcement(self, stage):
        name = stage["name"]
        if self.maybe():
            stage |= self.size(name)
        stage |= {
            "prompts": self.count(1e6, 1e9, f"{name}.prompts"),
            "samples_per_prompt": self.count(4, 64, f"{name}.samples_per_prompt"),
            "prompt_tokens": self.pick(100, 500, 3000),
            "tokens_per_sample": self.draw(st.integers(200, 30_000)),
        }
        self.some(
            stage,
            kept=lambda: self.share(0.2, 0.8, f"{name}.kept"),
            epochs=lambda: self.amount(1, 4, f"{name}.epochs"),
            overhead=lambda: self.amount(1.01, 1.2, f"{name}.overhead"),
            rework=lambda: self.share(0.01, 0.2, f"{name}.rework"),
            length_spread=lambda: self.pick(0.5, 1.1),
            recompute=lambda: "full",
            prefix_cache=self.maybe,
            padding=lambda: self.share(0.01, 0.2, f"{name}.padding"),
            reward_model=lambda: self.other(f"{name}.reward_model"),
            judge=lambda: self.other(f"{name}.judge"),
            reference=lambda: self.other(f"{name}.reference"),
            critic=lambda: self.other(f"{name}.critic"),
            old_log_probabilities=self.maybe,
        )
        if "judge" in stage and self.maybe():
            stage["judge_tokens"] = self.pick(10, 700)
        self._sampling(stage)
        if not self.certain:
            stage["tokens_per_sample"] = self.amount(200, 30_000, f"{name}.tokens_per_sample")

    def _sampling(self, stage):
        """Add what several turns, tools and drafting do to samples."""
        name = stage["name"]
        self.some(stage, tool_tokens=lambda: self.pick(50, 2500))
        if self.maybe():
            stage |= {"turns": self.pick(1, 2, 6), "evicted": self.maybe()}
        if self.maybe():
            chance = self.share(0.5, 0.9, f"{name}.speculative.acceptance")
            draft = self.size(f"{name}.speculative.draft")
            stage["speculative"] = {"draft": draft, "tokens": self.pick(1, 4, 7), "acceptance": chance}

    def _synthetic(self, stage):
        name = stage["name"]
        stage["generator"] = self.other(f"{name}.generator")
        stage["tokens_generated"] = self.amount(1e10, 5e13, f"{name}.tokens_generated")
        self.some(stage, overhead=lambda: self.amount(1.01, 1.2, f"{name}.overhead"))
        if self.maybe():
            stage |= {"prompt_tokens": self.pick(100, 3000), "tokens_per_sample": self.draw(st.integers(200, 30_000))}
            self.some(stage, length_spread=lambda: self.pick(0.5, 1.1))
            self._sampling(stage)
            if self.maybe():
                stage |= {"prefix_cache": True, "samples_per_prompt": self.pick(2, 16)}


def _whole(stage):
    given = stage.get("utilization")
    return isinstance(given, dict) and given.get("scope") == "whole-run"


def _hfu(stage):
    return isinstance(stage.get("utilization"), dict) and bool({"hfu", "tensor_active"} & set(stage["utilization"]))


@st.composite
def plans(draw, *, certain):
    """Return the tree of a plan of one to three stages."""
    drawing = Drawing(draw, certain=certain)
    stages = [drawing.stage(index) for index in range(draw(st.integers(1, 3)))]
    tree = {"day": "2026-11-22", "model": drawing.size("model"), "stage": stages}
    drawing.some(tree, pue=lambda: drawing.pick(1.15, 1.15 if certain else "1.1 .. 1.15 .. 1.3", "default"))
    names = [name for name in drawing.names if not name.startswith("model.")]
    if not certain and len(names) > 1 and drawing.maybe():
        one, two = draw(st.permutations(names))[:2]
        tree["correlation"] = [{"between": [one, two], "rho": drawing.pick(-0.7, 0.4, 0.95)}]
    return tree
