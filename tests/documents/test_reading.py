"""Files are read whole or refused at once, with the reason and the way out."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flopline.documents import LIMIT, read
from flopline.errors import Diagnostic, DocumentError


def refused(path: Path, limit: int = LIMIT) -> Diagnostic:
    with pytest.raises(DocumentError) as caught:
        read(path, limit)
    (one,) = caught.value.diagnostics
    return one


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text('title = "Atlas"\n')
    return path


def test_toml_and_json_are_told_by_their_suffix(plan: Path, tmp_path: Path) -> None:
    other = tmp_path / "plan.JSON"
    other.write_text('{"title": "Atlas"}')
    assert read(plan).tree == read(other).tree == {"title": "Atlas"}


@pytest.mark.parametrize(
    "text", ['{"title": "Atlas"}', '\ufeff\n {"title": "Atlas"}', "title = 'Atlas'", "\ufefftitle = 'Atlas'"]
)
def test_other_files_are_told_by_their_content(tmp_path: Path, text: str) -> None:
    path = tmp_path / "atlas.txt"
    path.write_text(text, encoding="utf-8")
    assert read(path).tree == {"title": "Atlas"}


def test_places_name_the_file_as_it_was_given(plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(plan.parent)
    assert str(read(Path("plan.toml")).place(("title",))) == "plan.toml:1:9 (title)"


def test_the_text_encodes_to_the_bytes_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_bytes(b"\xef\xbb\xbftitle = 'a'\r\n")
    assert read(path).text.encode() == path.read_bytes()


def test_a_missing_file_is_refused_with_the_nearest_name(plan: Path) -> None:
    found = refused(plan.with_name("plam.toml"))
    assert (found.code, found.hint) == ("E101", f"did you mean `{plan}`?")
    assert found.place.file == str(plan.with_name("plam.toml"))


def test_a_missing_file_is_refused_with_the_name_under_another_suffix(plan: Path) -> None:
    assert refused(plan.with_name("plan.json")).hint == f"did you mean `{plan}`?"


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    assert "no directory" in refused(tmp_path / "none" / "plan.toml").hint


def test_a_directory_is_refused_with_the_file_inside(plan: Path) -> None:
    found = refused(plan.parent)
    assert found.message.endswith("is a directory")
    assert found.hint == f"did you mean `{plan}`?"


def test_a_file_is_not_a_directory(plan: Path) -> None:
    assert "cannot be read" in refused(plan / "config.json").message


@pytest.mark.parametrize("name", ["a\0b", "a" * 5000, "\udcff"])
def test_impossible_names_are_refused(name: str) -> None:
    assert str(refused(Path(name))).encode()


def test_an_unreadable_file_is_refused(plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbid(*_: object) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "open", forbid)
    assert "permission denied" in refused(plan).message


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    with path.open("wb") as file:
        file.truncate(2**31)
    assert refused(path).code == "E102"


def test_a_file_of_exactly_the_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text("#" * 100)
    assert read(path, limit=100).tree == {}
    assert refused(path, limit=99).code == "E102"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    os.mkfifo(path)
    assert "not a regular file" in refused(path).message


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/null"])
def test_devices_are_refused(name: str) -> None:
    assert refused(Path(name)).code in ("E100", "E101")


def test_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.symlink_to(path)
    assert "cannot be read" in refused(path).message


def test_binary_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"\x88\x03\0\0\0\0\0\0{}\xff")
    assert refused(path).message.endswith("is not a text file")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_other_encodings_are_refused(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "plan.toml"
    path.write_bytes("title = 'Atlas'".encode(encoding))
    assert refused(path).place.file == str(path)


def test_bytes_that_are_not_utf8_are_refused_with_their_offset(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_bytes(b"schema = 1\ntitle = '\xc3\xa9\xe9'\n")
    found = refused(path)
    assert found.message == "the byte at offset 22 (0xe9) is not UTF-8"
    assert (found.place.line, found.place.column) == (2, 11)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from(["plan.toml", "plan.json", "plan"]))
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with suppress(DocumentError):
        assert isinstance(read(path).tree, dict)


def test_reading_a_good_file_loads_nothing_that_only_errors_need(plan: Path) -> None:
    program = f"""
import sys
from contextlib import suppress
from pathlib import Path
from flopline.documents import read
read(Path({str(plan)!r}))
print(*sys.modules)
"""
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "flopline.documents" in loaded
    assert not {"numba", "scipy", "numpy", "pydantic", "difflib", "flopline.documents.positions"} & set(loaded)
