"""A public data set, from its archive through a study to a challenger; and invalid archives."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from backports import tarfile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from audit.models import Leaf
from courses.media.folder_store import FolderStore
from courses.media.media_store import open_store
from courses.media.stored_file import StoreUnavailable
from emotion import artefacts
from emotion.datasets import snapshot, stress_snapshot
from emotion.datasets.formats import safe_archive
from estimates.models import Predictor
from estimates.registry import model_cards, predictors
from pipeline.time_box import run_in_time_box
from research import tasks
from research.datasets import dataset_import, dataset_snapshot
from research.models import Run, Snapshot, SnapshotRow
from research.runs import training_worker
from research.snapshots import deletion, freeze_worker
from research.studies import study_setup
from tests.fixtures.emotion.empatica_folders import pack
from tests.fixtures.emotion.empatica_folders import study as study_folder
from vault.errors import KeyDestroyed
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db
SNAPSHOTS, RUNS = "/research/snapshots/", "/research/runs/"
ROOT = Path(__file__).resolve().parents[4]
REAL = ROOT.parent / "shared" / "data" / "stress-predict.tar.gz"


@pytest.fixture(scope="session")
def invented(tmp_path_factory):
    """Four simulated people of eight minutes: four Windows each after the baseline."""
    folder = tmp_path_factory.mktemp("invented") / "stress-predict"
    return pack(study_folder(folder, people=4, seconds=480))


@pytest.fixture(autouse=True)
def own_folders(settings, tmp_path):
    settings.MEDIA_ROOT, settings.LEARNED_DIR = tmp_path / "media", tmp_path / "learned"


@pytest.fixture(autouse=True)
def read_here(monkeypatch):
    """Read in this process, since another takes seconds to start; two tests undo this."""

    def read(reader, *arguments, tell, cpu_s):
        return reader(*arguments, tell)

    monkeypatch.setattr(dataset_snapshot, "run_in_time_box", read)


def read_for_ever(*_arguments):
    while True:
        pass


def main(answer):
    return answer.content.decode().split("<main", 1)[1].split("</main>")[0]


def send(page, study, content, **fields):
    file = SimpleUploadedFile("stress-predict.tar.gz", content)
    posted = {"study": str(study.id), "data_set": "stress-predict", "file": file, **fields}
    return page.post(f"{SNAPSHOTS}import/", posted, follow=True)


def brought_in(page, study, content):
    assert "Waiting for a worker" in main(send(page, study, content))
    assert freeze_worker.process_due(now=timezone.now) == 1
    return Snapshot.objects.get()


def trained(page, row):
    page.post(f"{RUNS}start/", {"recipe": "wearable", "data": str(row.id)})
    assert training_worker.process_due(now=timezone.now) == 1
    run = Run.objects.get()
    assert run.state == "done"
    return run


def test_an_archive_becomes_a_challenger_whose_card_says_where_it_is_from(
    invented, study, client_for, ravi, now
):
    page = client_for(ravi)
    predictors.register_shipped(now=now)
    row = brought_in(page, study, invented)
    assert (row.state, row.people, row.windows, row.expert) == ("frozen", 4, 16, 16)
    assert not SnapshotRow.objects.exists()
    told = main(page.get(f"{SNAPSHOTS}{row.id}/"))
    for words in (
        "Stress-Predict, Iqbal et al., 2022",
        "MIT License",
        "contains no one from this site",
    ):
        assert words in told
    assert row.digest in told
    assert "Stress-Predict, 16 windows" in main(page.get(RUNS))

    run = trained(page, row)
    assert (run.epoch, run.epochs) == (9, 9)
    report = main(page.get(f"{RUNS}{run.id}/"))
    leaky = report.split('<tr class="leaky">')[1].split("</tr>")[0]
    assert "<s>" in leaky
    made = predictors.find_by_name(run.artefact)
    data = {fact.name: fact.text for fact in model_cards.card_facts(made)}["Data"]
    assert data == f"{stress_snapshot.SOURCE}, snapshot {row.digest}"
    assert data in report
    assert (made.kind, made.origin, made.active) == ("arousal", "people", False)

    page.post(f"/research/predictors/{made}/act/", {"act": "challenge"})
    assert Predictor.objects.get(challenger=True) == made
    leaf = Leaf.objects.get(verb="snapshot.import")
    assert leaf.public == f"data=stress-predict snapshot={row.id} study={study.id}"


def test_the_digest_is_that_of_what_the_command_prints(invented, study, client_for, ravi, tmp_path):
    row = brought_in(client_for(ravi), study, invented)
    with tarfile.open(fileobj=io.BytesIO(invented)) as held:
        held.extractall(tmp_path / "out", filter="data")
    printed = snapshot.dumps(stress_snapshot.make_snapshot(tmp_path / "out"))
    assert row.digest == snapshot.digest(printed)


def test_it_is_sealed_and_ends_with_the_key_of_its_study(invented, study, client_for, ravi):
    row = brought_in(client_for(ravi), study, invented)
    kept = open_store().read_bytes(dataset_import.archive_name(row))
    assert invented[:64] not in kept
    assert dataset_import.open_archive(row) == invented
    open_keystore().destroy_ids([bytes.fromhex(study.key)])
    with pytest.raises(KeyDestroyed):
        dataset_import.open_archive(row)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Select the archive"),
        (b"PK\x03\x04 a zip", "expected a whole .tar.gz"),
        ("cut", "expected a whole .tar.gz"),
        ("other", "expected a file Raw_data/*/BVP.csv"),
        ("huge", "expected at most"),
    ],
)
def test_another_archive_is_refused_at_once_and_nothing_is_stored(
    invented, study, client_for, ravi, tmp_path, monkeypatch, content, said
):
    if content == "other":
        (tmp_path / "other").mkdir()
        content = pack(tmp_path / "other")
    elif content == "huge":
        monkeypatch.setattr(safe_archive, "MOST_BYTES", 1 << 20)
        content = invented
    elif content == "cut":
        content = invented[: len(invented) // 2]
    answer = send(client_for(ravi), study, content)
    assert answer.status_code == 422
    assert said in main(answer)
    assert not Snapshot.objects.exists()
    assert not list(open_store().list_files())


def test_a_wrong_file_in_it_is_named_and_nothing_is_stored(study, client_for, ravi, tmp_path):
    folder = study_folder(tmp_path / "stress-predict", people=1, seconds=20)
    labels = next((folder / "Processed_data").glob("*.csv"))
    labels.write_text(labels.read_text().replace(",0\n", ",7\n", 1))
    page = client_for(ravi)
    row = brought_in(page, study, pack(folder))
    assert row.state == "failed"
    told = main(page.get(f"{SNAPSHOTS}{row.id}/"))
    assert f"{labels.relative_to(folder.parent)}: line 2: expected a person" in told
    assert open_store().find(dataset_import.archive_name(row)) is None


def test_an_archive_is_read_in_a_process_of_its_own(invented, study, client_for, ravi, monkeypatch):
    """The reader is broken here and intact there: the worker opens no file of an archive."""

    def refuse(*_):
        raise AssertionError("an archive was read in the worker")

    monkeypatch.setattr(dataset_snapshot, "run_in_time_box", run_in_time_box)
    monkeypatch.setattr(stress_snapshot, "read_archive", refuse)
    row = brought_in(client_for(ravi), study, invented)
    assert (row.state, row.people, row.windows) == ("frozen", 4, 16)
    assert snapshot.digest(dataset_snapshot.read_packed(row)) == row.digest


def test_an_archive_that_takes_too_long_is_refused_with_a_sentence(
    invented, study, client_for, ravi, monkeypatch
):
    monkeypatch.setattr(dataset_snapshot, "run_in_time_box", run_in_time_box)
    monkeypatch.setattr(dataset_snapshot, "MAX_CPU_S", 3)
    monkeypatch.setattr(dataset_snapshot, "read_archive", read_for_ever)
    row = brought_in(client_for(ravi), study, invented)
    assert row.state == "failed"
    assert "read within" in row.why
    assert open_store().find(dataset_import.archive_name(row)) is None


def test_only_a_bound_researcher_imports_it(invented, study, client_for, other, now):
    page = client_for(other)
    assert send(page, study, invented).status_code == 404
    study_setup.name_member(study, other, other, now=now)
    assert send(page, study, invented).status_code == 422
    assert not Snapshot.objects.exists()


def test_deleted_its_archive_goes_too(
    invented, study, client_for, ravi, other, django_capture_on_commit_callbacks
):
    row = brought_in(client_for(ravi), study, invented)
    assert client_for(other).post(f"{SNAPSHOTS}{row.id}/delete/").status_code == 404
    assert open_store().find(dataset_import.archive_name(row))
    with django_capture_on_commit_callbacks(execute=True):
        client_for(ravi).post(f"{SNAPSHOTS}{row.id}/delete/")
    assert not Snapshot.objects.exists()
    assert open_store().find(dataset_import.archive_name(row)) is None


def refuse(*_):
    raise StoreUnavailable("away")


def test_an_outage_of_the_store_uses_up_no_try_and_loses_no_archive(
    invented, study, client_for, ravi, monkeypatch
):
    send(client_for(ravi), study, invented)
    with monkeypatch.context() as patch:
        patch.setattr(FolderStore, "read_bytes", refuse)
        for number in range(2 * freeze_worker.MAX_TRIES):
            at = timezone.now() + number * freeze_worker.LEASE
            assert freeze_worker.process_due(now=lambda at=at: at) == 1
    row = Snapshot.objects.get()
    assert (row.state, row.tries) == ("owed", 0)
    assert open_store().find(dataset_import.archive_name(row))


def test_an_archive_that_an_outage_kept_is_swept(
    invented, study, client_for, ravi, monkeypatch, django_capture_on_commit_callbacks
):
    kept = brought_in(client_for(ravi), study, invented)
    send(client_for(ravi), study, invented)
    row = Snapshot.objects.exclude(pk=kept.pk).get()
    names = [dataset_import.archive_name(each) for each in (kept, row)]
    with monkeypatch.context() as patch:
        patch.setattr(FolderStore, "delete", refuse)
        with django_capture_on_commit_callbacks(execute=True):
            deletion.delete(row, ravi)
    assert Snapshot.objects.get() == kept
    tasks.clear_archives()
    assert all(map(open_store().find, names))
    dataset_import.clear_archives(now=timezone.now() + timedelta(days=2))
    assert list(map(bool, map(open_store().find, names))) == [True, False]


def test_each_recipe_trains_on_its_own_kind_and_no_copy_is_exported(
    invented, study, client_for, ravi, two, freeze
):
    page = client_for(ravi)
    row = brought_in(page, study, invented)
    of_people = freeze("pointer", "activity")
    assert (row.state, of_people.state) == ("frozen", "frozen")
    for recipe, data in (
        ("wearable", of_people.id),
        ("wearable", ""),
        ("finetune", row.id),
        ("sam", row.id),
        ("mvp", row.id),
    ):
        answer = page.post(f"{RUNS}start/", {"recipe": recipe, "data": str(data)})
        assert answer.status_code == 422
    assert not Run.objects.exists()
    assert page.post(f"{SNAPSHOTS}{row.id}/export/").status_code == 404


# The archive is outside the repository and may not be in it.
if REAL.is_file():

    @pytest.mark.long
    def test_the_real_archive_gives_the_figures_of_the_shipped_card(study, client_for, ravi):
        """Fourteen people, with the figures of the shipped artefact from the unpacked folder."""
        page = client_for(ravi)
        row = brought_in(page, study, REAL.read_bytes())
        assert (row.people, row.windows) == (14, 1398)
        run = trained(page, row)
        known = artefacts.read(next(ROOT.glob("artefacts/wearable-*")))[0]["figures"]
        assert {name: run.figures[name] for name in known} == known
        assert run.figures["leaky_macro_f1"][0] > run.figures["macro_f1"][1]


def test_the_sweep_deletes_archives_and_no_file_of_another(settings):
    folder = Path(settings.MEDIA_ROOT) / "data-sets"
    others = {"amigos.zip", f"{uuid.uuid4()}.bak", f"{uuid.uuid4()}/part.csv"}
    for name in {*others, str(uuid.uuid4())}:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"content")
    dataset_import.clear_archives(now=timezone.now() + timedelta(days=2))
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert found == others
