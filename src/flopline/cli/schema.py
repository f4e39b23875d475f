"""`flopline schema`: the plan's JSON Schema."""

from flopline.cli.options import Json


def schema(*, json_: Json = False) -> int:
    """Print the JSON Schema of a plan, for editors and validators."""
    import json

    from flopline.cli.talk import print_answer, print_json
    from flopline.plan.schema import plan_schema
    from flopline.report.envelope import envelope

    if json_:
        print_json(envelope("schema", {"json_schema": plan_schema()}))
    else:
        print_answer(json.dumps(plan_schema(), indent=2, ensure_ascii=False) + "\n")
    return 0
