"""One generated sample of a stage, and what models do with it: read it, write it, score it, learn from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from flopline.engine.lengths import decoded, judged, per_sample, prefilled, reread
from flopline.engine.passes import FORWARD, TRAINING, Passes, by_parameters, size_name
from flopline.engine.quantities import Quantities, constant
from flopline.errors import PlanError
from flopline.plan import ModelSize, Stage, sized

if TYPE_CHECKING:
    from collections.abc import Callable

    from flopline.architecture import Architecture
    from flopline.engine.factors import Factor, Term, Transform
    from flopline.plan import OtherModel


@dataclass(frozen=True, slots=True)
class Participant:
    """A model that takes part in generation: its size, the dotted name of that, and how it is passed through."""

    size: ModelSize
    owner: str
    passes: Passes

    @property
    def exact(self) -> bool:
        """Whether it is counted by a ledger."""
        return self.size.config is not None


@dataclass(frozen=True, slots=True)
class Sample:
    """What is known about one generated sample of a stage."""

    stage: Stage
    quantities: Quantities

    def policy(self) -> Participant:
        """Return the model that the stage trains."""
        plan = self.quantities.plan
        return Participant(sized(self.stage, plan.model), size_name(self.stage), Passes.of(self.stage, plan))

    def model(self, other: OtherModel, role: str) -> Participant:
        """Return another model of the stage, which may be the stage's own."""
        if other.own:
            return self.policy()
        return Participant(other, size_name(self.stage, role), Passes.of_another(self.stage, other.config))

    @property
    def length(self) -> Factor:
        """Tokens that are generated."""
        return self._factor("tokens_per_sample")

    def read(self) -> tuple[Factor, ...]:
        """Return the tokens that are read and not generated: the prompt, and what tools return."""
        names = ("prompt_tokens", "tool_tokens")
        return tuple(self._factor(name) for name in names if getattr(self.stage, name) is not None)

    @property
    def context(self) -> int:
        """Tokens that are read and not generated, as one number: an exact ledger's attention mixes all lengths."""
        return sum(self._whole(name) for name in ("prompt_tokens", "tool_tokens"))

    @property
    def prompt(self) -> int:
        """Tokens of the prompt, as one number."""
        return self._whole("prompt_tokens")

    @property
    def spread(self) -> float:
        """Coefficient of variation of the generated lengths."""
        if self.stage.length_spread is None:
            return 0.0
        value = self._factor("length_spread").certain
        if value is None:
            message = f"stage `{self.stage.name}`: `length_spread` is one number, the coefficient of variation"
            raise PlanError(message)
        return float(value)

    def prefill(self, model: Participant) -> Term:
        """Return prefill FLOP per prompt."""
        prompt = self._factor("prompt_tokens")
        if model.size.config is None:
            return (prompt, *self._by_parameters(FORWARD, model))
        return (replace(prompt, transform=prefilled(model.size.config, model.owner)),)

    def tools(self, model: Participant) -> tuple[Term, ...]:
        """Return FLOP per sample of reading what tools return, after the prompt."""
        if self.stage.tool_tokens is None:
            return ()
        returned = self._factor("tool_tokens")
        if model.size.config is None:
            return ((returned, *self._by_parameters(FORWARD, model)),)
        transform = prefilled(model.size.config, model.owner, before=self.prompt)
        return ((replace(returned, transform=transform),),)

    def decode(self, model: Participant, *, each: bool = False) -> Term:
        """Return decode FLOP per sample, or per generated token."""
        if model.size.config is None:
            passed = self._by_parameters(FORWARD, model)
            return passed if each else (self.length, *passed)
        if self.stage.tokens_per_sample is None:
            transform = decoded(model.size.config, 0.0, 0.0, model.owner, each=True)
            return (replace(constant("tokens per sample", 1, "architecture"), transform=transform),)
        context = self.context
        name = f"{model.owner} after {context} tokens"
        transform = decoded(model.size.config, float(context), self.spread, name, each=each)
        return (replace(self.length, transform=transform),)

    def again(self, model: Participant) -> tuple[Term, ...]:
        """Return FLOP per sample of reading everything before again in each turn but the first.

        Where the cache is lost between `turns`, turn j + 1 of T reads the prompt and j/T of what was generated and
        returned by then.
        """
        turns = self.stage.turns or 1
        if not self.stage.evicted or turns == 1:
            return ()
        if model.size.config is not None:
            transform = reread(model.size.config, self.prompt, self.context - self.prompt, turns, model.owner)
            return ((replace(self.length, transform=transform),),)
        passed = self._by_parameters(FORWARD, model)
        prompts = constant("turns that read the prompt again", turns - 1, "plan")
        halves = constant("mean times that a token is read again", _half(turns - 1), "plan")
        prompt, *returned = self.read()
        return ((prompts, prompt, *passed), *((halves, length, *passed) for length in (*returned, self.length)))

    def trained(self, model: Participant, samples: Term) -> tuple[Term, ...]:
        """Return forward and backward passes over whole samples."""
        return self._passed(model, samples, TRAINING, "training", model.passes.training)

    def scored(self, model: Participant, samples: Term) -> tuple[Term, ...]:
        """Return forward passes over whole samples."""
        return self._passed(model, samples, FORWARD, "forward", model.passes.forward)

    def recomputed(self, model: Participant, samples: Term) -> tuple[Term, ...]:
        """Return what passes over whole samples compute twice."""
        return self._passed(model, samples, FORWARD, "recomputed", model.passes.recomputed)

    def routed(self, model: Participant, samples: Term) -> tuple[Term, ...]:
        """Return what routed experts compute in passes over whole samples."""
        if model.size.config is None:
            message = f"stage `{self.stage.name}`: `capacity` needs a `config`, which says what the experts cost"
            raise PlanError(message, code="E321")
        return self._passed(model, samples, TRAINING, "expert", model.passes.routed)

    def judged(self, model: Participant, samples: Term) -> tuple[Term, ...]:
        """Return what a judge reads, whole samples, and what it writes about them."""
        verdict = self._factor("judge_tokens")
        if model.size.config is None:
            passed = self._by_parameters(FORWARD, model)
            return tuple((*samples, length, *passed) for length in (*self.read(), self.length, verdict))
        transform = judged(model.size.config, self.context, self._whole("judge_tokens"), model.owner)
        return ((*samples, replace(self.length, transform=transform)),)

    def _passed(
        self, model: Participant, samples: Term, by: int, what: str, exact: Callable[[Architecture, int], int]
    ) -> tuple[Term, ...]:
        """Return passes over whole samples, all that is read and generated together.

        Parameters
        ----------
        by : int
            FLOP per parameter and token, for models given by their parameters.
        what, exact
            The same for models given exactly: a name, and FLOP of a sequence.
        """
        architecture = model.size.config
        if architecture is None:
            each = self._by_parameters(by, model)
            return tuple((*samples, length, *each) for length in (*self.read(), self.length))
        name = f"{what} FLOP of {model.owner}"
        transform: Transform = per_sample(name, lambda length: exact(architecture, length), self.context, self.spread)
        return ((*samples, replace(self.length, transform=transform)),)

    def _by_parameters(self, flop: int, model: Participant) -> Term:
        return by_parameters(flop, model.size, model.owner, self.quantities)

    def _factor(self, key: str) -> Factor:
        return self.quantities.factor(f"{self.stage.name}.{key}")

    def _whole(self, key: str) -> int:
        if getattr(self.stage, key) is None:
            return 0
        value = self._factor(key).certain
        if value is None:
            message = f"stage `{self.stage.name}`: an uncertain `{key}` needs a model given by `params`"
            raise PlanError(message, hint=f"give `{key}` as one number, or the model as {{ params = ... }}")
        return round(value)


def _half(number: int) -> Fraction:
    return Fraction(number, 2)
