"""Environment variables: valid values are accepted, all others stop the start."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from config.env import (
    BadEnvironment,
    envbool,
    envchoice,
    envint,
    envlist,
    envpath,
    envsecret,
    envstr,
)


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("TRUE", True), ("off", False), (" no ", False), ("", True)]
)
def test_a_switch_is_on_off_or_its_default(text, value):
    assert envbool("X", default=True, environ={"X": text}) is value


@pytest.mark.parametrize("text", ["2", "ja", "yes please", "None"])
def test_an_unclear_switch_stops_the_start_and_names_itself(text):
    with pytest.raises(BadEnvironment, match=r"SWITCH must be one of"):
        envbool("SWITCH", environ={"SWITCH": text})


@pytest.mark.parametrize("text", ["-1", "1.5", "ten", "101", "1e2", "٣"])
def test_a_number_outside_its_range_stops_the_start(text):
    with pytest.raises(BadEnvironment, match="from 0 to 100"):
        envint("N", 5, most=100, environ={"N": text})


def test_a_number_is_read_and_defaults():
    assert envint("N", 5, environ={"N": " 7 "}) == 7
    assert envint("N", 5, environ={}) == 5


def test_blank_counts_as_unset():
    assert envstr("X", "default", environ={"X": "  "}) == "default"
    assert envlist("X", ("a",), environ={"X": " , "}) == ["a"]
    assert envlist("X", environ={"X": "a, b ,"}) == ["a", "b"]


def test_a_secret_comes_from_its_variable_or_its_file(tmp_path):
    file = tmp_path / "secret"
    file.write_text("f" * 40 + "\n")
    kept = tmp_path / "kept"
    assert envsecret("S", kept=kept, environ={"S": "v" * 32}) == "v" * 32
    assert envsecret("S", kept=kept, environ={"S_FILE": str(file)}) == "f" * 40
    assert not kept.exists()


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"S": "short"}, "at least 32"),
        ({"S": "v" * 32, "S_FILE": "/x"}, "keep one"),
        ({"S_FILE": "/nonexistent/secret"}, "cannot be read"),
    ],
)
def test_a_bad_secret_stops_the_start_without_being_printed(tmp_path, environ, said):
    with pytest.raises(BadEnvironment, match=said) as caught:
        envsecret("S", kept=tmp_path / "kept", environ=environ)
    assert environ.get("S", "short") not in str(caught.value).replace("S_FILE", "")


def test_an_empty_secret_file_stops_the_start(tmp_path):
    (tmp_path / "empty").touch()
    with pytest.raises(BadEnvironment, match="empty file"):
        envsecret("S", kept=tmp_path / "kept", environ={"S_FILE": str(tmp_path / "empty")})


def test_without_a_secret_one_is_made_once_for_all_processes(tmp_path):
    kept, found = tmp_path / "secrets" / "s", []
    starts = [
        threading.Thread(target=lambda: found.append(envsecret("S", kept=kept, environ={})))
        for _ in range(12)
    ]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert len(set(found)) == 1
    assert len(found[0]) >= 32
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [f.name for f in kept.parent.iterdir()] == ["s"]


def test_the_secret_of_a_faster_process_is_used(tmp_path, monkeypatch):
    kept = tmp_path / "s"

    def rival(_: int) -> str:
        kept.write_text("r" * 40)
        return "o" * 40

    monkeypatch.setattr("config.env.secrets.token_urlsafe", rival)
    assert envsecret("S", kept=kept, environ={}) == "r" * 40
    assert kept.read_text() == "r" * 40


def test_a_choice_is_one_of_its_words_and_the_first_where_unset():
    words = ("plain", "json")
    assert envchoice("FORM", words, environ={"FORM": " json "}) == "json"
    assert envchoice("FORM", words, environ={}) == "plain"
    with pytest.raises(BadEnvironment, match="plain, json"):
        envchoice("FORM", words, environ={"FORM": "xml"})


def test_a_file_has_a_default_and_can_be_none():
    default = Path("/var/x")
    read = {text: envpath("X", default, environ={"X": text}) for text in ("", "/y", "none")}
    assert read == {"": default, "/y": Path("/y"), "none": None}
