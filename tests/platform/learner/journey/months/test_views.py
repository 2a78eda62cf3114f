"""The page of months: each month a section, the newest first; empty; earlier; and as a file."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from adaptation.models import Intervention, ProximalOutcome
from courses.models import Response
from estimates.models import AffectEstimate, BehaviourEstimate, SelfReport
from privacy.export import row_decryption
from privacy.export.tables import tables_of
from tests.fixtures import factories
from tests.fixtures.models.behaviour import store_step
from tests.fixtures.models.estimates import make_predictor_row, store_estimate
from tests.fixtures.past_months import answer, offer, say, sit

pytestmark = pytest.mark.django_db
PAGE = "/journey/months/"
DAY = timedelta(days=1)


@pytest.fixture
def now():
    """The current time, because the pages read the clock."""
    return timezone.now()


@pytest.fixture
def lived(mia, noah, allow, now):
    """A learner's months: something of every part now, and words a hundred days ago."""
    allow(mia, "pointer:adapt", now=now)
    before = now - 100 * DAY
    say(sit(mia, before), before, ("anxiety", {"valence": 2, "arousal": 8}))
    question = factories.make_question(skills=[factories.make_skill()])
    answer(mia, question, now)
    sitting = sit(mia, now)
    say(sitting, now, ("confidence", {}), ("", {"valence": 7, "arousal": 4}))
    offer(sitting, 1, now, "accepted", next_answer="right")
    model = make_predictor_row("affect", "a")
    store_estimate(sitting, 12, model, now, INTEREST=0.8)
    store_step(sitting, 11, make_predictor_row("behaviour", "b"), now, state="focused")
    say(sit(noah, now), now, ("boredom", {}))
    return question


def sections(page):
    """Return each month's heading with its text, without markup."""
    found = re.findall(r'<section class="card month.*?</section>', page, re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", each)).strip() for each in found]


def test_each_month_is_a_section_with_its_parts_the_newest_first(client_for, mia, lived, now):
    newest, oldest = sections(client_for(mia).get(PAGE).content.decode())
    assert newest.startswith(f"{now:%B %Y}")
    assert oldest.startswith(f"{now - 100 * DAY:%B %Y}")
    assert "Confident 1" in newest
    assert "Pleasant 7.0 of 9, from 1 answer" in newest
    assert "Accepted 1 1 0 0" in newest
    assert "First answers not known" in newest
    assert "Estimated, not checked on people" in newest
    assert "Interest 1 100%" in newest
    assert "On task 1 100%" in newest
    assert "Anxious 1" in oldest
    assert "No estimate is kept from this month: estimates are deleted after 7 days." in oldest
    assert "Bored" not in newest


def test_a_learner_with_nothing_reads_what_will_be_here(client_for, mia):
    page = client_for(mia).get(PAGE).content.decode()
    assert "Nothing here yet" in page
    assert "as=csv" not in page


def test_earlier_months_are_one_link_away_and_empty_ones_say_so(client_for, mia, now):
    before = now - 800 * DAY
    say(sit(mia, before), before, ("got_it", {}))
    client = client_for(mia)
    page = client.get(PAGE).content.decode()
    assert "Nothing in these months." in page
    assert ">Earlier<" in page
    for _ in range(3):
        page = client.get(PAGE + re.search(r'href="([^"]+)">Earlier<', page)[1]).content.decode()
        if sections(page):
            break
    assert sections(page)[0].startswith(f"{before:%B %Y}")
    assert ">Earlier<" not in page
    assert ">Later<" in page


def test_the_file_has_the_figures_of_the_page_and_no_name(client_for, mia, lived, now):
    client = client_for(mia)
    page = client.get(PAGE).content.decode()
    link = re.search(r'href="([^"]+as=csv)"', page)[1].replace("&amp;", "&")
    reply = client.get(PAGE + link)
    assert reply["Content-Type"] == "text/csv; charset=utf-8"
    assert reply["Content-Disposition"] == 'attachment; filename="progress-by-month.csv"'
    assert reply["Cache-Control"] == "no-store"
    text = reply.content.decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(text))
    assert head == ["month", "part", "name", "figure", "value"]
    assert "mia" not in text.lower()
    before, after = re.search(
        r"First answers (not known) (\d+–\d+%) 1 ", sections(page)[0]
    ).groups()
    skill = lived.skills.get()
    said, guessed = "what you said", "estimated, not checked on people"
    known = [f"what you probably knew, {guessed}", f"{skill.course.title}: {skill.name}"]
    assert rows == [
        *in_month(
            now,
            [said, "Confident", "times chosen", "1"],
            [said, "Pleasant", "average from 1 to 9", "7.0"],
            [said, "Pleasant", "answers", "1"],
            [said, "Excited", "average from 1 to 9", "4.0"],
            [said, "Excited", "answers", "1"],
            [*known, "at the start", before],
            [*known, "at the end", after],
            [*known, "change", "First answers"],
            [*known, "answers", "1"],
            ["suggestions", "Accepted", "suggestions", "1"],
            ["suggestions", "Accepted", "next answer correct", "1"],
            ["suggestions", "Accepted", "next answer not correct", "0"],
            ["suggestions", "Accepted", "no answer within 10 minutes", "0"],
            ["suggestions", "Accepted", "not measured", "0"],
            [f"feelings, {guessed}", "interest", "minutes", "1"],
            [f"feelings, {guessed}", "interest", "share", "100%"],
            [f"what you were doing, {guessed}", "on task", "minutes", "1"],
            [f"what you were doing, {guessed}", "on task", "share", "100%"],
        ),
        *in_month(
            now - 100 * DAY,
            [said, "Anxious", "times chosen", "1"],
            [said, "Pleasant", "average from 1 to 9", "2.0"],
            [said, "Pleasant", "answers", "1"],
            [said, "Excited", "average from 1 to 9", "8.0"],
            [said, "Excited", "answers", "1"],
        ),
    ]


def in_month(at, *rows):
    return [[f"{at:%Y-%m}", *row] for row in rows]


def test_the_page_speaks_german_and_its_file_the_source_language(client_for, mia, lived):
    client, german = client_for(mia), {"Accept-Language": "de"}
    page = client.get(PAGE, headers=german).content.decode()
    assert "Über die Monate" in page
    assert "Zuversichtlich" in page
    file = client.get(PAGE + "?as=csv", headers=german).content
    assert b"Confident" in file
    assert file == client.get(PAGE + "?as=csv").content


def test_the_tables_behind_the_page_are_in_the_copy_of_ones_data(mia, now):
    read = {SelfReport, Response, Intervention, ProximalOutcome, AffectEstimate, BehaviourEstimate}
    copied = {table.holding.model for table in tables_of(row_decryption.copy_for(mia, now=now))}
    assert read <= copied
