"""Explanations of estimates on the journey: four states, and one explanation per run."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

import pipeline
from emotion import explain
from emotion.cues import Cue
from estimates import explanation_worker
from estimates.explanations import Counterfactual, EstimateExplanation
from estimates.models import Explanation
from learner.journey import explanation_views
from tests.fixtures.consent import withdraw
from tests.fixtures.models.estimates import make_predictor_row, store_estimate

pytestmark = pytest.mark.django_db
BUTTON = "Why this estimate?"
OWED = "Working out the reason."
GONE = "This estimate can no longer be explained, because what it was made from has been deleted."
SAID = "Mostly the pointer, in the last 4 seconds. This can be wrong."


@pytest.fixture
def now():
    """The current time, because the pages read the clock."""
    return timezone.now()


@pytest.fixture
def run(sensed, now):
    """Three equal estimates shown as one entry; the second is the most certain."""
    by = make_predictor_row("affect", "a")
    return [
        store_estimate(sensed, cut, by, now, streams=("face", "pointer"), CONFUSION=p)
        for cut, p in ((3, 0.5), (4, 0.7), (5, 0.6))
    ]


@pytest.fixture
def woken(monkeypatch):
    calls = []
    monkeypatch.setattr(pipeline, "wake", lambda: calls.append(1))
    return calls


def address(row):
    return f"/journey/guesses/{row.id}/why/"


def page_of(client):
    return client.get("/journey/").content.decode()


def text_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def answer(row, shares, label="CONFUSION", **more):
    """The explanation that a worker stores for this network output."""
    owed = Explanation.objects.select_related("learner").get(pk=row.pk)
    sentence = SAID if max(shares.values()) > 0 else ""
    explanation_worker._store(
        owed, EstimateExplanation(label, sentence, shares, 0.4, (4, 0), **more), timezone.now()
    )


def test_one_button_per_run_asks_about_its_most_certain_estimate(client_for, mia, run):
    page = page_of(client_for(mia))
    assert page.count(BUTTON) == 1
    assert f'action="{address(run[1])}"' in page


@pytest.mark.parametrize(("cut", "chosen"), [(12, "surest"), (13, "later")])
def test_an_estimate_after_the_opening_minute_is_explained_before_a_surer_one(
    client_for, mia, run, now, cut, chosen
):
    """Features are compared with the opening, so an estimate within it can name none."""
    row = store_estimate(
        run[0].sitting, cut, run[0].predictor, now, streams=("face", "pointer"), CONFUSION=0.55
    )
    expected = row if chosen == "later" else run[1]
    assert f'action="{address(expected)}"' in page_of(client_for(mia))


def test_a_request_queues_a_row_and_returns_to_the_day(client_for, mia, run, woken):
    client = client_for(mia)
    response = client.post(address(run[1]))
    assert response.status_code == 302
    assert response["Location"] == f"/journey/?day={run[1].made_at.date()}#why-{run[1].id}"
    assert Explanation.objects.get().due_at is not None
    assert woken == [1]

    page = client.get(response["Location"].partition("#")[0]).content.decode()
    assert OWED in page
    assert BUTTON not in page
    assert 'data-waits="true"' in page


def test_the_explanation_is_below_the_estimate_with_each_share(client_for, mia, run, woken):
    client = client_for(mia)
    client.post(address(run[1]))
    answer(run[1], {"face": 0.06, "pointer": 0.18, "gaze": -0.1, "heart": 0.0})

    page = page_of(client)
    text = text_of(page)
    assert SAID in text
    shares = text[text.index(SAID) :]
    assert "The pointer 75% The face 25% The heartbeat Did not point to it" in shares
    assert "Where the eyes went Pointed against it" in shares
    assert f"For the estimate at {run[1].made_at:%H:%M:%S}, one of 3 here." in shares
    assert 'data-waits="true"' not in page
    assert BUTTON not in page


def test_the_explanation_names_features_and_the_estimate_without_the_main_stream(
    client_for, mia, run, woken
):
    client = client_for(mia)
    client.post(address(run[1]))
    cues = {"CONFUSION": (Cue("pointer", "log_speed_mean", False), Cue("face", "au04", True))}
    without = Counterfactual("hands", "")
    answer(run[1], {"face": 0.06, "pointer": 0.18}, cues=cues, without=without)
    text = text_of(page_of(client))
    named = "pointer and camera: pointer slower than when you started, brows lower."
    assert f"At {run[1].made_at:%H:%M}, {named} {SAID}" in text
    assert "Without pointer and typing: not sure." in text

    withdraw(mia, ["face:adapt"], now=timezone.now())
    assert "brows lower" not in page_of(client)


def test_an_explanation_without_evidence_says_so(client_for, mia, run, woken):
    client = client_for(mia)
    client.post(address(run[1]))
    answer(run[1], {"face": -0.06, "pointer": 0.0})
    assert "Nothing that was sensed points to this more than against it." in page_of(client)


def test_an_unexplainable_estimate_says_so_and_has_no_button(client_for, mia, run, woken):
    client = client_for(mia)
    client.post(address(run[1]))
    explanation_worker.process_due(now=timezone.now)
    assert GONE in page_of(client)
    assert BUTTON not in page_of(client)
    client.post(address(run[1]))
    assert Explanation.objects.get().due_at is None


def test_a_later_more_certain_estimate_keeps_the_explanation(
    client_for, mia, run, woken, sensed, now
):
    client = client_for(mia)
    client.post(address(run[1]))
    later = now + timedelta(seconds=1)
    store_estimate(sensed, 6, run[0].predictor, later, streams=("face", "pointer"), CONFUSION=0.9)
    page = page_of(client)
    assert OWED in page
    assert BUTTON not in page


def test_an_uncertain_estimate_has_no_button_and_no_explanation(
    client_for, mia, sensed, now, woken
):
    unsure = store_estimate(sensed, 3, make_predictor_row("affect", "a"), now)
    client = client_for(mia)
    assert BUTTON not in page_of(client)
    assert client.post(address(unsure)).status_code == 404


def test_a_corrected_guess_has_no_button(client_for, mia, run, woken):
    client = client_for(mia)
    ids = ",".join(str(row.id) for row in run)
    client.post("/journey/correct/", {"ids": ids, "said": "INTEREST"})
    assert BUTTON not in page_of(client)


def test_no_one_asks_about_the_estimate_of_another(client_for, mia, noah, ines, run, woken):
    for stranger in (noah, ines):
        assert client_for(stranger).post(address(run[1])).status_code == 404
    assert client_for(mia).post(f"/journey/guesses/{uuid.uuid4()}/why/").status_code == 404
    assert client_for(mia).get(address(run[1])).status_code == 405
    assert not Explanation.objects.exists()
    assert woken == []


def test_an_explanation_is_not_read_after_withdrawal(client_for, mia, run, woken):
    client = client_for(mia)
    client.post(address(run[1]))
    answer(run[1], {"face": 0.06, "pointer": 0.18})
    withdraw(mia, ["face:adapt"], now=timezone.now())
    page = page_of(client)
    assert SAID not in page
    assert BUTTON not in page


def test_each_secondary_model_is_asked_alone_and_its_explanation_names_the_label(
    client_for, mia, run, woken, sensed, now
):
    levels = make_predictor_row("mvp", "c", hop_s=30.0)
    other = store_estimate(sensed, 5, levels, now, streams=("face",), VALENCE=0.3, AROUSAL=0.7)
    store_estimate(sensed, 4, make_predictor_row("foursub", "b"), now)
    client = client_for(mia)
    page = page_of(client)
    assert page.count(BUTTON) == 2
    assert f'action="{address(other)}"' in page

    client.post(address(other))
    answer(other, {"face": 0.2}, label="AROUSAL")

    page = page_of(client)
    said = SAID.replace("pointer", "face")
    assert f"About being tense or excited. {said}" in page
    assert page.count(BUTTON) == 1
    client.post("/journey/correct/", {"ids": ",".join(str(row.id) for row in run), "said": "NONE"})
    assert said not in page_of(client)


@pytest.mark.parametrize("steps", [[0] * 9 + [1], [0, 0, 1, 1, 0], [0, 1, 0], [1] * 5, None])
@pytest.mark.parametrize(
    "shares", [{"pointer": 0.3, "face": -0.2}, {"face": 0.2, "heart": 0.19, "eda": 0.18}]
)
def test_the_page_shows_the_explanation_word_for_word(steps, shares):
    top = max(shares, key=shares.__getitem__)
    found = explain.LabelExplanation(shares, top, None if steps is None else np.array(steps), 0.5)
    sentence = explain.format_sentence(found)
    told = EstimateExplanation("CONFUSION", sentence, shares, 0.5, explain.find_stretch(found))
    assert explanation_views._sentence(told) == sentence
