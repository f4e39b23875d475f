"""`flopline regimes`: two of them compared, and files of one's own in every command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from terminal import flopline

DATA = Path(__file__).parents[1] / "data" / "regimes"
pytestmark = pytest.mark.usefixtures("folder")


def answered(*arguments):
    found = flopline("regimes", *arguments)
    assert found.code == 0, found.err
    return found.out


def refused(*arguments):
    found = flopline("regimes", *arguments)
    assert (found.code, found.out) == (2, "")
    return found.err


class TestCompare:
    def test_json_is_one_envelope(self):
        found = json.loads(answered("compare", "eu-ai-act/systemic-risk", "us-ca-sb53", "--json"))
        assert found["command"] == "regimes compare"
        assert (found["left"]["id"], found["right"]["id"]) == ("eu-ai-act", "us-ca-sb53")
        assert len(found["pairs"]) == 1

    def test_differences_are_fewer(self):
        page, alone = (
            answered("compare", "us-ca-sb53", "us-ny-raise", "--day", "2026-11-22", *more)
            for more in ((), ("--differences",))
        )
        assert len(alone) < len(page)
        assert "Only what differs" in alone

    def test_a_file_of_ones_own_is_compared_too(self):
        page = answered("compare", "atlantis", "eu-ai-act/gpai", "--regimes", str(DATA / "new"))
        assert "atlantis/large" in page

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("eu-ai-acts", "cn"), "did you mean `eu-ai-act`?"),
            (("eu-ai-act@tomorrow", "cn"), "write it as 2026-11-22"),
            (("cn", "cn", "--regimes", "nowhere.toml"), "does not exist"),
            (("cn",), "B"),
        ],
        ids=str,
    )
    def test_a_slip_is_answered_with_what_there_is(self, arguments, said):
        assert said in refused("compare", *arguments)


@pytest.mark.parametrize("arguments", [("list",), ("show", "atlantis"), ("show", "atlantis/large", "--json")], ids=str)
def test_a_regime_of_ones_own_is_listed_and_shown(arguments):
    assert "atlantis" in answered(*arguments, "--regimes", str(DATA / "new"))
