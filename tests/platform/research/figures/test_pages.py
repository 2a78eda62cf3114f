"""Figures on the pages of Predictors and Runs, and their downloads."""

from __future__ import annotations

import csv
import io
import re

import pytest

from estimates.models import Predictor
from research.figures.card_figures import build_figures
from research.models import Run
from tests.fixtures.models.model_cards import HONEST
from tests.fixtures.site import run_samples

pytestmark = pytest.mark.django_db
CODES = ["auc", "confusion", "calibration", "roc", "groups"]


@pytest.fixture
def predictor():
    return f"/research/predictors/{run_samples.make_predictor('b' * 12)}/"


@pytest.fixture
def run(predictor):
    found = run_samples.make_run("further-" + "b" * 12)
    return f"/research/runs/{found.id}/"


def main(answer):
    return answer.content.decode().split("<main", 1)[1].split("</main>")[0]


def test_a_predictor_shows_each_figure_with_its_table(client_for, ravi, predictor):
    page = main(client_for(ravi).get(predictor))
    assert re.findall(r'<section class="card fig" id="([a-z-]+)"', page) == CODES
    assert page.count('<details class="behind">') == len(CODES)
    assert "style=" not in page
    assert "<script" not in page


def test_a_run_shows_how_it_learned_too(client_for, ravi, run):
    page = main(client_for(ravi).get(run))
    assert 'id="learning"' in page
    assert "Best after epoch 4 of 6" in page


def test_drift_is_said_to_be_not_measured(client_for, ravi, predictor):
    page = main(client_for(ravi).get(predictor))
    assert "Do today’s inputs still look like the training data?" in page
    assert "No count of it is kept from week to week" in page


def test_no_page_shows_the_key_of_a_figure(client_for, ravi, predictor, run):
    for address in (predictor, run, "/research/runs/"):
        page = main(client_for(ravi).get(address))
        shown = re.sub(r"<[^>]*>", " ", page)
        keys = [key for key in run_samples.FIGURES if "_" in key and key in shown]
        assert keys == [], address


@pytest.mark.parametrize("code", CODES)
def test_each_figure_is_downloaded_with_the_numbers_of_its_table(client_for, ravi, predictor, code):
    page = client_for(ravi)
    answer = page.get(predictor, {"figure": code, "as": "csv"})
    head, *rows = csv.reader(io.StringIO(answer.content.decode().lstrip("\ufeff")))
    assert head[-1] == "origin"
    assert {row[-1] for row in rows} == {"simulated people"}
    section = main(page.get(predictor)).split(f'id="{code}"')[1].split("</section>")[0]
    assert len(rows) == section.split("<tbody>")[1].count("<tr>")
    drawn = page.get(predictor, {"figure": code, "as": "svg"})
    assert drawn["Content-Disposition"].endswith(f'-{code}.svg"')
    assert b"Simulated people." in drawn.content


def test_a_run_offers_its_figures_too(client_for, ravi, run):
    answer = client_for(ravi).get(run, {"figure": "learning", "as": "csv"})
    head, *_rows = csv.reader(io.StringIO(answer.content.decode().lstrip("\ufeff")))
    assert head == ["epoch", "loss_1", "loss_2", "origin"]


def test_an_unknown_figure_is_not_found(client_for, ravi, predictor):
    assert client_for(ravi).get(predictor, {"figure": "x", "as": "svg"}).status_code == 404


def test_a_gate_names_what_a_card_lacks_in_words(client_for, ravi, predictor):
    Predictor.objects.update(challenger=True)
    page = main(client_for(ravi).get(predictor))
    assert "does not tell what this gate asks for (log loss gain)." in page


def test_downloads_are_for_researchers_alone(client_for, mia, ines, predictor, run):
    for person in (mia, ines):
        for address in (predictor, run):
            answer = client_for(person).get(address, {"figure": "auc", "as": "csv"})
            assert answer.status_code == 404


def test_an_old_card_says_what_it_lacks(client_for, ravi, predictor):
    Predictor.objects.update(
        card={"title": "old", "labels": ["INTEREST"], "figures": HONEST, "limits": []}
    )
    page = main(client_for(ravi).get(predictor))
    assert re.findall(r'<section class="card fig" id="([a-z-]+)"', page) == ["calibration"]
    assert "This card has no ROC curves. Train again to see them." in page


def test_a_model_of_levels_is_named_in_words(client_for, ravi, predictor):
    row = Predictor.objects.get()
    row.card = row.card | {"labels": ["VALENCE", "AROUSAL"], "figures": {}}
    row.save()
    page = main(client_for(ravi).get(predictor))
    assert "Valence, Arousal" in page
    assert "VALENCE" not in page


def test_a_headline_says_how_often_it_is_right(client_for, ravi, predictor):
    page = re.sub(r"\s+", " ", main(client_for(ravi).get(predictor)))
    assert re.search(r"Right \d\d times in 100 on people it was not trained on\.", page)
    assert "Always giving the most frequent state would be right 34 times." in page


def test_the_figures_ask_the_database_nothing(predictor, run, django_assert_num_queries):
    row, made = Predictor.objects.get(), Run.objects.get()
    with django_assert_num_queries(0):
        assert build_figures(row, made).drawn
