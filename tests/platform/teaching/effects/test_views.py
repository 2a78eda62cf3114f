"""Effects: an interval with its n from the floor on, and "not known yet" before the planned end."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest

from accounts.models import User
from adaptation.effects import hint_ab_trial, proximal_outcome
from adaptation.models import Intervention, Trial, WordingTrial
from adaptation.rules import active_rules, versions
from consent.legal_profiles import profiles
from consent.permits import restrictions
from courses.models import Hint
from emotion.evaluation.statistics.causal_excursion_effect import Effect
from estimates.group_figures.noise import Noise
from teaching.effects import hint_experiments as wording_cards
from teaching.effects import published_effects, views
from teaching.effects.published_effects import load_effects
from teaching.effects.views import describe_conclusion
from teaching.models import PublishedEffect
from tests.fixtures import ab_trials, factories

pytestmark = pytest.mark.django_db
PAGE = "/teach/algebra/effects/"
SIMULATED = '<span class="tag simtag">simulated</span>'


@pytest.fixture(autouse=True)
def demo(settings):
    settings.LEGAL_PROFILE = "demo"


@pytest.fixture
def teacher(client_for, course, ines):
    return client_for(ines)


@pytest.fixture
def make_trial(course, now):
    """Make a trial of R1 with so many decisions on simulated people, half of them held back."""

    def made(decisions, *, simulated=True, **fields):
        return ab_trials.run_trial(course, now, decisions, simulated=simulated, **fields)

    return made


def text_of(client, page=PAGE):
    page = client.get(page).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_without_a_randomised_rule_it_says_what_will_be_shown_and_why_not_yet(teacher):
    said = text_of(teacher)

    assert "No experiments yet" in said
    assert "Suggested every time, so there is nothing to compare with: Stuck on a question" in said


def test_a_few_decisions_are_not_known_yet_and_say_how_many_are_needed(teacher, make_trial):
    make_trial(31)
    said = text_of(teacher)

    assert "Not known yet. 31 decisions so far" in said
    assert "About 500 are needed to detect a difference of 14 percentage points." in said
    assert "so far. This interval will change until the end" in said
    assert "95% confidence interval" not in said


def test_the_studio_says_of_its_rule_what_is_known(teacher, make_trial):
    studio = "/teach/algebra/rules/R1/"
    assert "Not known: it is suggested every time" in text_of(teacher, studio)

    make_trial(31)
    said = text_of(teacher, studio)
    assert "Not known yet. 31 decisions so far" in said
    assert "For version 2." in said
    assert "31 decisions" not in text_of(teacher, "/teach/algebra/rules/R2/")


NEXT_MONTH = timedelta(days=62)


def shown_of(trial):
    """Return the card with figures of a trial."""
    return next(
        (
            card
            for card in views.load_cards(trial.course, load_effects(trial.course))
            if card.protocol
        ),
        None,
    )


def publish_and_load(source, course, now):
    """Return the cards after publishing what is due by then."""
    source.publish_due(now)
    return source.load_cards(course, load_effects(course))


def randomise_rule(course, ines, now, rule="R1"):
    ships = active_rules.shipped_rules()[rule].version
    versions.choose_version(course, rule, ships, by=ines, share=0.5, enabled=True, now=now)


@pytest.mark.parametrize("decisions", [0, 1, 31, 120])
def test_the_page_never_depends_on_the_number_of_decisions_of_real_people(
    teacher, make_trial, course, ines, now, decisions
):
    """Neither on their number, nor on the existence of a trial, nor on reaching the plan."""
    randomise_rule(course, ines, now)
    before = [text_of(teacher, page) for page in (PAGE, "/teach/algebra/rules/R1/")]
    if decisions:
        make_trial(decisions, simulated=False, planned=100, learners=12, lift=0.4)

    assert [text_of(teacher, page) for page in (PAGE, "/teach/algebra/rules/R1/")] == before
    assert "Figures for real learners are published once" in before[0]
    assert "Figures for real learners are published once" in before[1]


def test_one_interval_of_real_people_is_published_after_the_last_month(make_trial, course, now):
    trial = make_trial(120, simulated=False, planned=100, learners=40, lift=0.45)

    views.publish_due(now)
    assert shown_of(trial) is None
    (card,) = publish_and_load(views, course, now + NEXT_MONTH)
    assert (card.state, card.decisions, card.learners) == ("ended", 100, "40 or more")
    low, high = (int(each.replace("−", "-")) for each in card.chart.words.split(" to "))
    assert (low % 5, high % 5) == (0, 0)
    assert publish_and_load(views, course, now + 2 * NEXT_MONTH) == [card]
    Trial.objects.update(version=3)
    assert shown_of(trial) is None, "a teacher's own version"


@pytest.mark.parametrize("name", [None, "eu_private_adult", "research_study"])
def test_no_figures_of_real_people_where_the_profile_now_allows_none(
    make_trial, course, now, settings, name
):
    trial = make_trial(120, simulated=False, planned=100, learners=40)
    settings.LEGAL_PROFILE = name
    views.publish_due(now + NEXT_MONTH)
    assert not PublishedEffect.objects.exists()

    settings.LEGAL_PROFILE = "demo"
    views.publish_due(now + NEXT_MONTH)
    assert shown_of(trial) is not None
    settings.LEGAL_PROFILE = name
    assert shown_of(trial) is None


def test_fewer_real_people_than_the_floor_now_are_never_published(make_trial, now, monkeypatch):
    trial = make_trial(120, simulated=False, planned=100, learners=9)
    views.publish_due(now + NEXT_MONTH)
    assert shown_of(trial) is not None
    monkeypatch.setattr(profiles.LegalProfile, "floor_people", 10)

    assert shown_of(trial) is None


def test_a_guess_of_the_body_needs_the_floor_for_it(make_trial, now, monkeypatch):
    monkeypatch.setattr(profiles.LegalProfile, "floor_biometric", property(lambda _: 10))
    trial = make_trial(120, simulated=False, planned=100, learners=6)
    views.publish_due(now + NEXT_MONTH)
    assert shown_of(trial) is not None

    PublishedEffect.objects.all().delete()
    first = Intervention.objects.first()
    Intervention.objects.filter(pk=first.pk).update(scopes=["face:adapt"], epochs=[1])
    views.publish_due(now + NEXT_MONTH)
    assert shown_of(trial) is None


def test_what_is_published_stays_when_a_learner_objects_or_is_erased(make_trial, course, now):
    """Computing it again would reveal that one of its people objected."""
    make_trial(120, simulated=False, planned=100, learners=40, lift=0.45)
    before = publish_and_load(views, course, now + NEXT_MONTH)
    first, second = Intervention.objects.order_by("decided_at")[:2]
    restrictions.set_restriction(first.learner, restrictions.OBJECTION, on=True, now=now)
    User.objects.filter(pk=second.learner_id).update(is_active=False)

    assert publish_and_load(views, course, now + 2 * NEXT_MONTH) == before


def test_no_result_of_a_trial_is_decided_only_once_too(make_trial, course, now):
    """Otherwise a later objection would make a result appear or vanish."""
    trial = make_trial(120, simulated=False, planned=100, learners=4)
    views.publish_due(now + NEXT_MONTH)
    Intervention.objects.filter(cut__gt=60).update(learner=factories.make_user())
    views.publish_due(now + 2 * NEXT_MONTH)

    assert shown_of(trial) is None
    assert PublishedEffect.objects.get().low is None


def test_simulated_people_are_a_group_of_any_size_and_told_so(teacher, make_trial):
    make_trial(24, learners=2, simulated=True)
    page = teacher.get(PAGE).content.decode()

    assert SIMULATED in page
    assert "24 decisions so far" in page


def test_simulated_people_are_never_mixed_with_real_ones(teacher, make_trial):
    make_trial(24, learners=6)
    make_trial(30, learners=6, simulated=False)
    page = teacher.get(PAGE).content.decode()

    assert "24 decisions so far" in page
    assert SIMULATED in page


def test_after_the_planned_number_the_range_is_final(teacher, make_trial):
    make_trial(120, planned=100, lift=0.45)
    said = text_of(teacher)

    assert "It helps: the next try is correct more often after the suggestion." in said
    assert "100 decisions, as planned" in said
    assert "Not known yet" not in said
    assert "(95% confidence interval)" in said


def test_decisions_after_the_end_change_nothing(teacher, make_trial):
    trial = make_trial(100, planned=100, lift=0.4)
    before = text_of(teacher)
    last = Intervention.objects.order_by("-decided_at").first()
    for n in range(20):
        last.pk, last.code, last.cut = None, uuid.uuid4(), 1000 + n
        last.decided_at += timedelta(minutes=1)
        last.save()
        proximal_outcome.schedule_measurement(last, randomised=True)
        ab_trials.record_outcome(last, right=False)

    assert trial.outcomes.count() == 120
    assert text_of(teacher) == before


@pytest.mark.parametrize(
    ("lift", "said"),
    [(-0.45, "It does not help: the next try is correct less often"), (0.0, "No difference was")],
)
def test_a_missing_effect_is_reported_as_clearly(teacher, make_trial, lift, said):
    make_trial(120, planned=120, lift=lift)
    assert said in text_of(teacher)


def test_a_range_that_holds_zero_is_no_help_however_good_it_looks():
    found = Effect(value=0.1, low=-0.01, high=0.21, error=0.05, decisions=500, learners=20)
    assert "No difference was found" in describe_conclusion(found.low, found.high, 14)
    assert "It helps" in describe_conclusion(0.01, found.high, 14)
    assert "It does not help" in describe_conclusion(-0.2, -0.01, 14)


def test_the_range_is_drawn_around_zero_and_never_as_a_point(teacher, make_trial):
    make_trial(60)
    page = teacher.get(PAGE).content.decode()
    svg = re.search(r'<svg class="chart".*?</svg>', page, re.S)[0]

    assert re.search(r'aria-label="Effect so far: [−+]?\d+ to [−+]?\d+ percentage points"', svg)
    assert svg.count("<rect") == 1
    assert "<circle" not in svg
    assert "style=" not in svg


def test_the_figure_of_all_experiments_can_be_downloaded(teacher, make_trial):
    assert teacher.get(PAGE, {"figure": "effects", "as": "csv"}).status_code == 404

    make_trial(60)
    page = teacher.get(PAGE).content.decode()
    table = teacher.get(PAGE, {"figure": "effects", "as": "csv"}).content.decode()
    drawn = teacher.get(PAGE, {"figure": "effects", "as": "svg"}).content.decode()

    assert "All experiments at a glance" in page
    assert "so far,simulated people" in table.replace('"', "")
    assert "Simulated people." in drawn


def test_each_trial_says_its_protocol_and_where_it_ends(teacher, make_trial):
    trial = make_trial(30)
    said = text_of(teacher)

    assert f"Protocol R1-2-{str(trial.code)[:8]}" in said
    assert "It ends after 500 decisions, a number fixed before the first one" in said
    assert "In 5 of 10 cases the suggestion was to be held back at random" in said
    assert "and then nothing is shown" in said


def test_the_page_asks_the_database_as_often_for_many_decisions_as_for_few(
    teacher, make_trial, django_assert_max_num_queries
):
    make_trial(60)
    with django_assert_max_num_queries(20):
        teacher.get(PAGE)


@pytest.fixture
def hint(course):
    unit = factories.make_quiz_unit(course, questions=1)
    found = Hint.objects.filter(question__unit=unit).first()
    found.html, found.other_text, found.other_html = "Undo it.", "Look.", "Look at the sign."
    found.save()
    return found


def test_figures_so_far_of_simulated_readers_are_shown(teacher, hint, now):
    trial = ab_trials.run_wording_trial(
        hint, now, first=12, other=12, right_other=9, simulated=True
    )
    said = text_of(teacher)

    for words in ("Undo it.", "Look at the sign.", f"Protocol W-{str(trial.code)[:8]}"):
        assert words in said
    assert "Not known yet. 24 learners so far" in said
    assert "Today the second wording is shown in 5 of 10 cases" in said
    assert "after 500 to 1000 learners; the number is drawn at random before the first one" in said
    assert SIMULATED in teacher.get(PAGE).content.decode()


@pytest.mark.parametrize("readers", [0, 2, 40])
def test_a_running_comparison_of_real_readers_reveals_nothing(teacher, hint, now, readers):
    before = text_of(teacher)
    if readers:
        ab_trials.run_wording_trial(hint, now, first=readers, other=readers, right_other=readers)

    assert "Undo it." in before
    assert "Until then no count is shown" in before
    assert text_of(teacher) == before


@pytest.mark.parametrize(
    ("right", "words"),
    [(45, "The second wording helps more."), (20, "was not found to help more.")],
)
def test_one_interval_of_real_readers_is_published_in_the_month_after_the_end(
    course, hint, now, right, words
):
    ab_trials.run_wording_trial(hint, now, first=50, other=50, right_first=20, right_other=right)
    WordingTrial.objects.update(decisions=100)
    hint_ab_trial.learn_due(now + timedelta(days=1))

    (waits,) = publish_and_load(wording_cards, course, now + timedelta(days=2))
    (ended_comparison,) = publish_and_load(wording_cards, course, now + NEXT_MONTH)
    assert (waits.state, waits.protocol, waits.chart) == ("waits", "", None)
    assert (ended_comparison.state, ended_comparison.learners, ended_comparison.simulated) == (
        "ended",
        "100 or more",
        False,
    )
    assert words in ended_comparison.said
    assert ended_comparison.chart is not None


def test_nothing_is_published_about_few_real_readers(course, hint, now):
    ab_trials.run_wording_trial(hint, now, first=2, other=2)
    WordingTrial.objects.update(decisions=4)
    hint_ab_trial.learn_due(now + timedelta(days=1))

    (card,) = publish_and_load(wording_cards, course, now + NEXT_MONTH)
    assert card.state == "waits"


@pytest.mark.parametrize("profile", [None, "eu_private_adult", "research_study"])
def test_no_comparison_of_real_readers_where_the_profile_allows_no_figures(
    course, hint, now, settings, profile
):
    ab_trials.run_wording_trial(hint, now, first=50, other=50, right_other=50)
    WordingTrial.objects.update(decisions=100)
    hint_ab_trial.learn_due(now + timedelta(days=1))

    settings.LEGAL_PROFILE = profile
    (card,) = publish_and_load(wording_cards, course, now + NEXT_MONTH)
    assert card.state == "waits"


@pytest.fixture
def ended_comparison(hint, now):
    """A finished comparison by real people."""
    trial = ab_trials.run_wording_trial(
        hint, now, first=50, other=50, right_first=20, right_other=45
    )
    WordingTrial.objects.update(decisions=100)
    hint_ab_trial.learn_due(now + timedelta(days=1))
    return trial


def test_what_is_published_of_wordings_carries_noise(course, ended_comparison, now, monkeypatch):
    charts = set()
    for number in range(6):
        noise = Noise(bytes([number]) * 32)
        monkeypatch.setattr(published_effects, "sticky_noise", lambda *_args, drawn=noise: drawn)
        PublishedEffect.objects.all().delete()
        (card,) = publish_and_load(wording_cards, course, now + NEXT_MONTH)
        charts.add(card.chart and card.chart.words)

    assert len(charts) > 2


def test_what_is_published_of_wordings_stays_when_a_learner_objects(course, ended_comparison, now):
    before = publish_and_load(wording_cards, course, now + NEXT_MONTH)
    row = ended_comparison.shown.order_by("pk").first()
    restrictions.set_restriction(row.learner, restrictions.OBJECTION, on=True, now=now)

    assert publish_and_load(wording_cards, course, now + 2 * NEXT_MONTH) == before


@pytest.mark.parametrize("real", [0, 1, 60])
def test_what_is_shown_of_simulated_readers_tells_nothing_of_real_ones(course, hint, now, real):
    """Neither the learnt share, nor a count, nor that it has ended."""
    ab_trials.run_wording_trial(
        hint, now, first=49, other=60, right_first=25, right_other=50, simulated=True
    )
    hint_ab_trial.learn_due(now + timedelta(days=1))
    before = wording_cards.load_cards(course, load_effects(course))
    if real:
        mixed = ab_trials.run_wording_trial(hint, now, first=real, other=real, right_other=real)
        WordingTrial.objects.filter(pk=mixed.pk).update(decisions=2 * real)
    hint_ab_trial.learn_due(now + timedelta(days=3))

    assert wording_cards.load_cards(course, load_effects(course)) == before
