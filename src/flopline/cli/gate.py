"""The gate of a pipeline: a limit on the probability of crossing lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flopline.cli.options import number_of
from flopline.documents import suggestion_hint
from flopline.errors import Place, PlanError
from flopline.settings import reading_of

if TYPE_CHECKING:
    from flopline.engine import Estimate


@dataclass(frozen=True, slots=True)
class Gate:
    """A limit, the lines it watches (all if none is named), and the reading it uses."""

    limit: float | None
    lines: tuple[str, ...]
    reading: str

    @classmethod
    def of(cls, limit: str | None, lines: list[str], reading: str) -> Gate:
        """Return the gate that flags describe."""
        reading_of(reading, "--reading")
        if lines and limit is None:
            message = "`--line` names what a gate watches, and needs `--fail-above`"
            raise PlanError(message, hint="add --fail-above 5%", place=Place(key="--line"))
        return cls(None if limit is None else number_of(limit, "--fail-above", 0, 0.0, 1.0), tuple(lines), reading)

    def tripped(self, estimate: Estimate) -> tuple[str, ...]:
        """Return the lines above the limit; a line whose law does not apply trips nothing.

        A share of a model that the plan does not name has no probability: such a line trips nothing among all lines,
        and is an error where the gate names it.

        Raises
        ------
        PlanError
            The gate names a line that no law in force has, or one without a probability.
        """
        if self.limit is None:
            return ()
        known = [line.id for line in estimate.lines]
        for name in self.lines:
            if name not in known:
                message = f"no line `{name}`"
                hint = suggestion_hint(name, known) or f"lines: {', '.join(known)}"
                raise PlanError(message, hint=hint, place=Place(key="--line"))
        watched = [line for line in estimate.lines if not self.lines or line.id in self.lines]
        chances = {line.id: getattr(line, self.reading).probability for line in watched}
        for name in self.lines:
            if chances[name] is None:
                message = f"`{name}` is a share of a base model, and the plan names none: it has no probability"
                hint = "name the model that the first stage starts from: base = { ... }"
                raise PlanError(message, hint=hint, place=Place(key="--line"))
        return tuple(
            line.id
            for line in watched
            if line.applies != "no" and (chance := chances[line.id]) is not None and chance > self.limit
        )
