"""How the configurations of a family are drawn at random, and how its models are fed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import random

ABSENT: Final = "<absent>"
"""A choice that leaves the key out, so that the family's own default is drawn too."""

Feed = Callable[[Any, int, Mapping[str, int]], dict[str, Any]]
"""Makes the arguments of a forward pass from a configuration, `seq_len` and further lengths."""


@dataclass(frozen=True)
class Draw:
    """One family.

    Attributes
    ----------
    fixed : mapping
        Keys that every configuration has.
    choices : mapping
        Keys with the values that they are drawn from; `ABSENT` among them leaves a key out.
    model : str
        Class of transformers (or diffusers, for configurations with `_class_name`) that executes it; empty: the one
        that the configuration names under `architectures`.
    feed : callable, optional
        Makes its arguments; None: token numbers.
    lengths : sequence of int
        Values of `seq_len`.
    others : mapping
        Further lengths, each with the values that it is drawn from.
    settle : callable, optional
        Changes a drawn configuration in place where keys depend on each other.
    pairs : bool
        Whether the scores that its attention leaves visible are compared too; not where attention runs without
        a four-dimensional softmax.
    sinks : bool
        Whether its attention has one more column of scores, for sinks.
    backward : bool
        Whether the backward pass is compared; not where the counter has no rule for an operation of it.
    every : bool
        Whether the backward pass starts from all results, the pooled one too, and not from the first alone.
    train : bool
        Whether the model is trained rather than evaluated, where that changes what runs.
    """

    fixed: Mapping[str, Any]
    choices: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    model: str = "AutoModelForCausalLM"
    feed: Feed | None = None
    lengths: Sequence[int] = (5, 11, 16)
    others: Mapping[str, Sequence[int]] = field(default_factory=dict)
    settle: Callable[[dict[str, Any]], None] | None = None
    pairs: bool = True
    sinks: bool = False
    backward: bool = True
    every: bool = False
    train: bool = False

    def one(self, source: random.Random) -> tuple[dict[str, Any], int, dict[str, int]]:
        """Return a configuration, a `seq_len` and further lengths, drawn at random."""
        config = dict(self.fixed)
        for key, values in self.choices.items():
            value = source.choice(list(values))
            if value != ABSENT:
                config[key] = value
        if self.settle is not None:
            self.settle(config)
        others = {name: source.choice(list(values)) for name, values in self.others.items()}
        return config, source.choice(list(self.lengths)), others
