"""The law as data: lines, what each counts, whether it applies, and what follows."""

from __future__ import annotations

from flopline.regimes.activities import Activity, activities, find_activity
from flopline.regimes.applying import Applies, Condition, applies
from flopline.regimes.counting import Attributes, Counts, cell, cells, counts, in_total
from flopline.regimes.duties import Duty, Forecast, duties
from flopline.regimes.facts import Developer, ModelAnswers, OpenSource
from flopline.regimes.finding import find_line, find_regime
from flopline.regimes.fingerprint import fingerprint_of, law_fingerprint
from flopline.regimes.form import Actor, Answer, Threshold
from flopline.regimes.freshness import STALE, warnings
from flopline.regimes.law import Cell, Line
from flopline.regimes.load import comparison_lines, lines, load_regimes
from flopline.regimes.questions import open_questions
from flopline.regimes.regime import Regime
from flopline.regimes.reporting import form_fields
from flopline.regimes.words import Word, word

__all__ = [
    "STALE",
    "Activity",
    "Actor",
    "Answer",
    "Applies",
    "Attributes",
    "Cell",
    "Condition",
    "Counts",
    "Developer",
    "Duty",
    "Forecast",
    "Line",
    "ModelAnswers",
    "OpenSource",
    "Regime",
    "Threshold",
    "Word",
    "activities",
    "applies",
    "cell",
    "cells",
    "comparison_lines",
    "counts",
    "duties",
    "find_activity",
    "find_line",
    "find_regime",
    "fingerprint_of",
    "form_fields",
    "in_total",
    "law_fingerprint",
    "lines",
    "load_regimes",
    "open_questions",
    "warnings",
    "word",
]
