"""What the developer intends to run: the plan's model, its checks, and the ways it is written down."""

from flopline.plan.amounts import DEFAULT, Amount, Surroundings
from flopline.plan.examples import Example, examples, find_example
from flopline.plan.keywords import keys_of_estimate, plan_from_keywords
from flopline.plan.load import LoadedPlan, load, load_document, placing
from flopline.plan.model import Base, Kind, Machine, ModelSize, OtherModel, Period, Plan, Speculation, Stage
from flopline.plan.names import amounts_of_plan, canonical, settle
from flopline.plan.routes import counted, generated, sized, timed
from flopline.plan.sequences import Sequences

__all__ = [
    "DEFAULT",
    "Amount",
    "Base",
    "Example",
    "Kind",
    "LoadedPlan",
    "Machine",
    "ModelSize",
    "OtherModel",
    "Period",
    "Plan",
    "Sequences",
    "Speculation",
    "Stage",
    "Surroundings",
    "amounts_of_plan",
    "canonical",
    "counted",
    "examples",
    "find_example",
    "generated",
    "keys_of_estimate",
    "load",
    "load_document",
    "placing",
    "plan_from_keywords",
    "settle",
    "sized",
    "timed",
]
