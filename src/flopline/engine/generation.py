"""Stages that generate: synthetic data and reinforcement learning."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flopline.engine.factors import Entry, Factor, Term
from flopline.engine.lengths import decoded, per_sample, prefilled
from flopline.engine.passes import FORWARD, TRAINING, Passes, by_parameters, size_name
from flopline.engine.quantities import Quantities, constant
from flopline.engine.updates import Relation, attributes_of, lost_steps, recomputation
from flopline.errors import PlanError
from flopline.plan import ModelSize, Stage, sized

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flopline.architecture import Architecture
    from flopline.engine.factors import Transform
    from flopline.plan import OtherModel
    from flopline.regimes import Attributes


@dataclass(frozen=True, slots=True)
class _Model:
    """A model that takes part in generation: its size, the dotted name of that, and how it is passed through."""

    size: ModelSize
    owner: str
    passes: Passes

    @property
    def exact(self) -> bool:
        return self.size.config is not None


@dataclass(frozen=True, slots=True)
class _Sample:
    """What is known about one generated sample of a stage."""

    stage: Stage
    quantities: Quantities

    def policy(self) -> _Model:
        """Return the model that the stage trains."""
        plan = self.quantities.plan
        return _Model(sized(self.stage, plan.model), size_name(self.stage), Passes.of(self.stage, plan))

    def model(self, other: OtherModel, role: str) -> _Model:
        """Return another model of the stage, which may be the stage's own."""
        if other.own:
            return self.policy()
        return _Model(other, size_name(self.stage, role), Passes.of_another(self.stage))

    @property
    def length(self) -> Factor:
        return self.quantities.factor(f"{self.stage.name}.tokens_per_sample")

    @property
    def prompt(self) -> Factor:
        return self.quantities.factor(f"{self.stage.name}.prompt_tokens")

    @property
    def whole_prompt(self) -> int:
        """The prompt as one number, which an exact ledger needs: its attention mixes both lengths."""
        value = self.prompt.certain
        if value is None:
            message = f"stage `{self.stage.name}`: an uncertain `prompt_tokens` needs a model given by `params`"
            raise PlanError(message, hint="give `prompt_tokens` as one number, or the model as { params = ... }")
        return round(value)

    @property
    def spread(self) -> float:
        if self.stage.length_spread is None:
            return 0.0
        value = self.quantities.factor(f"{self.stage.name}.length_spread").certain
        if value is None:
            message = f"stage `{self.stage.name}`: `length_spread` is one number, the coefficient of variation"
            raise PlanError(message)
        return float(value)


def synthetic_attributes(stage: Stage) -> Attributes:
    """Return what synthetic data is to a law: private unless it is said to be public; whose model made it."""
    activity = "synth-public" if stage.public == "yes" else "synth-private"
    own = stage.generator is not None and stage.generator.own
    return attributes_of(stage, activity, "this-model" if own else "auxiliary")


def synthetic_entries(stage: Stage, quantities: Quantities) -> Iterator[Entry]:
    """Yield decode and prefill of a synthetic-data stage; discarded samples are in `tokens_generated`."""
    if stage.generator is None:
        message = f"`generator` is missing in stage `{stage.name}`"
        raise PlanError(message)
    sample = _Sample(stage, quantities)
    model = sample.model(stage.generator, "generator")
    tokens: Term = (quantities.factor(f"{stage.name}.tokens_generated"),)
    if stage.overhead is not None:
        tokens += (quantities.factor(f"{stage.name}.overhead"),)
    terms = [tokens + _decode_per_token(sample, model)]
    if stage.prompt_tokens is not None:
        samples = (*tokens, replace(sample.length, exponent=-1))
        terms.append(samples + _prefill(sample, model))
    formula = "tokens generated x forward FLOP per token"
    yield Entry(stage.name, synthetic_attributes(stage), "generation", tuple(terms), formula, exact=model.exact)


def _decode_per_token(sample: _Sample, model: _Model) -> Term:
    """Return decode FLOP per generated token."""
    if model.size.config is None:
        return by_parameters(FORWARD, model.size, model.owner, sample.quantities)
    if sample.stage.tokens_per_sample is None:
        transform = decoded(model.size.config, 0.0, 0.0, model.owner, each=True)
        return (replace(constant("tokens per sample", 1, "architecture"), transform=transform),)
    return (replace(sample.length, transform=_decode(sample, model, model.size.config, each=True)),)


def _decode(sample: _Sample, model: _Model, architecture: Architecture, *, each: bool) -> Transform:
    prompt = sample.whole_prompt
    return decoded(architecture, float(prompt), sample.spread, f"{model.owner} after {prompt} tokens", each=each)


def _prefill(sample: _Sample, model: _Model) -> Term:
    """Return prefill FLOP per prompt."""
    if model.size.config is None:
        return (sample.prompt, *by_parameters(FORWARD, model.size, model.owner, sample.quantities))
    return (replace(sample.prompt, transform=prefilled(model.size.config, model.owner)),)


def rl_entries(stage: Stage, quantities: Quantities) -> Iterator[Entry]:
    """Yield updates, rollouts, scoring, reference policy and critic of a reinforcement-learning stage."""
    name = stage.name
    samples: Term = (quantities.factor(f"{name}.prompts"), quantities.factor(f"{name}.samples_per_prompt"))
    if stage.overhead is not None:
        samples += (quantities.factor(f"{name}.overhead"),)
    used = samples + tuple(
        quantities.factor(f"{name}.{key}") for key in ("kept", "epochs") if getattr(stage, key) is not None
    )
    sample = _Sample(stage, quantities)
    policy = sample.policy()
    terms = _trained(sample, policy, used)
    formula = "kept samples x epochs x training FLOP per sample"
    updates = Entry(name, attributes_of(stage), "generation", terms, formula, exact=policy.exact)
    yield updates
    yield from lost_steps(stage, updates, quantities)
    if stage.recompute not in (None, "none"):
        again = _whole(sample, policy, used, FORWARD, "recomputed", policy.passes.recomputed)
        yield recomputation(updates, again, f"kept samples x epochs x recomputed FLOP ({stage.recompute})")
    prompts = samples[:1] + samples[2:] if stage.prefix_cache else samples
    read = "once per prompt" if stage.prefix_cache else "once per sample"
    rollouts = (prompts + _prefill(sample, policy), samples + _decode_per_sample(sample, policy))
    formula = f"samples x (prefill, {read}, + decode)"
    attributes = attributes_of(stage, "rl-rollout")
    yield Entry(name, attributes, "generation", rollouts, formula, exact=policy.exact)
    yield from _scorers(sample, samples, used)


def _decode_per_sample(sample: _Sample, model: _Model) -> Term:
    """Return decode FLOP per sample."""
    if model.size.config is None:
        return (sample.length, *by_parameters(FORWARD, model.size, model.owner, sample.quantities))
    return (replace(sample.length, transform=_decode(sample, model, model.size.config, each=False)),)


def _trained(sample: _Sample, model: _Model, samples: Term) -> tuple[Term, ...]:
    return _whole(sample, model, samples, TRAINING, "training", model.passes.training)


def _scored(sample: _Sample, model: _Model, samples: Term) -> tuple[Term, ...]:
    return _whole(sample, model, samples, FORWARD, "forward", model.passes.forward)


def _whole(
    sample: _Sample, model: _Model, samples: Term, by: int, what: str, exact: Callable[[Architecture, int], int]
) -> tuple[Term, ...]:
    """Return the terms of passes over whole samples, prompt and answer together.

    Parameters
    ----------
    by : int
        FLOP per parameter and token, for models given by their parameters.
    what, exact
        The same for models given exactly: a name, and FLOP of a sequence.
    """
    architecture = model.size.config
    if architecture is None:
        each = by_parameters(by, model.size, model.owner, sample.quantities)
        return tuple((*samples, length, *each) for length in (sample.prompt, sample.length))
    name = f"{what} FLOP of {model.owner}"
    transform = per_sample(name, lambda length: exact(architecture, length), sample.whole_prompt, sample.spread)
    return ((*samples, replace(sample.length, transform=transform)),)


def _scorers(sample: _Sample, samples: Term, used: Term) -> Iterator[Entry]:
    """Yield scoring passes: reward model, reference policy, old log-probabilities, critic (and its training)."""
    stage, name = sample.stage, sample.stage.name
    for role in ("reward_model", "reference", "critic"):
        other = getattr(stage, role)
        if other is None:
            continue
        model = sample.model(other, role)
        relation: Relation = "this-model" if other.own and role == "reference" else "auxiliary"
        attributes = attributes_of(stage, "rl-scoring", relation)
        formula = f"samples x forward FLOP of the {role}"
        terms = _scored(sample, model, samples)
        yield Entry(name, attributes, "generation", terms, formula, exact=model.exact)
        if role == "critic":
            attributes = attributes_of(stage, "aux-model-training", "auxiliary")
            formula = "kept samples x epochs x training FLOP of the critic"
            terms = _trained(sample, model, used)
            yield Entry(name, attributes, "generation", terms, formula, exact=model.exact)
    if stage.old_log_probabilities:
        policy = sample.policy()
        terms = _scored(sample, policy, samples)
        formula = "samples x forward FLOP (old log-probabilities)"
        attributes = attributes_of(stage, "rl-scoring")
        yield Entry(name, attributes, "generation", terms, formula, exact=policy.exact)
