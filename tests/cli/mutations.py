"""Plans, configurations and flags with something wrong in them, as hypothesis strategies.

Half of them are a valid plan with a single change, so that they get past the syntax; a few changes leave a plan valid.
"""

from __future__ import annotations

import copy
import json
import tomllib
from dataclasses import dataclass
from typing import Any

from graftings import FOLDER, OWN_BASES, OWN_CHIPS, PARTS, RICH
from hostile import HOSTILE, TEXTS
from hypothesis import strategies as st

from flopline.plan import examples, keys_of_estimate
from flopline.plan.kinds import KEYS

CONFIGS = [json.loads(path.read_text()) for path in (FOLDER / "small.json", *examples()[0].path.parent.glob("*.json"))]
SHIPPED = [tomllib.loads(one.path.read_text()) for one in examples()]

WORDS = ("schema", "stage", "model", "", "Tokens", "token", "seq_length", "__class__")
NAMES = sorted({*keys_of_estimate(), *(key for keys in KEYS.values() for key in keys), *WORDS})

PathOf = tuple[str | int, ...]


@dataclass(frozen=True)
class Input:
    """What a run is asked: files to write, and the arguments."""

    files: dict[str, bytes]
    arguments: tuple[str, ...]


def at(tree: Any, path: PathOf) -> Any:
    for part in path:
        tree = tree[part]
    return tree


def paths(tree: Any, prefix: PathOf = ()) -> list[PathOf]:
    """Return the path of everything inside a tree."""
    keys = list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    return [found for key in keys for found in ((*prefix, key), *paths(tree[key], (*prefix, key)))]


def _delete(tree: Any, path: PathOf, _: Any) -> None:
    del at(tree, path[:-1])[path[-1]]


def _replace(tree: Any, path: PathOf, value: Any) -> None:
    at(tree, path[:-1])[path[-1]] = value


def _rename(tree: Any, path: PathOf, name: Any) -> None:
    table = at(tree, path[:-1])
    if isinstance(table, dict):
        table[name] = table.pop(path[-1])


def _add(tree: Any, path: PathOf, pair: Any) -> None:
    table = at(tree, path)
    if isinstance(table, dict):
        table[pair[0]] = pair[1]
    elif isinstance(table, list):
        table.append(pair[1])


def _repeat(tree: Any, path: PathOf, times: Any) -> None:
    """Put a list's own items behind it, or a value into a list."""
    table = at(tree, path[:-1])
    value = table[path[-1]]
    table[path[-1]] = copy.deepcopy(value) * times if isinstance(value, list) else [copy.deepcopy(value)]


def _distort(tree: Any, path: PathOf, how: Any) -> None:
    """Change a sign, a unit, a type or the order of two ends."""
    table, value = at(tree, path[:-1]), at(tree, path)
    if isinstance(value, str):
        low, dots, high = value.partition("..")
        changed = {
            "sign": f"-{value}", "unit": f"{value}B", "percent": f"{value}%",
            "swap": f"{high}{dots}{low}" if dots else value[::-1],
            "type": value.rstrip("%TBMk"), "tiny": "1e-30", "huge": "1e30", "case": value.swapcase(),
            "space": f" {value} ",
        }[how]  # fmt: skip
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        changed = {
            "sign": -value, "unit": f"{value}B", "percent": f"{value}%", "swap": 1 / value if value else 0,
            "type": str(value),
            "tiny": value * 1e-30, "huge": value * 10**30, "case": bool(value), "space": float(value),
        }[how]  # fmt: skip
    else:
        changed = str(value)
    table[path[-1]] = changed


def mutants(trees: list[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a tree with one change."""
    return st.sampled_from(trees).flatmap(_changed)


@st.composite
def _changed(draw: st.DrawFn, tree: dict[str, Any]) -> dict[str, Any]:
    everything = paths(tree)
    changed = copy.deepcopy(tree)
    path = draw(st.sampled_from(everything))
    change, values = draw(st.sampled_from([
        (_replace, st.sampled_from(HOSTILE)),
        (_replace, st.sampled_from(everything).map(lambda other: copy.deepcopy(at(tree, other)))),
        (_delete, st.none()),
        (_rename, st.sampled_from(NAMES)),
        (_add, st.tuples(st.sampled_from(NAMES), st.sampled_from(HOSTILE))),
        (_repeat, st.sampled_from([2, 3, 30])),
        (_distort, st.sampled_from(["sign", "unit", "percent", "swap", "type", "tiny", "huge", "case", "space"])),
    ]))  # fmt: skip
    change(changed, path, draw(values))
    return changed


@st.composite
def parts_of_the_rich_plan(draw: st.DrawFn) -> dict[str, Any]:
    """Return the rich plan with only one or two of its stages, which is answered sooner."""
    chosen = draw(st.lists(st.sampled_from(range(len(RICH["stage"]))), min_size=1, max_size=2, unique=True))
    stages = [stage for index, stage in enumerate(RICH["stage"]) if index in chosen]
    names = {stage["name"] for stage in stages}
    tree = copy.deepcopy({**RICH, "stage": stages})
    tree["correlation"] = [
        one for one in RICH["correlation"] if all(name.split(".")[0] in names for name in one["between"])
    ]
    return tree


@st.composite
def grafted(draw: st.DrawFn) -> dict[str, Any]:
    """Return a plan whose stages have a few keys of other stages, or another kind: often a valid plan."""
    tree = draw(st.one_of(parts_of_the_rich_plan(), st.sampled_from(SHIPPED).map(copy.deepcopy)))
    for _ in range(draw(st.integers(1, 3))):
        stage = draw(st.sampled_from(tree["stage"]))
        match draw(st.sampled_from(["graft", "graft", "graft", "kind", "drop", "size", "chip", "base", "start"])):
            case "graft":
                key, value = draw(st.sampled_from(PARTS))
                stage[key] = copy.deepcopy(value)
            case "kind":
                stage["kind"] = draw(st.sampled_from(sorted(KEYS)))
            case "drop":
                stage.pop(draw(st.sampled_from(sorted(stage))), None)
            case "chip":
                tree["hardware"] = {"own-chip": copy.deepcopy(draw(st.sampled_from(OWN_CHIPS)))}
                stage["hardware"] = "own-chip"
            case "base":
                tree["base"] = {"own-model": copy.deepcopy(draw(st.sampled_from(OWN_BASES)))}
                stage["base"] = "own-model"
            case "start":
                tree["start"] = draw(st.sampled_from(["2027-01-15", "2026-12-01", "9999-12-31", "0001-01-01"]))
                stage["duration"] = "20..30"
            case _:
                tree["model"] = draw(
                    st.sampled_from(
                        [
                            {"params": "70B"},
                            {"params": "60B..80B", "active": "8B"},
                            {},
                            {"config": "small.json", "mtp": True},
                        ]
                    )
                )
        if "kind" not in stage or "name" not in stage:
            break
    return tree


plans = st.one_of(mutants(SHIPPED), parts_of_the_rich_plan().flatmap(_changed), grafted(), grafted())


def json_text(tree: Any) -> str:
    return json.dumps(tree, default=str)


def toml_text(tree: dict[str, Any]) -> str:
    """Return a tree as TOML, with everything below the top written inline."""
    return "".join(f"{_key(key)} = {_inline(value)}\n" for key, value in tree.items())


def _key(key: object) -> str:
    return json.dumps(str(key), ensure_ascii=True)


def _inline(value: Any) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{_key(key)} = {_inline(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_inline, value)) + "]"
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case float() | int():
            return repr(value)
        case _:
            return value.isoformat()


COMMANDS = [
    ("estimate",), ("estimate", "--json"), ("estimate", "--json"), ("estimate", "--fail-above", "5%"), ("check",),
    ("check", "--json"), ("explain",),
    ("explain", "--json"), ("sweep", "--vary", "model.params=1B,2B"),
    ("sweep", "--json", "--vary", "pretrain.tokens=1T:2T:3"),
    ("estimate", "--tokens", "1T"), ("estimate", "-v", "--level", "50%"),
    ("timeline",), ("timeline", "--json"), ("figures",), ("figures", "--json"),
    ("compare",), ("compare", "-v", "--against", "us-ca-sb53/frontier"), ("compare", "--json"),
]  # fmt: skip


@st.composite
def mutated_plans(draw: st.DrawFn) -> Input:
    tree = draw(plans)
    as_toml = draw(st.booleans())
    text = toml_text(tree) if as_toml else json_text(tree)
    name = "plan.toml" if as_toml else "plan.json"
    command, *flags = draw(st.sampled_from(COMMANDS))
    return Input({name: text.encode("utf-8", "surrogatepass")}, (command, name, *flags))


@st.composite
def mutated_configs(draw: st.DrawFn) -> Input:
    config = draw(mutants(CONFIGS))
    command = draw(st.sampled_from([
        ("count", "config.json", "--seq-len", "2048"),
        ("count", "config.json", "--seq-len", "1", "--json", "--lora", "8"),
        ("estimate", "--config", "config.json", "--tokens", "1T", "--seq-len", "4096", "--json"),
        ("estimate", "--config", "config.json", "--tokens", "1T..2T", "--seq-len", "512", "--recompute", "full"),
    ]))  # fmt: skip
    return Input({"config.json": json_text(config).encode("utf-8", "surrogatepass")}, command)


SCRAPS = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(st.sampled_from(["[", "]", "{", "}", "=", ",", '"', "'", "#", "\n", "stage", "[[stage]]", "name", ".",
    "1", "1e9", "'''", "\\", "\t", "2026-01-01"]), max_size=40)
    .map(lambda words: "".join(words).encode()),
)  # fmt: skip


@st.composite
def broken_files(draw: st.DrawFn) -> Input:
    """Return a file that is mostly no TOML and no JSON at all, or a valid one with bytes cut out and put in."""
    if draw(st.booleans()):
        data = draw(SCRAPS)
    else:
        whole = (FOLDER / "rich.toml").read_bytes() if draw(st.booleans()) else json_text(SHIPPED[0]).encode()
        start = draw(st.integers(0, len(whole)))
        data = whole[:start] + draw(SCRAPS) + whole[start + draw(st.integers(0, 40)) :]
    name = draw(st.sampled_from(["plan.toml", "plan.json", "plan", "config.json"]))
    command = draw(
        st.sampled_from([("estimate", name, "--json"), ("check", name), ("count", name, "--seq-len", "128")])
    )
    return Input({name: data}, command)


FLAGS = {
    "params": "70B", "active": "8B", "tokens": "15T..17T", "seq-len": "8192", "samples": "1M", "epochs": "2",
    "overhead": "1.1", "rework": "1%..3%",
    "recompute": "full", "attention": "full", "lora": "16", "trainable": "last-2", "mtp": "true",
    "hardware": "h100-sxm", "peak": "989 TFLOP/s", "chips": "16384",
    "days": "60..80", "hours": "1000", "chip-hours": "2.79M", "format": "fp8=0.8,bf16=0.2", "utilization": "35%..45%",
    "availability": "95%", "server-power": "1.1 kW..1.3 kW", "price": "2 USD", "pue": "1.08..1.15",
    "relation": "time-bound", "flop": "1e25..2e25", "kind": "fine-tuning", "name": "run", "config": "small.json",
    "generates": "text", "general": "yes",
    "markets": "eu=yes", "revenue": "2025=620M USD", "start": "2027-01-15", "none": "post-training", "title": "A run",
    "public": "no", "actor": "own",
    "phase": "after", "note": "n", "base": "{ name = 'b', developer = 'own', flop = 1e24 }",
    "generator": "{ params = '405B' }", "tokens-generated": "1T",
    "day": "2026-11-22", "level": "80%", "tolerance": "1e-3", "seed": "7", "threads": "2", "color": "always",
    "fail-above": "5%", "line": "eu-ai-act/gpai",
    "reading": "broad", "catalogue": ".", "prompts": "2M", "kept": "90%", "prefix-cache": "true",
    "happens": "40%",
}  # fmt: skip
STARTS = [
    {"params": "70B", "tokens": "15T"}, {"params": "671B", "active": "37B", "tokens": "14.8T"},
    {"chips": "16384", "hardware": "h100-sxm", "days": "60..80"},
    {"config": "small.json", "tokens": "1T", "seq-len": "4096"}, {"flop": "1e25"}, {},
]  # fmt: skip


EXTRAS = [
    (), (), (), ("--json",), ("--json",), ("llama-3.1-405b",), ("nowhere.toml",), ("--tokenz", "1T"), ("--tokens",),
    ("-x",),
    ("",), ("-q", "-v"),
]  # fmt: skip


@st.composite
def mutated_flags(draw: st.DrawFn) -> Input:
    given = dict(draw(st.sampled_from(STARTS)))
    for _ in range(draw(st.integers(1, 2))):
        name = draw(st.sampled_from(sorted(FLAGS)))
        given[name] = draw(st.one_of(st.just(FLAGS[name]), st.sampled_from(TEXTS)))
    arguments = [part for name, value in given.items() for part in (f"--{name}", value)]
    extra = draw(st.sampled_from(EXTRAS))
    return Input({}, ("estimate", *extra, *arguments))


inputs = st.one_of(
    mutated_plans(), mutated_plans(), mutated_plans(), mutated_configs(), broken_files(), mutated_flags()
)
