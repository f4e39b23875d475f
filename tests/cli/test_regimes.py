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


class TestCheck:
    def test_a_well_formed_file_is_summed_up_with_what_is_poor(self):
        page = answered("check", str(DATA / "new" / "atlantis.toml"), "--day", "2026-11-22")
        assert "well-formed (atlantis, 1 line, 1 source, 1 document)" in page
        assert "> 5e24 FLOP from 2026-06-01" in page
        assert "warning[W701]" in page
        assert "[lines.large]\n     | ^" in page

    def test_json_is_one_envelope_a_file(self):
        files = [DATA / "new" / "atlantis.toml", DATA / "amended" / "eu-raised.toml"]
        found = [json.loads(line) for line in answered("check", *map(str, files), "--json").splitlines()]
        assert [(one["command"], one["id"], one["amends"]) for one in found] == [
            ("regimes check", "atlantis", None), ("regimes check", "eu-ai-act", "eu-ai-act"),
        ]  # fmt: skip
        assert found[0]["lines"][0]["rows"] == {"yes": 1, "disputed-in": 0, "disputed-out": 0, "no": 0}
        assert found[0]["warnings"][0]["place"]["line"] > 0

    def test_every_slip_stands_on_stderr_with_its_caret(self):
        said = refused("check", str(DATA / "wrong" / "misspelt.toml"), str(DATA / "wrong" / "keys.toml"))
        assert said.count("error: ") == 5
        assert said.count(" | ^") + said.count("^\n") >= 5
        found = json.loads(refused("check", str(DATA / "wrong" / "misspelt.toml"), "--json"))
        assert found["error"]["hint"]

    def test_one_bad_file_does_not_silence_the_good_ones(self):
        Path("cut.toml").write_text('id = "x')
        found = flopline("regimes", "check", "cut.toml", str(DATA / "new" / "atlantis.toml"))
        assert (found.code, found.out.count("well-formed")) == (2, 1)

    def test_a_later_file_may_amend_an_earlier_one(self):
        Path("more.toml").write_text('amends = "atlantis"\nsummary = "Another."\n')
        assert answered("check", str(DATA / "new" / "atlantis.toml"), "more.toml").count("well-formed") == 2
        assert "can be amended" in refused("check", "more.toml")

    def test_hostile_files_end_in_a_sentence(self):
        Path("folder").mkdir()
        Path("latin.toml").write_bytes(b'id = "\xe4"')
        with Path("large.toml").open("wb") as file:
            file.truncate(2**31)
        for name in ("folder", "latin.toml", "large.toml", "nowhere.toml", "/dev/null", "/dev/zero"):
            assert refused("check", name).startswith("error: "), name

    def test_a_name_cannot_steer_a_terminal(self):
        text = (DATA / "new" / "atlantis.toml").read_text("utf-8")
        for start in ("[lines.large", "[[lines.large"):
            text = text.replace(start, start.replace("large", '"\\u001b[31m"'))
        Path("ansi.toml").write_text(text)
        assert "\x1b" not in answered("check", "ansi.toml")


@pytest.mark.parametrize("arguments", [("list",), ("show", "atlantis"), ("show", "atlantis/large", "--json")], ids=str)
def test_a_regime_of_ones_own_is_listed_and_shown(arguments):
    assert "atlantis" in answered(*arguments, "--regimes", str(DATA / "new"))
