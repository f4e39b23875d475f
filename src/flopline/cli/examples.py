"""`flopline examples`: plans that run at once."""

from flopline.cli.options import Json


def examples(*, json_: Json = False) -> int:
    """List the plans that ship with flopline."""
    from flopline.cli.talk import print_answer, print_json
    from flopline.plan.examples import examples as shipped
    from flopline.report.columns import columns
    from flopline.report.envelope import envelope

    listed = shipped()
    if json_:
        print_json(
            envelope(
                "examples",
                {"examples": [{"name": one.name, "description": one.description} for one in listed]},
            )
        )
    else:
        print_answer("\n".join(columns([(one.name, one.description) for one in listed], indent=0)) + "\n")
    return 0
