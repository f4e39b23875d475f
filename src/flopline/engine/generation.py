"""Stages that generate: synthetic data, reinforcement learning, on-policy preference optimization."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flopline.engine.factors import EXCESS, Entry, Term
from flopline.engine.samples import Sample
from flopline.engine.speculation import speculation_entries
from flopline.engine.updates import Relation, attributes_of, beside, lost_steps, padded, recomputation
from flopline.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.engine.quantities import Quantities
    from flopline.engine.samples import Participant
    from flopline.plan import Stage
    from flopline.regimes import Attributes


def synthetic_attributes(stage: Stage) -> Attributes:
    """Return what synthetic data is to a law: private unless it is said to be public; whose model made it."""
    activity = "synth-public" if stage.public == "yes" else "synth-private"
    own = stage.generator is not None and stage.generator.own
    return attributes_of(stage, activity, "this-model" if own else "auxiliary")


def synthetic_entries(stage: Stage, quantities: Quantities, tokens: Term | None = None) -> Iterator[Entry]:
    """Yield decode and prefill of a synthetic-data stage; discarded samples are in `tokens_generated`.

    Parameters
    ----------
    tokens : tuple of Factor, optional
        Other tokens than those that the stage gives; of none at all the entries are those of one token.
    """
    if stage.generator is None:
        message = f"`generator` is missing in stage `{stage.name}`"
        raise PlanError(message)
    sample = Sample(stage, quantities)
    model = sample.model(stage.generator, "generator")
    if tokens is None:
        keys = ("tokens_generated", *(["overhead"] if stage.overhead is not None else []))
        tokens = tuple(quantities.factor(f"{stage.name}.{key}") for key in keys)
    decode = (tokens + sample.decode(model, each=True),)
    terms, prompts = list(decode), tokens
    if stage.prompt_tokens is not None:
        samples = (*tokens, replace(sample.length, exponent=-1))
        prompts = _prompts(stage, samples, quantities)
        terms += [prompts + sample.prefill(model), *(samples + term for term in sample.tools(model))]
        terms += [samples + term for term in sample.again(model)]
    formula = "tokens generated x forward FLOP per token"
    made = Entry(stage.name, synthetic_attributes(stage), "generation", tuple(terms), formula, exact=model.exact)
    yield made
    yield from speculation_entries(sample, made, decode, prompts, tokens, each=True)


def _prompts(stage: Stage, samples: Term, quantities: Quantities) -> Term:
    """Return the prompts that are read: one for each sample, or one for all samples of it where it stays cached."""
    if not stage.prefix_cache:
        return samples
    return (*samples, quantities.factor(f"{stage.name}.samples_per_prompt", exponent=-1))


def rl_entries(stage: Stage, quantities: Quantities) -> Iterator[Entry]:
    """Yield updates, rollouts, scoring, reference policy and critic of a stage that learns from its own samples."""
    name = stage.name
    samples: Term = (quantities.factor(f"{name}.prompts"), quantities.factor(f"{name}.samples_per_prompt"))
    if stage.overhead is not None:
        samples += (quantities.factor(f"{name}.overhead"),)
    used = samples + tuple(
        quantities.factor(f"{name}.{key}") for key in ("kept", "epochs") if getattr(stage, key) is not None
    )
    sample = Sample(stage, quantities)
    policy = sample.policy()
    yield from _updates(sample, policy, used)
    # A cached prompt is read once for all its samples: the samples of one prompt leave the product.
    prompts = samples[:1] + samples[2:] if stage.prefix_cache else samples
    read = "once per prompt" if stage.prefix_cache else "once per sample"
    decode = (samples + sample.decode(policy),)
    again = (*sample.tools(policy), *sample.again(policy))
    rollouts = (prompts + sample.prefill(policy), *decode, *(samples + term for term in again))
    formula = f"samples x (prefill, {read}, + decode)"
    made = Entry(name, attributes_of(stage, "rl-rollout"), "generation", rollouts, formula, exact=policy.exact)
    yield made
    yield from speculation_entries(sample, made, decode, prompts, samples, each=False)
    yield from _scorers(sample, samples, used)


def _updates(sample: Sample, policy: Participant, used: Term) -> Iterator[Entry]:
    """Yield the passes that train the policy, and what is computed in their course."""
    stage, quantities = sample.stage, sample.quantities
    formula = "kept samples x epochs x training FLOP per sample"
    terms = sample.trained(policy, used)
    updates = Entry(stage.name, attributes_of(stage), "generation", terms, formula, exact=policy.exact)
    yield updates
    yield from lost_steps(stage, updates, quantities)
    yield from padded(stage, updates, quantities)
    if stage.capacity is not None:
        slots = (*used, quantities.factor(f"{stage.name}.capacity", transform=EXCESS))
        formula = "kept samples x epochs x expert FLOP x (capacity - 1)"
        yield beside(updates, sample.routed(policy, slots), "capacity-padding", formula)
    if stage.recompute not in (None, "none"):
        again = sample.recomputed(policy, used)
        yield recomputation(updates, again, f"kept samples x epochs x recomputed FLOP ({stage.recompute})")


def _scorers(sample: Sample, samples: Term, used: Term) -> Iterator[Entry]:
    """Yield scoring passes: reward model, judge, reference policy, old log-probabilities, critic (and its training)."""
    stage, name = sample.stage, sample.stage.name
    for role in ("reward_model", "judge", "reference", "critic"):
        other = getattr(stage, role)
        if other is None:
            continue
        model = sample.model(other, role)
        relation: Relation = "this-model" if other.own and role == "reference" else "auxiliary"
        attributes = attributes_of(stage, "rl-scoring", relation)
        writes = role == "judge" and stage.judge_tokens is not None
        terms = sample.judged(model, samples) if writes else sample.scored(model, samples)
        formula = f"samples x forward FLOP of the {role}" + (", reading and writing" if writes else "")
        yield Entry(name, attributes, "generation", terms, formula, exact=model.exact)
        if role == "critic":
            attributes = attributes_of(stage, "aux-model-training", "auxiliary")
            formula = "kept samples x epochs x training FLOP of the critic"
            terms = sample.trained(model, used)
            yield Entry(name, attributes, "generation", terms, formula, exact=model.exact)
    if stage.old_log_probabilities:
        policy = sample.policy()
        terms = sample.scored(policy, samples)
        formula = "samples x forward FLOP (old log-probabilities)"
        attributes = attributes_of(stage, "rl-scoring")
        yield Entry(name, attributes, "generation", terms, formula, exact=policy.exact)
