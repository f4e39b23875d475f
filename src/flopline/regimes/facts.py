"""What a plan says beside compute: the developer and the model, in answers of yes, no or unknown."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from flopline.quantity import Dimension, parse
from flopline.regimes.form import Answer, Role


def _money(text: str) -> str:
    parse(text, Dimension.MONEY)
    return text


Money = Annotated[str, AfterValidator(_money)]
"""An amount in USD as people write it: `620M USD`."""

Jurisdiction = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]{2})?$")]
"""A market as plans name it: `eu`, `us-ca`, `kr`."""


class Developer(BaseModel):
    """The plan's `[developer]` table; whatever is left out is unknown.

    Attributes
    ----------
    name : str, optional
        Who it is.
    role : {"original-provider", "principal", "coordinator", "participant", "modifier", "on-behalf", "integrator"}
        What it is to the model: `principal` has it developed by others, `coordinator` and `participant` belong to a
        consortium; `unknown` if left out.
    upstream_excluded : {"yes", "no", "unknown"}
        For an integrator: whether the one who built the model has excluded, clearly and unequivocally, its
        distribution and use on the market, integration into systems included.
    revenue : dict of int to str
        Gross revenue with affiliates, by calendar year: `{2025: "620M USD"}`.
    markets : dict of str to {"yes", "no", "unknown"}
        Where the model is, or will be, on the market: `{"eu": "yes", "us-ny": "unknown"}`.
    exempt : dict of str to {"yes", "no", "unknown"}
        Where an exemption of the law covers the developer (`us-ny`: accredited universities, Empire AI) or this
        model (`eu`: scientific research alone, or research and development that ends before the market).
    signed : dict of str to {"yes", "no", "unknown"}
        Whether it signed the code of practice of a jurisdiction: `{"eu": "yes"}`.
    established : str, optional
        Where it is established: `eu`, `us`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: str | None = None
    role: Role = "unknown"
    upstream_excluded: Answer = "unknown"
    revenue: dict[int, Money] = Field(default_factory=dict)
    markets: dict[Jurisdiction, Answer] = Field(default_factory=dict)
    exempt: dict[Jurisdiction, Answer] = Field(default_factory=dict)
    signed: dict[Jurisdiction, Answer] = Field(default_factory=dict)
    established: Jurisdiction | None = None

    def revenue_in(self, year: int) -> float | None:
        """Return the revenue of a year in USD, or None where it is not known."""
        return parse(self.revenue[year], Dimension.MONEY) if year in self.revenue else None


class OpenSource(BaseModel):
    """How the model is released (Art. 53(2) AI Act); all four together make an exemption.

    Attributes
    ----------
    free_licence : {"yes", "no", "unknown"}
        The licence allows access, use, modification and distribution.
    public_weights : {"yes", "no", "unknown"}
        The parameters are public.
    public_information : {"yes", "no", "unknown"}
        The architecture and usage information are public.
    monetized : {"yes", "no", "unknown"}
        The model is offered for money or its equivalent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    free_licence: Answer = "unknown"
    public_weights: Answer = "unknown"
    public_information: Answer = "unknown"
    monetized: Answer = "unknown"

    @property
    def exempt(self) -> Answer:
        """Whether the model is free and open in the sense of the Act."""
        return every(self.free_licence, self.public_weights, self.public_information, opposite(self.monetized))


class ModelAnswers(BaseModel):
    """The legal part of the plan's `[model]` table; whatever is left out is unknown.

    Attributes
    ----------
    generates : tuple of str, optional
        What comes out: `text`, `code`, `speech`, `audio`, `image-from-text`, `video-from-text`, `music`, ...;
        an empty list says that nothing does, None that nobody said.
    general : {"yes", "no", "unknown"}
        It can do a wide range of distinct tasks, and is made for that.
    broad_data, adaptable : {"yes", "no", "unknown"}
        It is trained on a broad data set; it can be adapted to many distinctive tasks.
    state_of_the_art, serious_risk : {"yes", "no", "unknown"}
        The two further limbs of Korea's test; never inferred from compute.
    open_source : OpenSource
        How it is released.
    placed_on_market : date, optional
        The day it is, or will be, placed on the market or deployed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    generates: tuple[str, ...] | None = None
    general: Answer = "unknown"
    broad_data: Answer = "unknown"
    adaptable: Answer = "unknown"
    state_of_the_art: Answer = "unknown"
    serious_risk: Answer = "unknown"
    open_source: OpenSource = OpenSource.model_construct()
    placed_on_market: date | None = None


def every(*answers: Answer) -> Answer:
    """Return whether all hold: one `no` decides, else one `unknown` leaves it open."""
    if "no" in answers:
        return "no"
    return "unknown" if "unknown" in answers else "yes"


def opposite(answer: Answer) -> Answer:
    """Return the answer to the opposite question."""
    opposites: dict[Answer, Answer] = {"yes": "no", "no": "yes", "unknown": "unknown"}
    return opposites[answer]
