"""What the developer intends to run: the plan's model, its checks, and the ways it is written down."""

from flopline.plan.amounts import DEFAULT, Amount, Surroundings
from flopline.plan.base import Base, NamedBase, is_own
from flopline.plan.examples import Example, examples, find_example
from flopline.plan.happening import Happening, happening
from flopline.plan.keywords import keys_of_estimate, plan_from_keywords
from flopline.plan.lineage import Ancestor, ancestors_of, lineage_of, parents
from flopline.plan.load import LoadedPlan, load, load_document, placing
from flopline.plan.model import Alternative, Kind, Machine, OtherModel, Period, Plan, Speculation, Stage
from flopline.plan.names import amounts_of_plan, canonical, settle
from flopline.plan.observing import with_observed
from flopline.plan.routes import counted, generated, several, sized, timed
from flopline.plan.schedule import in_turn, waits_for
from flopline.plan.sequences import Sequences
from flopline.plan.table import ModelSize

__all__ = [
    "DEFAULT",
    "Alternative",
    "Amount",
    "Ancestor",
    "Base",
    "Example",
    "Happening",
    "Kind",
    "LoadedPlan",
    "Machine",
    "ModelSize",
    "NamedBase",
    "OtherModel",
    "Period",
    "Plan",
    "Sequences",
    "Speculation",
    "Stage",
    "Surroundings",
    "amounts_of_plan",
    "ancestors_of",
    "canonical",
    "counted",
    "examples",
    "find_example",
    "generated",
    "happening",
    "in_turn",
    "is_own",
    "keys_of_estimate",
    "lineage_of",
    "load",
    "load_document",
    "parents",
    "placing",
    "plan_from_keywords",
    "settle",
    "several",
    "sized",
    "timed",
    "waits_for",
    "with_observed",
]
