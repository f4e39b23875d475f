"""A log of forecasts: only ever appended to, and whatever happened to it is visible."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from flopline.errors import EvidenceError
from flopline.evidence import append, first_days, read_log

BODY = {
    "recorded": "2026-11-25T10:00:00Z", "day": "2026-11-25", "plan": {"title": "t", "sha256": "p"}, "law": "l",
    "data": "d", "total": {}, "lines": [],
}  # fmt: skip


def line(probability, name="eu-ai-act/systemic-risk", days=14):
    reading = {"probability": probability, "error": 0.0}
    return {"id": name, "notify_within_days": days, "narrow": reading, "expected": reading, "broad": reading}


def entry(day, probability):
    return BODY | {"day": day, "lines": [line(probability)]}


@pytest.fixture
def log(tmp_path):
    return tmp_path / "forecasts.jsonl"


def filled(log, count=4):
    for number in range(count):
        append(log, BODY | {"note": str(number)})
    return log.read_bytes()


class TestAppending:
    def test_entries_are_numbered_and_chained(self, log):
        filled(log)
        entries = [one.body for one in read_log(log).entries]
        assert [one["sequence"] for one in entries] == [1, 2, 3, 4]
        assert [one["previous"] for one in entries] == [None, *(one["hash"] for one in entries[:-1])]

    def test_what_stands_there_is_never_touched(self, log):
        before = filled(log)
        append(log, BODY)
        assert log.read_bytes().startswith(before)

    @pytest.mark.parametrize("cut", [2, 3, 40, 200])
    def test_a_torn_line_is_ended_and_accounted_for(self, log, cut):
        whole = filled(log)
        log.write_bytes(whole[:-cut])
        torn = read_log(log)
        assert (len(torn.entries), torn.faults, len(torn.torn)) == (3, (), 1)
        added = append(log, BODY)
        assert log.read_bytes().startswith(whole[:-cut])
        assert added.body["torn"] == list(torn.torn)
        after = read_log(log)
        assert (len(after.entries), after.faults, after.torn) == (4, (), ())

    def test_a_line_that_lacks_its_newline_alone_is_whole(self, log):
        log.write_bytes(filled(log)[:-1])
        assert append(log, BODY).body["torn"] == []
        found = read_log(log)
        assert (len(found.entries), found.faults, found.torn) == (5, (), ())

    def test_two_kills_in_a_row_are_both_accounted_for(self, log):
        filled(log, 1)
        with log.open("ab") as file:
            file.write(b'{"schema": 1, "seq')
        with log.open("ab") as file:
            file.write(b'\n{"schema"')
        assert append(log, BODY).body["torn"] == [18, 9]
        assert read_log(log).faults == ()


class TestTampering:
    def lines(self, log):
        filled(log)
        return log.read_bytes().splitlines(keepends=True)

    @pytest.mark.parametrize(
        ("change", "at"),
        [
            (lambda rows: [rows[0], rows[1].replace(b'"note": "1"', b'"note": "9"'), *rows[2:]], 2),
            (lambda rows: [rows[0], *rows[2:]], 2),
            (lambda rows: [rows[1], rows[0], *rows[2:]], 1),
            (lambda rows: [*rows, rows[3]], 5),
            (lambda rows: [rows[0], b"a remark\n", *rows[1:]], 2),
            (lambda rows: [rows[0], rows[1].replace(b'"schema": 1', b'"schema": 2'), *rows[2:]], 2),
        ],
        ids=["changed", "removed", "moved", "repeated", "inserted", "version"],
    )
    def test_it_is_found_at_its_line_and_nothing_is_appended(self, log, change, at):
        log.write_bytes(b"".join(change(self.lines(log))))
        found = read_log(log)
        assert found.faults[0].line == at
        before = log.read_bytes()
        with pytest.raises(EvidenceError, match="does not fit"):
            append(log, BODY)
        assert log.read_bytes() == before

    def test_what_does_not_fit_is_no_evidence(self, log):
        append(log, entry("2026-11-25", 0.2))
        log.write_bytes(log.read_bytes().replace(b"0.2", b"0.9"))
        assert first_days(read_log(log).entries) == ()


class TestHostileFiles:
    def test_a_folder_a_pipe_and_nothing_are_refused(self, tmp_path):
        os.mkfifo(tmp_path / "pipe.jsonl")
        for path in (tmp_path, tmp_path / "pipe.jsonl"):
            with pytest.raises(EvidenceError):
                append(path, BODY)
        for path in (tmp_path, tmp_path / "pipe.jsonl", tmp_path / "nothing.jsonl"):
            with pytest.raises(EvidenceError):
                read_log(path)

    def test_a_folder_that_does_not_exist_is_refused(self, tmp_path):
        with pytest.raises(EvidenceError, match="cannot be written"):
            append(tmp_path / "none" / "log.jsonl", BODY)

    @pytest.mark.parametrize(
        "junk", [b"\xff\xfe\n", b"[1]\n", b"{}\n", b"null\n", b"x" * (1 << 21), b"[" * 100_000 + b"\n"]
    )
    def test_junk_is_a_piece_that_the_next_entry_accounts_for(self, log, junk):
        log.write_bytes(junk)
        append(log, BODY)
        found = read_log(log)
        assert (len(found.entries), found.faults) == (1, ())
        assert found.entries[0].body["torn"] == [len(junk.rstrip(b"\n"))]

    def test_a_full_disk_leaves_a_visible_piece_and_a_clear_error(self, log):
        code = (
            "import resource, signal, sys; from pathlib import Path; from flopline.evidence import append\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            f"append(Path(sys.argv[1]), {BODY!r})\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (700, 700))\n"
            "from flopline.errors import EvidenceError\n"
            f"try: append(Path(sys.argv[1]), {BODY!r} | {{'note': 'x' * 600}})\n"
            "except EvidenceError as error: print(error.message)\n"
        )
        done = subprocess.run([sys.executable, "-c", code, str(log)], capture_output=True, text=True, check=True)
        assert "cannot be written" in done.stdout
        append(log, BODY)
        found = read_log(log)
        assert (len(found.entries), found.faults, len(found.entries[1].body["torn"])) == (2, (), 1)


class TestFirstDays:
    def test_the_first_forecast_at_or_above_each_level_counts(self, log):
        for day, probability in (("2026-10-01", 0.05), ("2026-10-08", 0.1), ("2026-10-15", 0.6), ("2026-10-22", 0.2)):
            append(log, entry(day, probability))
        found = {
            one.probability: (str(one.day), str(one.deadline))
            for one in first_days(read_log(log).entries)
            if one.reading == "expected"
        }
        assert found == {
            0.1: ("2026-10-08", "2026-10-22"), 0.25: ("2026-10-15", "2026-10-29"), 0.5: ("2026-10-15", "2026-10-29"),
        }  # fmt: skip

    def test_a_line_without_a_probability_was_never_known(self, log):
        append(log, entry("2026-10-01", None))
        assert {one.day for one in first_days(read_log(log).entries)} == {None}


WRITER = """
import sys
from pathlib import Path
from flopline.evidence import append
for number in range(int(sys.argv[2])):
    append(Path(sys.argv[1]), {0!r} | {{"note": f"{{sys.argv[3]}}-{{number}}" + "x" * 3000}})
    print("kept", flush=True)
"""


def writer(log, count, name):
    code = WRITER.format(BODY)
    return subprocess.Popen(
        [sys.executable, "-c", code, str(log), str(count), name], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def test_writers_at_the_same_time_lose_nothing(log):
    running = [writer(log, 6, name) for name in "abcd"]
    for one in running:
        assert one.wait(timeout=120) == 0
        one.communicate()
    notes = {entry.body["note"].rstrip("x") for entry in read_log(log).entries}
    assert notes == {f"{name}-{number}" for name in "abcd" for number in range(6)}


@pytest.mark.parametrize("rounds", [3, pytest.param(60, marks=pytest.mark.slow)])
def test_a_kill_at_any_moment_loses_no_forecast_that_was_reported(log, rounds):
    chance = random.Random(5)
    kept = 0
    for number in range(rounds):
        one = writer(log, 10_000, str(number))
        one.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.05))
        one.send_signal(signal.SIGKILL)
        kept += 1 + one.communicate()[0].count(b"kept")
        found = read_log(log)
        assert found.faults == ()
        assert len(found.entries) >= kept
    append(log, BODY)
    assert json.loads(log.read_bytes().splitlines()[-1])["sequence"] == len(read_log(log).entries)
