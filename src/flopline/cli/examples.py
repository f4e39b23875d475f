"""`flopline examples`: plans that run at once, and the Commission's worked examples."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from flopline.cli.options import Json


class Collection(StrEnum):
    """What else ships beside plans."""

    GUIDELINES = "guidelines"


def examples(
    collection: Annotated[
        Collection | None,
        typer.Argument(metavar="[guidelines]", help="Compute the worked examples of the Commission's Guidelines."),
    ] = None,
    *,
    json_: Json = False,
) -> int:
    """List the plans that ship with flopline, or compute the Commission's worked examples."""
    return _guidelines(json_=json_) if collection is Collection.GUIDELINES else _plans(json_=json_)


def _plans(*, json_: bool) -> int:
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


def _guidelines(*, json_: bool) -> int:
    from flopline.cli.talk import print_answer, print_json
    from flopline.engine.worked_examples import worked_examples
    from flopline.report.envelope import envelope
    from flopline.report.worked_examples_text import worked_examples_text

    worked = worked_examples()
    if json_:
        print_json(envelope("examples", worked.to_dict()))
    else:
        print_answer(worked_examples_text(worked))
    return 0
