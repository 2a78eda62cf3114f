"""What a page's promise does not cover is stated next to it.

Each such sentence of three templates is registered word for word, and the code agrees.
"""

from __future__ import annotations

import json
import re

import pytest

from tests.site.promises import promise_sentences
from tests.site.promises.promise_sentences import ROOT
from tests.site.promises.test_promises import columns_of, only, proved

TEMPLATES = ROOT / "templates" / "learner"
STREAMS = json.loads((ROOT / "emotion" / "streams.json").read_text())
SENSORS = ROOT / "static" / "js" / "sensors"


def channels_of(name: str) -> set[str]:
    (stream,) = (each for each in STREAMS if each["name"] == name)
    return {each["name"] for each in stream["channels"]}


def gaze():
    """Gaze directions of both eyes, and the probability that the screen is looked at."""
    eyes = {f"{side}_{axis}" for side in ("left", "right") for axis in "xyz"}
    assert eyes | {"on_screen"} <= channels_of("gaze")


def taken_out():
    only("ravi", "/research/snapshots/<uuid:id>/export/")
    proved(
        "platform/research/snapshots/test_bids_export.py",
        "test_each_export_is_a_leaf_and_one_about_each_person_in_it",
    )
    proved(
        "platform/research/registry/test_unlearning.py",
        "test_a_flagged_model_is_never_rolled_back_to",
    )
    proved(
        "platform/privacy/erasure/test_erasure.py",
        "test_an_offer_stays_without_its_withdrawn_reason",
    )


def typed():
    """One sensor reads pressed keys, only for their kind; posts and titles are stored sealed."""
    for path in SENSORS.rglob("*.js"):
        keys = re.findall(r"\w*\(?event\.key\b", path.read_text())
        assert keys == (["kindOf(event.key"] if path.name == "typing.js" else []), path
    assert {"chr", "edit", "nav", "ctl"} <= channels_of("typing")
    assert {"sealed", "title_sealed"} <= {
        *columns_of("discussion.Post"),
        *columns_of("discussion.Thread"),
    }


LIMITS = {
    "_camera_setup.html": (
        "What is sent is where your eyes point and how likely it is that you are looking at the "
        "screen. From that, it can be worked out roughly where on the screen you look.",
        gaze,
    ),
    "consent/consents.html": (
        "Switching off stops it at once and deletes the data collected and what was made from it. "
        "The record that a suggestion was made stays, without its reason. Files that a study "
        "exported before then cannot be recalled, nor can what a model learned from a study's "
        "copies.",
        taken_out,
    ),
    "privacy/my_data.html": (
        "What you type is not in it either, except the answers, posts and other texts that you "
        "gave to this site.",
        typed,
    ),
}


@pytest.mark.parametrize("template", LIMITS)
def test_limits_of_promises_are_stated_and_true(template):
    said, is_so = LIMITS[template]
    page = (TEMPLATES / template).read_text().replace(promise_sentences.CURLY, "'")
    assert said in page
    is_so()


@pytest.mark.parametrize("template", LIMITS)
def test_limits_of_promises_are_stated_in_german(template):
    said, _ = LIMITS[template]
    (message,) = (
        each
        for each in promise_sentences.messages("django")
        if said in each.msgid.replace(promise_sentences.CURLY, "'")
    )
    assert message.msgstr
    assert not message.fuzzy
    assert len(promise_sentences.sentences(message.msgstr)) >= len(
        promise_sentences.sentences(message.msgid)
    )
