"""The rule editor: a sentence with slots, checks at the slot, versions and undo."""

from __future__ import annotations

import re

import pytest

from adaptation.models import CourseRule, RuleVersion
from adaptation.rules import active_rules, versions
from audit.models import Leaf
from teaching.rules import drafts, validation
from teaching.rules.form_slots import build_sentence
from tests.fixtures import factories
from tests.platform.teaching.rules.studio_forms import (
    NEW,
    R2,
    R2_FIELDS,
    WRONG,
    fields_of,
    page_of,
    post,
)

pytestmark = pytest.mark.django_db


def selected_value(page: str, slot: str) -> str:
    select = re.search(rf'<select[^>]*name="{slot}".*?</select>', page)[0]
    return re.search(r'value="([^"]*)" selected', select)[1]


def is_closed(page: str) -> bool:
    button = re.search(r'<button[^>]*value="save"[^>]*>', page)[0]
    return "disabled" in button


def test_every_built_in_rule_opens_as_a_valid_sentence(teacher):
    for name in active_rules.shipped_rules():
        page = page_of(teacher.get(f"/teach/algebra/rules/{name}/"))
        assert not is_closed(page), name
        assert active_rules.shipped_rules()[name].title in page


@pytest.mark.parametrize("name", sorted(active_rules.shipped_rules()))
def test_submitting_an_unchanged_form_gives_the_same_rule(db, settings, name, now):
    settings.LEGAL_PROFILE = "demo"
    body = drafts.body_of(name, None)
    sentence = build_sentence(body, body, validation.check_draft(body, now=now))

    assert drafts.read_draft(fields_of(sentence), body) == body


def test_a_changed_slot_says_what_it_was(teacher):
    page = page_of(teacher.get(R2))
    assert "(was" not in page

    page = page_of(post(teacher, R2, **R2_FIELDS, dwell="30"))

    assert selected_value(page, "dwell") == "30"
    assert "(was 20 seconds)" in page


def test_an_estimate_alone_is_refused_at_its_slot_and_nothing_is_saved(teacher):
    guess = {"signal-0-0": "confusion", "value-0-0": "0.6"}

    page = page_of(post(teacher, NEW, "save", **guess))

    assert is_closed(page)
    assert 'id="slot-signal-0-0-why"' in page
    assert "A rule cannot act on an estimate alone. Add something the learner did or said." in page
    assert not RuleVersion.objects.exists()


def test_an_estimate_with_behaviour_is_valid_only_with_a_waiting_time(teacher):
    both = {"shape": "1,1", "signal-1-0": "confusion", "op-1-0": ">=", "value-1-0": "0.6"}

    page = page_of(post(teacher, NEW, **both, dwell="5"))
    assert is_closed(page)
    assert 'id="slot-dwell-why"' in page

    assert not is_closed(page_of(post(teacher, NEW, **both, dwell="10")))


def test_the_words_of_a_teacher_pass_the_check_of_the_catalogue(teacher):
    page = page_of(post(teacher, NEW, "save", lead="You seem confused by this."))

    assert is_closed(page)
    assert "This text cannot contain" in page
    assert not RuleVersion.objects.exists()


@pytest.mark.parametrize(
    ("signal", "left", "shown"),
    [
        ("confusion", "2", "0.6"),
        ("confusion", "0.7", "0.7"),
        ("wrong_streak", "0.6", "2"),
        ("course_idle_s", "0.6", "20"),
        ("course_idle_s", "45", "45"),
    ],
)
def test_another_signal_takes_over_a_number_only_where_it_fits(teacher, signal, left, shown):
    fields = {"signal-0-0": signal, "value-0-0": left}

    assert selected_value(page_of(post(teacher, NEW, **fields)), "value-0-0") == shown


def test_a_value_that_is_not_a_number_is_refused_at_its_slot(teacher):
    page = page_of(post(teacher, NEW, "save", **{"value-0-0": "many"}))

    assert 'id="slot-value-0-0-why"' in page
    assert not RuleVersion.objects.exists()


@pytest.mark.parametrize(
    ("acts", "shape"),
    [
        (["and"], "1,1"),
        (["or-0"], "2"),
        (["and", "or-1", "drop-0-0"], "2"),
        (["or-0", "drop-0-0"], "1"),
        (["drop-0-0"], "1"),
        (["or-9"], "1"),
        (["or-²", "drop-" + "9" * 5000], "1"),
    ],
)
def test_conditions_are_added_and_removed(acts, shape):
    fields = dict(WRONG)
    for act in acts:
        fields = drafts.change_shape(fields, act)

    assert fields["shape"] == shape


def test_removing_one_condition_leaves_the_others_unchanged():
    fields = WRONG | {"shape": "1,2", "signal-1-0": "self_stuck", "signal-1-1": "rewinds_60s"}

    left = drafts.change_shape(drafts.change_shape(fields, "drop-1-0"), "drop-0-0")

    assert left == {"shape": "1", "signal-0-0": "rewinds_60s", "kind-0": "hint"}


def test_an_own_rule_is_saved_switched_off_and_is_listed(teacher, course):
    answer = post(teacher, NEW, "save", title="Three tries", dwell="15")

    assert answer["Location"] == "/teach/algebra/rules/C1/?before="
    made = RuleVersion.objects.get()
    assert (made.rule, made.version, made.body["dwell_s"]) == ("C1", 1, 15)
    assert "C1" not in {rule.id for rule in active_rules.list_active(course)}
    listed = page_of(teacher.get("/teach/algebra/rules/"))
    assert '<a href="/teach/algebra/rules/C1/">Three tries</a>' in listed
    assert f'href="{NEW}"' in listed


@pytest.mark.parametrize("way", ["easier", "harder"])
def test_a_rule_that_moves_difficulty_is_saved_with_its_way(teacher, way):
    moves = {
        "kind-0": f"adjust-{way}",
        "heading-adjust": "The next three questions are another step.",
    }
    post(teacher, NEW, "save", **R2_FIELDS | moves)
    made = RuleVersion.objects.get()
    assert (made.body["step"], made.body["adjust"]) == (["adjust"], way)
    page = page_of(teacher.get(f"/teach/algebra/rules/{made.rule}/"))
    assert selected_value(page, "kind-0") == f"adjust-{way}"


def test_a_rule_that_moves_difficulty_nowhere_is_refused_at_its_slot(teacher):
    page = page_of(post(teacher, NEW, **R2_FIELDS | {"kind-0": "adjust"}))
    assert is_closed(page)
    assert "Select whether questions get easier or harder." in page


def test_saving_for_half_at_random_sets_that_probability(teacher, course):
    post(teacher, NEW, "half", title="Three tries")

    (mine,) = [rule for rule in active_rules.list_active(course) if rule.id == "C1"]
    assert mine.probability == 0.5
    public = Leaf.objects.get(verb="rule.change").public
    assert public == "course=algebra enabled=true rule=c1 share=0.5 version=1"


@pytest.mark.parametrize(
    ("changed", "kept"),
    [({}, True), ({"dwell": "30"}, True), ({"lead": "You tried this."}, False)],
)
def test_a_lead_for_own_words_stays_until_the_lead_is_replaced(changed, kept):
    body = drafts.body_of("R5", None)
    fields = {"shape": "1,1", "signal-0-0": "frustration", "op-0-0": ">=", "value-0-0": "0.6"}
    fields |= {"exit-0-0": "0.45", "signal-1-0": "wrong_streak", "op-1-0": ">=", "value-1-0": "3"}
    draft = drafts.read_draft(fields | {"kind-0": "worked_step"} | changed, body)
    assert ("said" in draft["explain"]) is kept
    without = fields | {"shape": "1", "signal-0-0": "wrong_streak", "value-0-0": "3"}
    assert "said" not in drafts.read_draft(without | {"kind-0": "worked_step"}, body)["explain"]


def test_a_version_is_switched_back_and_that_is_undone(teacher, course):
    post(teacher, R2, "save", **R2_FIELDS, dwell="30")
    assert of(course, "R2").dwell_s == 30

    answer = teacher.post(R2 + "version/", {"version": "4", "share": "", "enabled": "on"})
    assert of(course, "R2").dwell_s == 20
    page = page_of(teacher.get(answer["Location"]))
    assert "Version 4 is on" in page
    toast = page.partition('id="done"')[2]
    undo = dict(re.findall(r'name="(version|share|enabled)" value="([^"]*)"', toast))
    assert undo["version"] == "5"

    teacher.post(R2 + "version/", undo)
    assert of(course, "R2").dwell_s == 30
    assert Leaf.objects.filter(verb="rule.change").count() == 3


def of(course, name):
    return next(rule for rule in active_rules.list_active(course) if rule.id == name)


@pytest.mark.parametrize(
    "fields",
    [{"version": "7"}, {"version": "3", "share": "0.55"}, {"version": "x"}, {}],
)
def test_an_invalid_version_or_share_is_404(teacher, fields):
    assert teacher.post(R2 + "version/", fields).status_code == 404
    assert not CourseRule.objects.exists()


def test_a_rule_of_another_course_is_404(teacher, ines, now):
    other = factories.make_course("other")
    body = drafts.BLANK_RULE | {"title": "Theirs"}
    versions.save_version(other, None, body, by=ines, share=1.0, now=now)

    assert teacher.get("/teach/algebra/rules/C1/").status_code == 404
