"""Configurations in the keys that they are published with, and the parameters that their models are known to have.

The column `source` says which: `published` with the model, or of the class that transformers or diffusers builds from
these keys (`instantiated`), which for a class without a head is that and the head.
"""

from __future__ import annotations

import pytest
from architecture_references import table

from flopline.architecture import read_architecture


@pytest.mark.parametrize("row", table("published.csv"), ids=lambda row: row["file"])
def test_published_keys_are_understood_and_give_the_known_parameters(row, hub):
    found = read_architecture(hub / row["file"])
    assert found.parameters.total == int(row["parameters"])
    assert [one.message for one in found.warnings if one.code in ("W401", "W403")] == []
