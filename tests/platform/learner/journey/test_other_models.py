"""Estimates of secondary models on the journey: below the main estimate, with the model's name."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from estimates.models import AffectEstimate
from privacy.erasure import erasure
from tests.fixtures.models.estimates import make_predictor_row, store_estimate

pytestmark = pytest.mark.django_db
HEADING = "What other models estimated"


@pytest.fixture
def now():
    """The current time, because the pages read the clock."""
    return timezone.now()


def feed_of(client):
    page = client.get("/journey/").content.decode()
    return page[page.index('class="feed"') :]


def text_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_one_entry_shows_the_estimates_of_each_model(client_for, mia, sensed, now):
    shown, mvp = make_predictor_row("affect", "a"), make_predictor_row("mvp", "c")
    other = make_predictor_row("foursub", "b", origin="people")
    for cut in (3, 4):
        store_estimate(sensed, cut, shown, now, CONFUSION=0.6)
        store_estimate(sensed, cut, other, now, BOREDOM=0.5)
    store_estimate(sensed, 4, mvp, now, streams=("face",), VALENCE=0.3, AROUSAL=0.7)

    feed = feed_of(client_for(mia))

    assert feed.count(HEADING) == 1
    text = text_of(feed)
    entry = text[text.index("A pattern that often goes with confusion, 50–70% likely") :]
    assert entry.index("Correct this") < entry.index(HEADING)
    beside = entry[entry.index(HEADING) :]
    assert "Model of kind foursub A pattern that often goes with boredom, 40–60%" in beside
    assert "Model of kind mvp Trained on simulated learners only" in beside
    assert "goes with a pleasant feeling, 20–40%" in beside
    assert "goes with being tense or excited, 60–80%" in beside


@pytest.mark.parametrize(("cut", "chosen"), [(12, "surest"), (13, "later")])
def test_another_model_explains_an_estimate_after_the_opening_minute_too(
    client_for, mia, sensed, now, cut, chosen
):
    shown, other = make_predictor_row("affect", "a"), make_predictor_row("foursub", "b")
    for at in (3, cut):
        store_estimate(sensed, at, shown, now, CONFUSION=0.6)
    surest = store_estimate(sensed, 3, other, now, BOREDOM=0.7)
    later = store_estimate(sensed, cut, other, now, BOREDOM=0.5)
    feed = feed_of(client_for(mia))
    expected, refused = (later, surest) if chosen == "later" else (surest, later)
    assert f"/journey/guesses/{expected.id}/why/" in feed
    assert f"/journey/guesses/{refused.id}/why/" not in feed


def test_an_uncertain_model_says_so(client_for, mia, sensed, now):
    store_estimate(sensed, 3, make_predictor_row("affect", "a"), now, CONFUSION=0.6)
    store_estimate(sensed, 3, make_predictor_row("mvp", "c"), now)
    assert "Model of kind mvp Trained on simulated learners only Not sure." in text_of(
        feed_of(client_for(mia))
    )


def test_other_models_make_no_entry_and_no_band_of_their_own(client_for, mia, sensed, now):
    store_estimate(sensed, 3, make_predictor_row("affect", "a"), now, CONFUSION=0.6)
    page = client_for(mia).get("/journey/").content.decode()
    assert HEADING not in page

    store_estimate(sensed, 12, make_predictor_row("foursub", "b"), now, INTEREST=0.9)

    again = client_for(mia).get("/journey/").content.decode()
    assert text_of(again) == text_of(page)


def test_a_corrected_entry_keeps_them_below_the_correction(client_for, mia, sensed, now):
    row = store_estimate(sensed, 3, make_predictor_row("affect", "a"), now, CONFUSION=0.6)
    store_estimate(sensed, 3, make_predictor_row("foursub", "b"), now, BOREDOM=0.5)
    client = client_for(mia)

    client.post("/journey/correct/", {"ids": str(row.id), "said": "INTEREST"})

    assert set(AffectEstimate.objects.values_list("status", flat=True)) == {"disputed"}
    text = text_of(feed_of(client))
    assert text.index("Corrected by you.") < text.index(HEADING)
    assert "Your correction overrides these too." in text


def test_estimates_from_a_withdrawn_stream_are_hidden(client_for, mia, sensed, now):
    store_estimate(sensed, 3, make_predictor_row("affect", "a"), now, CONFUSION=0.6)
    store_estimate(
        sensed, 3, make_predictor_row("foursub", "b"), now, streams=("face",), BOREDOM=0.5
    )
    assert "boredom" in feed_of(client_for(mia))

    erasure.withdraw(mia.code, ["face:adapt"], now=timezone.now())

    feed = feed_of(client_for(mia))
    assert HEADING not in feed
    assert "confusion" in feed


def test_no_one_reads_the_estimates_of_another(client_for, mia, noah, sensed, now):
    store_estimate(sensed, 3, make_predictor_row("affect", "a"), now, CONFUSION=0.6)
    store_estimate(sensed, 3, make_predictor_row("foursub", "b"), now, BOREDOM=0.5)
    assert HEADING not in client_for(noah).get("/journey/").content.decode()
