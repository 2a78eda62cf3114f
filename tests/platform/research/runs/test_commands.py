"""`snapshots` and `runs` from a shell: the actions of the Researchers' pages and their refusals."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.leaves import person_ref
from audit.models import Leaf
from research.models import Run, Snapshot
from research.runs import run_requests, training_worker
from research.snapshots import freeze_worker
from research.studies import study_setup
from tests.fixtures.emotion.empatica_folders import pack
from tests.fixtures.emotion.empatica_folders import study as study_folder

pytestmark = pytest.mark.django_db
NOBODY = "11111111-1111-4111-8111-111111111111"


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """One simulated person of eight minutes."""
    folder = tmp_path_factory.mktemp("invented")
    path = folder / "stress-predict.tar.gz"
    path.write_bytes(pack(study_folder(folder / "stress-predict", people=1, seconds=480)))
    return path


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def run(*words):
    """Return the rows that a command prints."""
    out = StringIO()
    call_command(*map(str, words), "--json", stdout=out)
    return json.loads(out.getvalue())["rows"]


def bring_in(archive, study, by="ravi"):
    return run("snapshots", "import", "stress-predict", archive, "--study", study, "--by", by)


def printed(*words):
    """Return the text that a command prints."""
    out = StringIO()
    call_command(*map(str, words), stdout=out)
    return out.getvalue()


def test_a_data_set_from_its_archive_to_what_a_run_of_it_made(archive, study, ravi, trains, finish):
    trains(finish(leaky_macro_f1=0.8))
    (owed,) = bring_in(archive, study.id)
    freeze_worker.process_due(now=timezone.now)
    (frozen,) = run("snapshots", "list", "--by", "ravi")
    assert frozen["snapshot"] == owed["snapshot"]
    assert (owed["state"], frozen["state"], frozen["people"]) == ("owed", "frozen", 1)
    (waits,) = run("runs", "start", "wearable", "--snapshot", owed["snapshot"], "--by", "ravi")
    assert (waits["state"], waits["data"]) == ("waiting", owed["snapshot"])
    training_worker.process_due(now=timezone.now)
    (done,) = run("runs", "list")
    assert (done["run"], done["state"]) == (waits["run"], "done")
    assert done["predictor"] == Run.objects.get().artefact
    assert done["figures"]["macro_f1"] == [0.5, 0.4, 0.6]
    figures = printed("runs", "show", waits["run"], waits["run"]).splitlines()[2:]
    assert [line.split() for line in figures if "leaky" in line] == [
        ["leaky_macro_f1", "0.800", "0.800", "leaky:", "no", "result"]
    ]
    assert figures[-1].count("0.500 (0.400–0.600)") == 2
    acts = Leaf.objects.filter(verb__in=("snapshot.import", "run.start"))
    assert [bytes(leaf.actor_ref) for leaf in acts] == [person_ref(ravi.code)] * 2


def test_one_is_cancelled_and_the_list_says_so_in_a_line(ravi, now):
    waits = run_requests.start("prior", None, ravi, now=now)
    assert run("runs", "cancel", waits.id, "--by", "ravi")[0]["state"] == "cancelled"
    assert Leaf.objects.get(verb="run.cancel").actor_ref == person_ref(ravi.code)
    assert printed("runs", "list").split() == [str(waits.id), "prior", "simulated", "cancelled"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("start", "prior", "--by", "mia"), "username of a researcher"),
        (("start", "prior", "--by", "nobody"), "username of a researcher"),
        (("start", "wearable", "--by", "ravi"), run_requests.FROM_OTHERS),
        (("start", "finetune", "--by", "ravi", "--snapshot", NOBODY), "snapshots list"),
        (("cancel", NOBODY, "--by", "ravi"), "runs list"),
        (("show", NOBODY), "runs list"),
        (("start", "best", "--by", "ravi"), "'finetune', .*'mvp'"),
    ],
)
def test_a_refused_start_says_what_to_do_and_queues_nothing(ravi, mia, words, why):
    with pytest.raises(CommandError, match=why):
        run("runs", *words)
    assert not Run.objects.exists()


def test_a_snapshot_belongs_to_the_researchers_of_its_study(two, freeze, other, study, ravi, now):
    words = ("start", "finetune", "--snapshot", freeze("pointer").id, "--by", "rosa")
    with pytest.raises(CommandError, match="have no snapshot with this id"):
        run("runs", *words)
    study_setup.name_member(study, other, ravi, now=now)
    with pytest.raises(CommandError, match="have not signed"):
        run("runs", *words)
    assert not Run.objects.exists()


def test_a_snapshot_of_a_course_is_frozen_or_refused_as_on_the_page(two, course, study, ravi):
    def freeze(slug, *streams):
        return run("snapshots", "freeze", slug, *streams, "--study", study.id, "--by", "ravi")

    with pytest.raises(CommandError, match="No one in this course"):
        freeze(course.slug, "gaze")
    with pytest.raises(CommandError, match="slug of a course, got nowhere"):
        freeze("nowhere", "pointer")
    (owed,) = freeze(course.slug, "activity", "pointer")
    row = Snapshot.objects.get()
    assert (owed["snapshot"], row.state, row.course) == (str(row.id), "owed", course)
    assert (row.streams, (row.until - row.since).days) == (["pointer", "activity"], 7)
    assert Leaf.objects.get(verb="snapshot.ask").actor_ref == person_ref(ravi.code)


def test_an_import_is_refused_as_on_the_page_and_stores_nothing(
    archive, study, other, ravi, now, tmp_path
):
    with pytest.raises(CommandError, match=f"{study.id} .Confusion in algebra"):
        bring_in(archive, NOBODY)
    with pytest.raises(CommandError, match="no active study"):
        bring_in(archive, study.id, "rosa")
    study_setup.name_member(study, other, ravi, now=now)
    with pytest.raises(CommandError, match="have signed its statement"):
        bring_in(archive, study.id, "rosa")
    with pytest.raises(CommandError, match="No such file"):
        bring_in(tmp_path / "none", study.id)
    wrong = tmp_path / "wrong.tar.gz"
    wrong.write_bytes(b"PK")
    with pytest.raises(CommandError, match="not the archive stress-predict"):
        bring_in(wrong, study.id)
    assert not Snapshot.objects.exists()
