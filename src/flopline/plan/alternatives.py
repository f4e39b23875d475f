"""What must hold between machines of which exactly one will be used."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from flopline.distributions import ROUNDING
from flopline.errors import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.plan.model import Stage


def problems_of_alternatives(stage: Stage) -> Iterator[tuple[tuple[str | int, ...], Diagnostic]]:
    """Yield what is wrong with the machines under `either`, each with the path of its key inside the stage."""
    if not stage.either:
        return
    if stage.period:
        message = "`either` and `period` are both given"
        yield ("either",), Diagnostic("E391", message, hint="one machine or another with all its days, or periods")
    if len(stage.either) == 1:
        message = "`either` has one machine, and nothing that could be used instead"
        yield ("either", 0), Diagnostic("E392", message, hint="add a [[stage.either]], or write its keys in the stage")
        return
    whole = math.fsum(one.probability for one in stage.either)
    if abs(whole - 1) > ROUNDING:
        message = f"the probabilities of `either` add up to {whole:.10g}, not to 1"
        yield (
            ("either", len(stage.either) - 1, "probability"),
            Diagnostic("E392", message, hint="exactly one of the machines will be used"),
        )
    if stage.relation == "independent":
        message = "a machine that may be another one has measured nothing to be fused with the tokens"
        yield (
            ("relation",),
            Diagnostic("E320", message, hint='"tokens-bound" counts the tokens, "time-bound" the machine'),
        )
