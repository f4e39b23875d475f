"""Files of contributors: every slip at its place, what is poor named, and nothing hostile gets further."""

from __future__ import annotations

import re
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from flopline.errors import FloplineError, RegimeError
from flopline.regimes import lines, load_regimes
from flopline.regimes.activities import DATA, VOCABULARY
from flopline.regimes.contributing import answers_of, examine
from flopline.regimes.inheriting import MOST

DAY = date(2026, 11, 22)
FORMS = {one.id: one.form for one in load_regimes(DAY)}
GOOD = re.search(r"# atlantis\.toml\n(.*?)^```$", (DATA / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)[1]

LATER = '[[lines.large.thresholds]]\nflop = 1e25\ncompare = ">"\nfrom = 2027-01-01\nsource = "line"\n'


@pytest.fixture
def file(tmp_path):
    return tmp_path / "atlantis.toml"


def changed(file, old, new):
    assert old in GOOD
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    return file


def refused(file):
    with pytest.raises(FloplineError) as caught:
        examine(file, DAY, FORMS)
    return caught.value.diagnostics


def slips(file):
    """Return what a file is refused for, if it is."""
    try:
        examine(file, DAY, FORMS)
    except FloplineError as error:
        return error.diagnostics
    return ()


def warned(file):
    found = examine(file, DAY, FORMS, tuple(FORMS)).warnings
    return [(one.code, one.place.key, one.message) for one in found]


@pytest.mark.parametrize("shipped", sorted(set(DATA.glob("*.toml")) - {VOCABULARY}), ids=lambda path: path.stem)
def test_a_shipped_file_is_poor_only_in_what_nobody_compared_with_the_text(shipped):
    found = examine(shipped, DAY + timedelta(days=30), FORMS, tuple(FORMS)).warnings
    assert {one.code for one in found} <= {"W703"}


@pytest.mark.parametrize(
    ("old", "new", "stands", "said"),
    [
        ("flop = 5e24", "flop = nan", "flop =", "not a finite number"),
        ("flop = 5e24", "flop = inf", "flop =", "not a finite number"),
        ("flop = 5e24", "flop = -5e24", "flop =", "greater than 0"),
        ("flop = 5e24", "flop = 0", "flop =", "greater than 0"),
        ("flop = 5e24", "flop = true", "flop =", "is a number"),
        ("flop = 5e24", 'flop = "5e24"', "flop =", "is a number"),
        ("from = 2026-06-01", 'from = "soon"', "from =", "is a day"),
        ("from = 2026-06-01", "from = 20260601", "from =", "is a day"),
        ("from = 2026-06-01", "from = 0", "from =", "is a day"),
        ("from = 2026-06-01", "from = 2026-06-01T00:00:00Z", "from =", "is a day"),
        ("verified = 2026-11-20", "verified = 86400", "dates =", "is a day"),
        ('kind = "law"', 'kind = "laws"', "kind =", "is not one of"),
        ('source = "line"', 'source = "lines"', 'source = "lines"', "is not a source"),
        ('market = "at"', 'market = "at"\nmodel = "general"', "[conditions.market]", "exactly one fact"),
        ('of = "act"', 'of = "acts"', "dates =", "is not a document"),
        ('"pretraining", "cont', '"pre-training", "cont', "pre-training", "is not an activity"),
        ('"evaluation", "user', '"sft", "user', "sft", "stands twice"),
        ('name = "large model"', 'inherits = ["larger"]', "[lines.large]", "`name` is missing"),
        ('nature = "definition"', 'nature = "definition"\ninherits = ["larger"]', "inherits", "is not a line"),
        ('nature = "definition"', 'nature = "definition"\ninherits = ["large"]', "inherits", "inherits from itself"),
        ("anchor = \"forecast\"", 'anchor = "fixed"', "[[lines.large.duties]]", "`by` is the day"),
        ('lean = "in"\nreason = "Not named', 'reason = "Not named', "[[lines.large.counts]]", "has no lean"),
        ('quote = "more', f'quote = "{"and " * 60}more', "quote", "characters, 200 are the most"),
        ('quote = "more', 'quote = "Training is training. The more', "quote", "more than one sentence"),
    ],
)  # fmt: skip
def test_a_slip_is_named_at_its_place(file, old, new, stands, said):
    found = refused(changed(file, old, new))
    assert any(said in one.message for one in found), [one.message for one in found]
    (slip, *_) = [one for one in found if said in one.message]
    assert stands in slip.place.text
    assert file.read_text("utf-8").splitlines()[slip.place.line - 1] == slip.place.text


def test_all_slips_of_a_file_are_named_at_once(file):
    text = GOOD.replace("flop = 5e24", "flop = -1").replace("days = 30", 'days = "30"').replace("more than", "m" * 300)
    file.write_text(text, encoding="utf-8")
    said = " ".join(one.message for one in refused(file))
    assert all(part in said for part in ("greater than 0", "`days` is a number", "characters"))


@pytest.mark.parametrize(
    ("old", "new", "code", "key", "said"),
    [
        ("2026-11-20 }\nline", "2026-01-20 }\nline", "W702", "sources.dates.verified", "306 days"),
        ("verified = 2026-11-20 }\nline", "verified = 2027-11-20 }\nline", "W169", "sources.dates.verified", "after"),
        ('s. 9", grade = "read"', 's. 9", grade = "quoted"', "W169", "sources.dates.grade", "quoted"),
        ('"sft", ', "", "W701", "lines.large", "not `sft`"),
        ('"on-behalf", ', "", "W701", "lines.large", "not `actor:on-behalf`"),
        ('market"]', 'market"]\n#', None, None, None),
        ('conditions = ["market"]', "", "W165", "conditions.market", "nothing uses `conditions.market`"),
        ('source = "notice"', 'source = "counts"', "W165", "sources.notice", "nothing uses"),
        ("[documents]", '[documents]\nother = { cite = "Another act" }', "W165", "documents.other", "nothing uses"),
        ("[conditions.market]", '[tiers.big]\nmeans = "big"\nsource = "line"\n[conditions.market]', "W165", "tiers.big",
         "nothing uses"),
        ("Not named; it makes what the model learns from.", "Not named.", "W166", "lines.large.counts[1].reason",
         "says nothing"),
        ("[[lines.large.thresholds]]", f"{LATER}[[lines.large.thresholds]]", "W167", "lines.large.thresholds[1].from",
         "2027-01-01"),
        ("date = 2026-06-01", "date = 2026-01-01", "W167", "dates.applies", "before `enacted`"),
        ('id = "atlantis"', 'id = "cn"', "W168", "id", "that comes with flopline"),
    ],
)  # fmt: skip
def test_what_is_poor_is_warned_of_at_its_place(file, old, new, code, key, said):
    expected = [("W703", "sources.notice")]
    found = [one for one in warned(changed(file, old, new)) if one[:2] not in expected]
    if code is None:
        assert found == []
        return
    assert [one[:2] for one in found] == [(code, key)]
    assert said in found[0][2]


def test_reasons_in_other_scripts_are_not_counted_by_words(file):
    assert [
        code for code, *_ in warned(changed(file, "Not named; it makes what the model learns from.", "条文未提及"))
    ] == ["W703"]


class TestInheriting:
    LINE = (
        '[lines.{0}]\nname = "n"\nnature = "n"\nquantity = "q"\nsource = "line"\ninherits = {1}\n'
        'thresholds = [{{ flop = 1e24, compare = ">", from = 2026-06-01, source = "line" }}]\n'
        'counts = [{{ activities = ["sft"], answer = "yes", reason = "Named.", source = "line" }}]\n'
    )

    def written(self, file, parents):
        more = "\n".join(self.LINE.format(name, list(above)) for name, above in parents.items())
        file.write_text(f"{GOOD}\n{more}", encoding="utf-8")
        return file

    @pytest.mark.parametrize("parents", [{"a": "a"}, {"a": "b", "b": "a"}, {"a": "b", "b": "c", "c": "ab"}], ids=str)
    def test_a_circle_is_refused_and_never_followed(self, file, parents):
        said = [one.message for one in refused(self.written(file, parents))]
        assert [one for one in said if "inherits from itself" in one]
        with pytest.raises(RegimeError):
            lines(DAY, [file])

    def test_a_line_below_a_circle_is_not_on_it(self, file):
        said = [one.message for one in refused(self.written(file, {"a": "b", "b": "a", "below": "a"}))]
        assert not [one for one in said if one.startswith("`below`")]

    def test_chains_and_doublings_end_in_a_sentence(self, file):
        chain = {f"l{index}": [f"l{index - 1}"] if index else [] for index in range(2000)}
        doubled = {f"l{index}": [f"l{index - 1}"] * 2 if index else [] for index in range(64)}
        for parents in (chain, doubled):
            said = [one.message for one in refused(self.written(file, parents))]
            assert all(f"{MOST} are the most" in one for one in said)

    def test_a_share_of_a_share_counts_nothing(self, file):
        file.write_text('amends = "eu-ai-act"\n[lines.modifier.relative]\ndirect = "modifier"\n')
        (slip,) = refused(file)
        assert slip.message == "`modifier` is itself a share of another's computation"
        assert slip.place.line == 3

    def test_a_diamond_is_allowed(self, file):
        self.written(file, {"a": "", "b": "a", "c": "a", "d": "bc"})
        assert set(examine(file, DAY, FORMS).form.lines) == {"large", "a", "b", "c", "d"}


class TestHostile:
    def test_it_ends_in_a_sentence_with_the_file(self, tmp_path):
        (tmp_path / "empty.toml").write_text("")
        (tmp_path / "cut.toml").write_text(GOOD[:900])
        (tmp_path / "noise.toml").write_bytes(bytes(range(256)))
        (tmp_path / "latin.toml").write_bytes(GOOD.replace("Atlantis", "Atl\xe4ntis").encode("latin-1"))
        (tmp_path / "list.json").write_text("[]")
        (tmp_path / "folder").mkdir()
        (tmp_path / "deep.toml").write_text("a = " + "[" * 3000 + "]" * 3000)
        with (tmp_path / "large.toml").open("wb") as large:
            large.truncate(2**31)
        for name in (*(path.name for path in tmp_path.iterdir()), "nowhere.toml", "nul\0.toml"):
            for one in refused(tmp_path / name):
                assert one.place.file == str(tmp_path / name)

    @pytest.mark.parametrize("value", ["3", '"x"', "[]", "[3]", "{}", "true", "1e400", "2026-01-01", "[[[]]]"])
    def test_a_value_of_any_shape_in_any_place_is_refused_or_read(self, file, value):
        keys = re.findall(r"^(\w+) = ", GOOD, re.MULTILINE)
        for key in dict.fromkeys(keys):
            file.write_text(re.sub(rf"^{key} = .*$", f"{key} = {value}", GOOD, count=1, flags=re.MULTILINE))
            assert all(one.place.file == str(file) for one in slips(file))

    def test_a_file_cut_anywhere_is_refused_or_read(self, file):
        for end in range(0, len(GOOD), 37):
            file.write_text(GOOD[:end], encoding="utf-8")
            assert all(one.place.file == str(file) for one in slips(file))

    def test_thousands_of_slips_are_told_without_a_wait(self, file):
        """Looking for the closest name of each would take a minute."""
        sources = "".join(f'[sources.s{index}]\nof = "act"\nat = "s. 1"\ngrade = "read"\n' for index in range(2000))
        duty = '[[lines.large.duties]]\nid = "d{0}"\nwhat = "w"\nwho = "w"\nanchor = "start"\nsource = "t{0}"\n'
        file.write_text(GOOD + sources + "".join(duty.format(index) for index in range(2000)), encoding="utf-8")
        start = time.perf_counter()
        assert len(refused(file)) == 2000
        assert time.perf_counter() - start < 20

    def test_json_has_days_as_text(self, tmp_path):
        import json
        import tomllib

        file = tmp_path / "atlantis.json"
        file.write_text(json.dumps(tomllib.loads(GOOD), default=str))
        assert [code for code, *_ in warned(file)] == ["W703"]


def test_rows_are_told_by_their_answers_and_the_later_wins():
    found = answers_of(FORMS["eu-ai-act"].lines["systemic-risk"])
    assert sum(found.values()) == 31
    assert found["yes"] == 10


def test_an_amendment_is_held_to_what_it_says_itself(tmp_path):
    file = tmp_path / "amended.toml"
    document = next(iter(FORMS["us-ca-sb53"].documents))
    file.write_text(
        f'amends = "us-ca-sb53"\n[sources]\nnew = {{ of = "{document}", at = "22757.11", grade = "recalled" }}\n'
        '[[lines.frontier.counts]]\nactivities = ["sft"]\nanswer = "disputed"\nlean = "out"\n'
        'reason = "?"\nsource = "new"\n'
    )
    assert [(code, key) for code, key, _ in warned(file)] == [
        ("W703", "sources.new"), ("W166", "lines.frontier.counts[0].reason"),
    ]  # fmt: skip
    assert Path(examine(file, DAY, FORMS).file) == file
