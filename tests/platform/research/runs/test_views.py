"""The pages of runs: access, starting, live progress, and the report."""

from __future__ import annotations

import re

import pytest
from django.db import IntegrityError
from django.utils import timezone

from emotion.models.registry import RECIPES
from research.models import Run
from research.runs import training_worker
from research.runs.models import RECIPE_PATTERN
from tests.fixtures.models.model_cards import HONEST

pytestmark = pytest.mark.django_db
RUNS = "/research/runs/"


def start(page, **fields):
    return page.post(f"{RUNS}start/", {"recipe": "finetune", "data": "", **fields}, follow=True)


def main(answer):
    return answer.content.decode().split("<main", 1)[1].split("</main>")[0]


def test_they_are_there_for_researchers_alone(client_for, ravi, mia, ines, amir):
    assert client_for(ravi).get(RUNS).status_code == 200
    for person in (mia, ines, amir):
        assert client_for(person).get(RUNS).status_code == 404


def test_recipes_are_listed_by_what_they_train_on(client_for, ravi):
    page = main(client_for(ravi).get(RUNS))
    listed = {
        re.search(r'label="([^"]*)"', group)[1]: set(re.findall(r'<option value="(\w+)"', group))
        for group in re.findall(r"<optgroup.*?</optgroup>", page, re.DOTALL)
    }
    assert listed.keys() == {
        "Course snapshot or simulated people",
        "Public data set",
        "Simulated people",
    }
    assert listed["Course snapshot or simulated people"] >= {"finetune", "mvp", "sam"}
    assert listed["Public data set"] >= {"wearable"}
    assert listed["Simulated people"] >= {"prior", "foursub", "behaviour"}
    assert set.union(*listed.values()) == RECIPES.keys()
    assert [name for name in RECIPES if RECIPES[name].title not in page] == []


def test_a_run_of_a_recipe_that_is_gone_keeps_its_name(client_for, ravi):
    now = timezone.now()
    run = Run.objects.create(
        recipe="former", simulated=True, asked_by=bytes(32), asked_at=now, state="cancelled"
    )
    assert "former" in main(client_for(ravi).get(RUNS))
    assert "former" in main(client_for(ravi).get(f"{RUNS}{run.id}/"))


def test_every_recipe_fits_the_table():
    assert [name for name in RECIPES if not re.fullmatch(RECIPE_PATTERN, name)] == []


@pytest.mark.parametrize("recipe", ["", "Prior", "pri or", "prior2", "prior\n"])
def test_the_table_refuses_a_recipe_that_is_no_name(recipe, now):
    with pytest.raises(IntegrityError, match="research_run_recipe"):
        Run.objects.create(recipe=recipe, asked_by=bytes(32), asked_at=now, due_at=now)


def test_starting_leads_to_its_page_which_says_how_far_it_is(client_for, ravi):
    page = client_for(ravi)
    assert "Waiting" in main(start(page))
    run = Run.objects.get()
    assert run.simulated
    Run.objects.update(state="running", epoch=3, epochs=8)
    live = page.get(f"{RUNS}{run.id}/live/")
    assert "Epoch 3 of 8" in live.content.decode()
    assert 'data-waits="true"' in live.content.decode()


def test_the_live_part_stops_refreshing_when_the_run_is_over(client_for, ravi):
    page = client_for(ravi)
    start(page)
    run = Run.objects.get()
    page.post(f"{RUNS}{run.id}/cancel/")
    assert "data-waits" not in page.get(f"{RUNS}{run.id}/live/").content.decode()
    assert "Cancelled" in main(page.get(f"{RUNS}{run.id}/"))


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"recipe": "wearable"}, 422),
        ({"recipe": ""}, 422),
        ({"data": "nonsense"}, 404),
        ({"data": "11111111-1111-4111-8111-111111111111"}, 404),
    ],
)
def test_a_refused_start_is_answered_and_nothing_is_queued(client_for, ravi, fields, status):
    assert start(client_for(ravi), **fields).status_code == status
    assert not Run.objects.exists()


def test_the_report_shows_the_leaky_split_in_red_crossed_out_with_its_gap(
    client_for, ravi, trains, finish
):
    trains(finish(**HONEST))
    page = client_for(ravi)
    start(page)
    training_worker.process_due(now=timezone.now)
    told = main(page.get(f"{RUNS}{Run.objects.get().id}/"))
    leaky = told.split('<tr class="leaky">')[1].split("</tr>")[0]
    assert "Randomly drawn windows" in leaky
    assert "<s>81.0%</s>" in leaky
    assert "Data leakage: 37.5 percentage points" in told
    assert told.count("Without: ") == 2
    assert told.count('class="dot"') >= len(HONEST["calibration"])


def test_two_runs_stand_side_by_side(client_for, ravi, trains, finish):
    page = client_for(ravi)
    for figure in ("0.5", "0.61"):
        trains(finish(name=f"n{figure[2:]}", macro_f1=[float(figure), 0.4, 0.6]))
        start(page)
        training_worker.process_due(now=timezone.now)
    told = main(page.get(RUNS))
    side = told.split('id="side"')[1]
    assert "0.500 (0.400–0.600)" in side
    assert "0.610 (0.400–0.600)" in side
    one = Run.objects.order_by("asked_at").first()
    assert "0.610" not in main(page.get(f"{RUNS}?run={one.id}")).split('id="side"')[1]
