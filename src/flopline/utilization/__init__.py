"""What a utilization means, what runs reached, and which values are possible."""

from __future__ import annotations

from flopline.utilization.conversion import goodput, hfu_to_mfu, lost_flop, tensor_activity
from flopline.utilization.defaults import Goodput, goodput_prior, ratio
from flopline.utilization.discrepancy import Discrepancy, discrepancy
from flopline.utilization.metrics import Meant, Metric, Utilization, parse_utilization
from flopline.utilization.placing import Percentile, achievable, percentile, plausible, rates_of, refuted
from flopline.utilization.prior import Prior, prior
from flopline.utilization.resources import PowerBasis, Ratio, default_pue, power_ratio, price_spread
from flopline.utilization.table import Achievable, Counter, Run, Scope

__all__ = [
    "Achievable",
    "Counter",
    "Discrepancy",
    "Goodput",
    "Meant",
    "Metric",
    "Percentile",
    "PowerBasis",
    "Prior",
    "Ratio",
    "Run",
    "Scope",
    "Utilization",
    "achievable",
    "default_pue",
    "discrepancy",
    "goodput",
    "goodput_prior",
    "hfu_to_mfu",
    "lost_flop",
    "parse_utilization",
    "percentile",
    "plausible",
    "power_ratio",
    "price_spread",
    "prior",
    "rates_of",
    "ratio",
    "refuted",
    "tensor_activity",
]
