"""The page of evidence, the model cards and the artefact's card have the same figures."""

from __future__ import annotations

import json
import re

import pytest
from django.conf import settings

from emotion.benchmarks.evidence.sets import READERS
from emotion.benchmarks.evidence.stress_predict import STRESS_PREDICT
from emotion.evidence import EVIDENCE_FILE, read_evidence
from estimates.evidence_words import (
    DATA_SETS,
    KNOWN_BY,
    NOTHING_KNOWN,
    describe_group,
    name_data_set,
    name_sensor,
    name_state,
)
from tests.fixtures.emotion.evidence_sets import WRITERS

pytestmark = pytest.mark.django_db

CARDS = settings.BASE_DIR / "docs" / "model-cards.md"
HEADING = "## What each sensor is known to tell"


@pytest.fixture
def page(client):
    return client.get("/evidence/").content.decode()


def read_section():
    _, _, rest = CARDS.read_text().partition(HEADING)
    return rest.partition("\n## ")[0]


def as_written(area):
    return f"{area.value:.3f} ({area.low:.3f}–{area.high:.3f})".replace("0.", ".")


def split_groups(page):
    """Return the three parts of the table: known, close to chance, not tested."""
    bodies = re.findall(r"<tbody>(.*?)</tbody>", page, flags=re.S)
    assert len(bodies) == 3
    return bodies


def test_every_figure_of_the_benchmark_is_on_the_page_and_in_the_model_cards(page):
    said, cards = read_evidence(), read_section()
    for each in said.measured:
        low, high = round(100 * each.area.low), round(100 * each.area.high)
        row = f"{round(100 * each.area.value)} <small>({low}–{high})</small>"
        assert row in page
        assert f"{each.people} people" in page
        assert name_data_set(each.data) == each.title
        assert each.title in page
        assert each.licence in page
        (line,) = (
            line for line in cards.splitlines()
            if line.startswith(f"| {each.data} | {each.sensor} | {each.state} |")
        )  # fmt: skip
        assert as_written(each.area) in line
        assert f"| {each.people} |" in line
        if each.matched:
            assert as_written(each.matched) in line
    for each in said.missing:
        assert name_data_set(each) in page
        assert f"| {each} | not measured here |" in cards


def test_the_model_cards_have_no_row_that_the_benchmark_has_not():
    said = read_evidence()
    lines = [line for line in read_section().splitlines() if line.startswith("| ")][1:]
    assert len(lines) == len(said.measured) + len(said.missing)


def test_only_what_is_clearly_above_chance_is_shown_as_better_than_a_coin_toss(page):
    known, close, unchecked = split_groups(page)
    for each in read_evidence().measured:
        here, elsewhere = (known, close) if each.is_known else (close, known)
        low, high = round(100 * each.area.low), round(100 * each.area.high)
        figure = f"({low}–{high})"
        assert figure in here
        row = re.compile(
            rf"{name_sensor(each.sensor)}</span><span>{re.escape(name_state(each.state))}</span>"
            rf"</th><td><span class=\"figure\">\d+ <small>\({low}–{high}\)"
        )
        assert row.search(here)
        assert not row.search(elsewhere)
    assert "Camera: face and gaze" in unchecked


def test_the_lower_end_decides_and_a_matched_one_too():
    for each in read_evidence().measured:
        lows = [each.area.low] + ([each.matched.low] if each.matched else [])
        assert each.is_known == (min(lows) >= 0.55 and (each.p is None or each.p <= 0.05))


def test_the_file_has_the_same_figures(client):
    answer = client.get("/evidence/figures.json")
    assert answer["Content-Type"] == "application/json"
    assert answer.json() == json.loads(EVIDENCE_FILE.read_text())


def test_the_page_is_open_to_everyone_and_read_in_german(client):
    answer = client.get("/evidence/", headers={"accept-language": "de"})
    assert answer.status_code == 200
    assert "Was jeder Sensor" in answer.content.decode()


def test_the_page_is_linked_from_every_page(client):
    assert 'href="/evidence/"' in client.get("/accessibility/").content.decode()


@pytest.mark.parametrize("group", ["camera", "wearable", "hands", "activity"])
def test_a_groups_sentence_says_only_what_is_known(group):
    said, found = describe_group(group), read_evidence().list_group(group)
    if not found:
        assert said == "Not tested on people yet."
    elif not any(each.is_known for each in found):
        assert "next to nothing" in said
    else:
        best = max((each for each in found if each.is_known), key=lambda each: each.area.low)
        assert f"{round(100 * best.area.value)} of 100" in said
        assert "not in a course like this one" in said


def test_every_set_has_a_name():
    assert set(DATA_SETS) == {STRESS_PREDICT.name, *(data.name for data in READERS)}
    titles = {data.name: data.title for data in (STRESS_PREDICT, *READERS)}
    assert dict(DATA_SETS) == titles


def test_every_state_of_every_set_has_words():
    """Also of sets that were not measured here, as another site may have them."""
    from emotion.benchmarks.evidence.other_sets import SB_SAT_STATES

    for state in (*SB_SAT_STATES, "confusion", "film category 2", "stress", "valence", "arousal"):
        assert "_" not in name_state(state)
        assert name_state(state)[0].isupper()


def test_what_every_set_knows_without_the_sensor_has_words(tmp_path):
    """Also of sets that were not measured here: no sentence is used for another one."""
    found = {each.known_by for each in read_evidence().measured}
    for data, read in READERS.items():
        found |= {table.known_by for table in read(WRITERS[data.name](tmp_path / data.name))}
    assert found == set(KNOWN_BY) | set(NOTHING_KNOWN)
