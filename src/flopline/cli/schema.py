"""`flopline schema`: the plan's JSON Schema."""


def schema() -> int:
    """Print the JSON Schema of a plan, for editors and validators."""
    import json

    from flopline.cli.talk import print_answer
    from flopline.plan.schema import plan_schema

    print_answer(json.dumps(plan_schema(), indent=2, ensure_ascii=False) + "\n")
    return 0
