"""Amounts of a plan as factors, under the one name that makes shared quantities the same variable."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from flopline.distributions import Distribution, LogitNormal
from flopline.engine.factors import Factor, Transform
from flopline.plan import DEFAULT, LoadedPlan, Plan, Stage, amounts_of_plan, settle
from flopline.utilization import goodput_prior, ratio, tensor_activity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from flopline.plan.amounts import Amount
    from flopline.utilization import Prior

OBSERVED: Final = "given what was measured in the run so far"


@dataclass(frozen=True)
class Quantities:
    """Every amount of a plan, looked up by its dotted name."""

    plan: Plan
    amounts: dict[str, Amount] = field(repr=False)
    learned: Mapping[str, Distribution] = field(default_factory=dict, repr=False)
    """What an observation makes of a quantity, by its name."""

    @classmethod
    def of(cls, loaded: LoadedPlan) -> Quantities:
        """Return the amounts of a plan."""
        return cls(loaded.plan, amounts_of_plan(loaded.plan))

    def factor(self, name: str, exponent: int = 1, transform: Transform | None = None, source: str = "plan") -> Factor:
        """Return the factor for a quantity that the plan gives, `shares` followed to its end."""
        settled, amount = settle(name, self.plan, self.amounts)
        if settled in self.learned:
            amount, source = self.learned[settled], f"{source}; {OBSERVED}"
        return Factor(settled, amount, exponent, transform, source)

    def prior(self, name: str, prior: Prior) -> Factor:
        """Return a default utilization as an uncertain factor."""
        amount: Distribution = LogitNormal(median=prior.median, sigma=prior.sigma)
        source = prior.source.cite
        if name in self.learned:
            amount, source = self.learned[name], f"{source}; {OBSERVED}"
        return Factor(name, amount, 1, None, source)

    def goodput(
        self, stage: Stage, key: Literal["availability", "rework"], transform: Transform | None = None
    ) -> Factor:
        """Return a share of goodput as the plan gives it, or the published default.

        All stages share the default: independent draws per stage would make its uncertainty vanish in the sum.
        """
        if getattr(stage, key) != DEFAULT:
            return self.factor(f"{stage.name}.{key}", transform=transform)
        default = goodput_prior(key)
        return Factor(f"default {key}", default.amount, 1, transform, default.source.cite)


def constant(name: str, value: int | Fraction, source: str, exponent: int = 1) -> Factor:
    """Return a certain factor."""
    return Factor(name, value, exponent, None, source)


def benchmark_factor(longer: Literal["steady", "whole-run"]) -> Factor:
    """Return what is left of a benchmark's utilization in executed steps or in a whole run, one draw for a plan."""
    found = ratio("benchmark", longer)
    return Factor("benchmark ratio", found.amount, source=found.source.cite)


def tensor_factor() -> Factor:
    """Return HFU over tensor-pipe activity, one draw for a plan."""
    found = tensor_activity()
    return Factor("tensor-pipe ratio", found.amount, source="; ".join(source.cite for source in found.sources))
