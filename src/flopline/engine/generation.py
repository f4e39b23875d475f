"""Stages that generate: synthetic data (rule 29) and reinforcement learning (rule 26)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flopline.engine.factors import Entry, Factor, Term
from flopline.engine.lengths import decoded, prefilled, recomputed, scored, trained
from flopline.engine.passes import KAPLAN, active_factor, size_name
from flopline.engine.quantities import Quantities, constant
from flopline.engine.updates import Relation, attributes_of, beside
from flopline.errors import PlanError
from flopline.plan import ModelSize, Stage, sized

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class _Sample:
    """What is known about one generated sample of a stage."""

    stage: Stage
    quantities: Quantities

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
        amount = self.stage.length_spread
        if amount is None:
            return 0.0
        factor = self.quantities.factor(f"{self.stage.name}.length_spread")
        value = factor.certain
        if value is None:
            message = f"stage `{self.stage.name}`: `length_spread` is one number, the coefficient of variation"
            raise PlanError(message)
        return float(value)


def synthetic_entries(stage: Stage, quantities: Quantities) -> Iterator[Entry]:
    """Yield decode and prefill of a synthetic-data stage; discarded samples are in `tokens_generated`."""
    generator = stage.generator
    if generator is None:
        message = f"`generator` is missing in stage `{stage.name}`"
        raise PlanError(message)
    size, owner = _model(stage, generator.own, generator, "generator", quantities)
    activity = "synth-public" if stage.public == "yes" else "synth-private"
    own = attributes_of(stage, activity, "this-model" if generator.own else "auxiliary")
    tokens: Term = (quantities.factor(f"{stage.name}.tokens_generated"),)
    if stage.overhead is not None:
        tokens += (quantities.factor(f"{stage.name}.overhead"),)
    sample = _Sample(stage, quantities)
    terms = [tokens + _decode_each(sample, size, owner)]
    if stage.prompt_tokens is not None:
        samples = (*tokens, replace(sample.length, exponent=-1))
        terms.append(samples + _prefill(sample, size, owner))
    yield Entry(stage.name, own, "generation", tuple(terms), "tokens generated x forward FLOP per token")


def _model(stage: Stage, own: bool, other: ModelSize, role: str, quantities: Quantities) -> tuple[ModelSize, str]:
    """Return a size and its dotted name: the stage's own model, or another."""
    if own:
        return sized(stage, quantities.plan.model), size_name(stage)
    return other, size_name(stage, role)


def _two_n(size: ModelSize, owner: str, quantities: Quantities) -> Term:
    return (constant("FLOP per parameter and token", 2, KAPLAN), active_factor(size, owner, quantities))


def _decode_each(sample: _Sample, size: ModelSize, owner: str) -> Term:
    """Return decode FLOP per generated token."""
    if size.config is None:
        return _two_n(size, owner, sample.quantities)
    if sample.stage.tokens_per_sample is None:
        transform = decoded(size.config, 0.0, 0.0, owner, each=True)
        return (replace(constant("tokens per sample", 1, "architecture"), transform=transform),)
    prompt = float(sample.whole_prompt)
    transform = decoded(size.config, prompt, sample.spread, f"{owner} after {prompt}", each=True)
    return (replace(sample.length, transform=transform),)


def _prefill(sample: _Sample, size: ModelSize, owner: str) -> Term:
    """Return prefill FLOP per prompt."""
    if size.config is None:
        return (sample.prompt, *_two_n(size, owner, sample.quantities))
    return (replace(sample.prompt, transform=prefilled(size.config, owner)),)


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
    size, owner = sized(stage, quantities.plan.model), size_name(stage)
    own = attributes_of(stage)
    updates = _per_sample(sample, size, owner, 6, used, training=True)
    yield Entry(name, own, "generation", updates, "kept samples x epochs x training FLOP per sample")
    yield from beside(stage, own, updates, quantities)
    yield from _recompute(sample, size, owner, used)
    rollout = attributes_of(stage, "rl-rollout")
    prompts = samples[:1] + samples[2:] if stage.prefix_cache else samples
    read = "once per prompt" if stage.prefix_cache else "once per sample"
    terms = _rollout(sample, size, owner, prompts, samples)
    yield Entry(name, rollout, "generation", terms, f"samples x (prefill, {read}, + decode)")
    yield from _scorers(sample, samples, used)


def _recompute(sample: _Sample, size: ModelSize, owner: str, used: Term) -> Iterator[Entry]:
    stage = sample.stage
    if stage.recompute in (None, "none"):
        return
    if size.config is None:
        terms = _per_sample(sample, size, owner, 2, used, training=False)
    else:
        transform = recomputed(size.config, stage, sample.whole_prompt, owner)
        terms = ((*used, replace(sample.length, transform=transform)),)
    attributes = attributes_of(stage, "activation-recompute")
    yield Entry(stage.name, attributes, "generation", terms, f"kept samples x recomputed FLOP ({stage.recompute})")


def _rollout(sample: _Sample, size: ModelSize, owner: str, prompts: Term, samples: Term) -> tuple[Term, ...]:
    """Return prefill terms, once per element of `prompts`, and decode terms, once per sample."""
    if size.config is None:
        two_n = _two_n(size, owner, sample.quantities)
        return ((*prompts, sample.prompt, *two_n), (*samples, sample.length, *two_n))
    prompt = float(sample.whole_prompt)
    decode = decoded(size.config, prompt, sample.spread, f"{owner} after {prompt}", each=False)
    return (
        prompts + _prefill(sample, size, owner),
        (*samples, replace(sample.length, transform=decode)),
    )


def _per_sample(
    sample: _Sample, size: ModelSize, owner: str, per_parameter: int, samples: Term, *, training: bool
) -> tuple[Term, ...]:
    """Return the terms of whole-sample passes: prompt and answer together."""
    if size.config is None:
        factor = constant("FLOP per parameter and token", per_parameter, KAPLAN)
        active = active_factor(size, owner, sample.quantities)
        return tuple((*samples, length, factor, active) for length in (sample.prompt, sample.length))
    prompt, spread = sample.whole_prompt, sample.spread
    label = f"{owner} with {prompt}"
    transform = (
        trained(size.config, sample.stage, prompt, spread, label)
        if training
        else scored(size.config, prompt, spread, label)
    )
    return ((*samples, replace(sample.length, transform=transform)),)


def _scorers(sample: _Sample, samples: Term, used: Term) -> Iterator[Entry]:
    """Yield scoring passes: reward model, reference policy, old log-probabilities, critic (and its training)."""
    stage, quantities = sample.stage, sample.quantities
    for role in ("reward_model", "reference", "critic"):
        other = getattr(stage, role)
        if other is None:
            continue
        size, owner = _model(stage, other.own, other, role, quantities)
        relation: Relation = "this-model" if other.own and role == "reference" else "auxiliary"
        terms = _per_sample(sample, size, owner, 2, samples, training=False)
        attributes = attributes_of(stage, "rl-scoring", relation)
        yield Entry(stage.name, attributes, "generation", terms, f"samples x forward FLOP of the {role}")
        if role == "critic":
            trained_terms = _per_sample(sample, size, owner, 6, used, training=True)
            auxiliary = attributes_of(stage, "aux-model-training", "auxiliary")
            yield Entry(
                stage.name,
                auxiliary,
                "generation",
                trained_terms,
                "kept samples x training FLOP of the critic",
            )
    if stage.old_log_probabilities:
        size, owner = sized(stage, quantities.plan.model), size_name(stage)
        terms = _per_sample(sample, size, owner, 2, samples, training=False)
        attributes = attributes_of(stage, "rl-scoring")
        yield Entry(stage.name, attributes, "generation", terms, "samples x forward FLOP (old log-probabilities)")
