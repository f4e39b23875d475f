"""The JSON Schema of a plan, in the draft that editors' TOML plugins accept."""

from __future__ import annotations

from typing import Any

from flopline.plan.model import Plan

DRAFT = "http://json-schema.org/draft-07/schema#"


def plan_schema() -> dict[str, Any]:
    """Return the schema of a plan file (draft 7: `definitions`, no `$defs`, no `prefixItems`)."""
    schema = _older(Plan.model_json_schema(by_alias=True, mode="validation"))
    return {
        "$schema": DRAFT,
        "title": "flopline plan",
        **{key: schema[key] for key in schema if key != "title"},
    }


def _older(node: Any) -> Any:  # a JSON tree holds anything
    """Rewrite the few words in which pydantic's draft 2020-12 differs from draft 7."""
    if isinstance(node, list):
        return [_older(item) for item in node]
    if not isinstance(node, dict):
        return node
    renamed = {"$defs": "definitions", "prefixItems": "items"}
    older = {renamed.get(key, key): _older(value) for key, value in node.items()}
    if "$ref" in older:
        older["$ref"] = str(older["$ref"]).replace("#/$defs/", "#/definitions/")
    return older
