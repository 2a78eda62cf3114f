"""The texts against the code: what a stream sends, for which purpose, how long, who reads it."""

from __future__ import annotations

import re

import pytest

from accounts.models import AGE_BANDS
from consent.grants.grants import LIFETIME
from consent.notices.notices import FOLDER
from consent.scopes import PURPOSES, STREAMS
from consent.stream_groups import GROUPS, SENSED_GROUPS

# Part of a channel's name -> the words for it in the texts, in English and in German.
KINDS = {
    "pointer": {
        "path|net|speed|straightness|turns|curvature": (
            r"fast .*move|move the (mouse|pointer)",
            r"schnell .*beweg",
        ),
        "scroll": ("scroll", "scroll"),
        "clicks": ("how often you click", "wie oft du klickst"),
        "idle|hesitation": ("pause", "innehältst"),
    },
    "typing": {
        "chr": ("letters", "Buchstaben"),
        "edit": ("corrections", "Korrekturen"),
        "nav": ("arrows", "Pfeile"),
        "ctl": ("others", "andere"),
        "dwell": (
            r"(long keys are held|long you hold a key)",
            "lange (Tasten gehalten|du eine Taste)",
        ),
        "flight|bursts": (
            "one to the next|how fast you type",
            "einer zur nächsten|schnell du tippst",
        ),
        "pauses": ("pause", "innehältst"),
    },
    "activity": {
        "visible|focused": ("page is in front", "Seite vorn ist"),
        "fullscreen": ("fills the screen", "den Bildschirm füllt"),
        "blurs": ("how often you leave it", "wie oft du sie verlässt"),
    },
    "face": {
        r"au\d\d$": (
            r"your (face|brows, eyes, cheeks, nose, mouth and chin) move",
            "Gesicht bewegt|Brauen, Augen, Wangen, Nase, Mund und Kinn beweg",
        ),
        "confidence|quality": ("how sure the others are", "wie sicher die anderen sind"),
        "yaw|pitch|roll": ("how it is turned", "wie er gedreht ist"),
        "^[xyz]$": ("where your head is", "wo dein Kopf ist"),
        "blink": ("when you blink", "wann du blinzelst"),
    },
    "gaze": {
        "left|right": (
            r"where your eyes point.*roughly where on the screen you look",
            "wohin deine Augen zeigen.*wohin auf dem Bildschirm du schaust",
        ),
        "on_screen": ("look", "schaust"),
        "quality": ("how sure the others are", "wie sicher die anderen sind"),
    },
    "rppg": {
        "hr": ("heart rate|fast your heart beats", "Herzfrequenz|schnell dein Herz schlägt"),
        "snr|disagreement|quality": (r"how sure (it|that) is", "wie sicher (sie|das) ist"),
    },
    "heart": {
        "^t$|rr": ("time between beats", "Zeit zwischen den Schlägen"),
        "hr": ("heart rate|how your heart beats", "Herzfrequenz|wie dein Herz schlägt"),
        "contact": ("touches your skin|it touches", "die Haut berührt|deine Haut berührt"),
    },
    "ppg": {"ppg": ("pulse", "Puls")},
    "ecg": {"ecg": ("heart current|current of your heart", "Herzstrom|Strom deines Herzens")},
    "eda": {"eda": ("moisture|damp", "Feuchte|feucht")},
    "layout": {
        "^t$": ("the time|when they are there", "Zeit|wann sie da sind"),
        "^[xy]$": ("place|where", "Ort|wo"),
        "^[wh]$": ("size|how big", "Größe|wie groß"),
        "^[rgb]$": ("colour", "Farbe"),
        "kind": ("kind", "Art"),
        "text_length": ("how much .*text", "wie viel .*Text"),
    },
    "acc": {"[xyz]": ("movement|how you move", "Bewegung|wie du dich bewegst")},
    "temp": {"temp": ("temperature|warm", "Temperatur|warm")},
    "eeg": {"": ("brain signals", "Hirnsignale")},
}
TEXTS = [
    (lang, group, band) for lang in ("en", "de") for group in SENSED_GROUPS for band in AGE_BANDS
]
STILL_READ = {"en": r"share them", "de": r"sie freigibst"}
NOT_CALLED_BACK = {
    "en": r"cannot be (recalled|taken back), nor can what a",
    "de": r"nicht zurückholen, und auch nicht, was ein",
}
PURPOSE_WORDS = {
    "en": ("Help for me", "Class summary", "Research"),
    "de": ("Hilfe für mich", "Klassenübersicht", "Forschung"),
}
FALSE = re.compile(
    r"never your numbers or your|which keys|Only files that a study|sees? only the class summary"
    r"|nie deine Zahlen oder|Welche Tasten|Nur Dateien, die|sehen nur die Klassenübersicht"
)


def _text(lang: str, group: str, band: str) -> str:
    return (FOLDER / lang / f"{group}.{band}.md").read_text()


def _sensed(text: str) -> str:
    """Return the two sections about what is sensed and what is sent, as one line."""
    return " ".join(text.split("\n## ")[2:4]).replace("\n", " ")


def test_every_channel_of_every_stream_has_a_kind():
    assert KINDS.keys() == STREAMS.keys()
    for name, stream in STREAMS.items():
        for channel in stream.channels:
            assert any(re.search(kind, channel.name) for kind in KINDS[name]), (name, channel.name)
        for kind in KINDS[name]:
            found = [each for each in stream.channels if re.search(kind, each.name)]
            assert found or not stream.channels, (name, kind)


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_text_names_what_each_channel_of_its_streams_tells(lang):
    missing = [
        (group, band, stream, kind)
        for _, group, band in TEXTS[: len(TEXTS) // 2]
        for stream in GROUPS[group]
        for kind, words in KINDS[stream].items()
        if not re.search(words[lang == "de"], _sensed(_text(lang, group, band)))
    ]
    assert missing == []


def test_the_figures_in_a_text_are_those_of_the_code():
    assert {f"{round(LIFETIME[band].days / 30.4)}" for band in ("adult", "teen")} == {"12"}
    assert LIFETIME["child"].days == 30
    count = sum(len(STREAMS[name].channels) for name in GROUPS["camera"])
    assert round(count, -1) == 50
    assert {STREAMS[name].rate_hz for name in GROUPS["camera"]} == {10}
    assert len(STREAMS["rppg"].channels) == 4
    assert (STREAMS["pointer"].rate_hz, STREAMS["typing"].rate_hz) == (1, 0.2)


@pytest.mark.parametrize(("lang", "group", "band"), TEXTS)
def test_a_text_tells_every_purpose_and_every_exception(lang, group, band):
    text = _text(lang, group, band)
    assert re.findall(r"^\*\*(.*)\.\*\*", text, re.MULTILINE) == list(PURPOSE_WORDS[lang])
    assert len(PURPOSE_WORDS[lang]) == len(PURPOSES)
    assert re.search(STILL_READ[lang], text)
    assert re.search(NOT_CALLED_BACK[lang], text)
    assert FALSE.search(text) is None


@pytest.mark.parametrize("band", AGE_BANDS)
@pytest.mark.parametrize(
    ("lang", "sent_anyway", "ended", "not_who"),
    [
        (
            "en",
            "(with or without this switch|even if this switch is off)",
            "ended it",
            "(see|not) who",
        ),
        (
            "de",
            "(mit und ohne diesen|wenn dieser Schalter aus)",
            "beendet hat",
            "(sehen sie|, wer)",
        ),
    ],
)
def test_the_text_about_got_it_says_what_is_sent_anyway_and_what_a_teacher_sees(
    lang, band, sent_anyway, ended, not_who
):
    text = _text(lang, "reports", band)
    for words in (sent_anyway, ended, not_who):
        assert re.search(words, text), words
