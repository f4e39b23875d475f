"""The JSON Schema that editors and validators read (draft 7)."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import pytest
from planning import HERE, RICH

from flopline.literals.tables import FORMS, MIXTURE
from flopline.plan import examples
from flopline.plan.amounts import LONG_FORMS
from flopline.plan.schema import plan_schema

SCHEMA = plan_schema()
TYPES = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
    "null": type(None),
}  # fmt: skip


def valid(value: Any, schema: dict[str, Any]) -> bool:
    """Return whether a value fits a schema, by the few words of draft 7 that it uses."""
    if "$ref" in schema:
        *_, name = schema["$ref"].split("/")
        return valid(value, SCHEMA["definitions"][name])
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        return False
    checks = {
        "const": lambda want: value == want,
        "enum": lambda words: value in words,
        "anyOf": lambda choices: any(valid(value, one) for one in choices),
        "pattern": lambda pattern: re.search(pattern, value) is not None,
        "minimum": lambda least: value >= least,
        "maximum": lambda most: value <= most,
        "minItems": lambda least: len(value) >= least,
        "maxItems": lambda most: len(value) <= most,
        "minLength": lambda least: len(value) >= least,
        "maxLength": lambda most: len(value) <= most,
        "required": lambda keys: not isinstance(value, dict) or set(keys) <= set(value),
    }
    if any(word in schema and not check(schema[word]) for word, check in checks.items()):
        return False
    if isinstance(value, dict):
        return all(_property(key, item, schema) for key, item in value.items())
    if isinstance(value, list) and "items" in schema:
        items = schema["items"]
        pairs = zip(value, items, strict=False) if isinstance(items, list) else ((item, items) for item in value)
        return all(valid(item, one) for item, one in pairs)
    return True


def _property(key: str, value: Any, schema: dict[str, Any]) -> bool:
    known = schema.get("properties", {})
    if key in known:
        return valid(value, known[key])
    names = schema.get("propertyNames", {})
    others = schema.get("additionalProperties", True)
    return valid(key, names) and (valid(value, others) if isinstance(others, dict) else others)


def plain(tree: Any) -> Any:
    """Return a tree as JSON sees it: dates as texts."""
    return json.loads(json.dumps(tree, default=str))


@pytest.mark.parametrize("path", [one.path for one in examples()], ids=lambda path: path.stem)
def test_every_shipped_plan_fits(path):
    assert valid(plain(tomllib.loads(path.read_text())), SCHEMA)


def test_a_plan_with_every_kind_of_stage_fits():
    assert valid(plain(tomllib.loads(RICH)), SCHEMA)


CHANGES = {
    "an unknown key": lambda tree: tree.update(titel="x"),
    "another version": lambda tree: tree.update(schema=2),
    "no stage": lambda tree: tree.pop("stage"),
    "an empty list of stages": lambda tree: tree.update(stage=[]),
    "too many stages": lambda tree: tree.update(stage=tree["stage"] * 3),
    "a kind that does not exist": lambda tree: tree["stage"][0].update(kind="training"),
    "a stage without a name": lambda tree: tree["stage"][0].pop("name"),
    "a name of two words": lambda tree: tree["stage"][0].update(name="pre train"),
    "a list as an amount": lambda tree: tree["stage"][0].update(tokens=[1]),
    "a distribution that does not exist": lambda tree: tree["stage"][0].update(tokens={"dist": "unifrom"}),
    "a table without a distribution": lambda tree: tree["stage"][0].update(tokens={"low": 1, "high": 2}),
    "a length of zero": lambda tree: tree["stage"][0].update(seq_len=0),
    "a format that does not exist": lambda tree: tree["stage"][0].update(format="bf17"),
    "another model called other": lambda tree: tree["stage"][4].update(reference="other"),
    "an unknown key in a table": lambda tree: tree["stage"][3]["base"].update(size="7B"),
    "no owner of a base": lambda tree: tree["stage"][3]["base"].pop("developer"),
    "a rank of zero": lambda tree: tree["stage"][3].update(lora=0),
    "an answer that is none": lambda tree: tree["model"].update(general=True),
    "a correlation of two": lambda tree: tree["correlation"][0].update(rho=2),
    "a correlation of three": lambda tree: tree["correlation"][0]["between"].append("model.params"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_broken_plan_does_not(change):
    tree = plain(tomllib.loads(RICH))
    CHANGES[change](tree)
    assert not valid(tree, SCHEMA)


def test_the_broken_plan_does_not():
    assert not valid(plain(tomllib.loads((HERE / "broken.toml").read_text())), SCHEMA)


def test_it_is_draft_7_which_editors_of_toml_accept():
    text = json.dumps(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert not any(word in text for word in ("$defs", "prefixItems", "unevaluated", "discriminator"))


def test_every_reference_leads_somewhere():
    names = set(re.findall(r'"#/definitions/(\w+)"', json.dumps(SCHEMA)))
    assert names == set(SCHEMA["definitions"])


def test_it_offers_the_long_forms_that_plans_can_use():
    assert set(LONG_FORMS) == {*FORMS, MIXTURE}
