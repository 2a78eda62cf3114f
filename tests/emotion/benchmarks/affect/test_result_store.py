"""A killed run resumes; a folder with other settings is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion.benchmarks.affect import workers
from emotion.benchmarks.affect.fold_jobs import list_jobs
from emotion.benchmarks.affect.plan import PROFILES, PlannedRow, plan_rows
from emotion.benchmarks.affect.result_store import OtherPlan, open_existing, open_or_create

TINY = replace(PROFILES["quick"], people=6, segments=(7, 7, 7, 7, 7))
ROWS = [
    PlannedRow("baselines", name, "additive", name, ("gaze",)) for name in ("prior", "video-ID")
]


def silent(line):
    """Print nothing."""


def test_fits_from_before_a_kill_are_not_repeated(tmp_path, monkeypatch):
    state = open_or_create(tmp_path, TINY, "lab")
    every = list_jobs(TINY, ROWS)
    done, fitted = [], workers.run_job

    def killed_after_two(job, profile):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(job)
        return fitted(job, profile)

    monkeypatch.setattr(workers, "run_job", killed_after_two)
    with pytest.raises(KeyboardInterrupt):
        workers.run_missing(state, ROWS, 1, silent)
    assert len(state.missing(every)) == len(every) - 2

    again = []
    monkeypatch.setattr(workers, "run_job", lambda job, p: again.append(job) or fitted(job, p))
    said = []
    workers.run_missing(open_or_create(tmp_path, TINY, "lab"), ROWS, 1, said.append)
    assert said[0] == f"{len(every)} fits, 2 of them kept from before"
    assert not {job.key for job in again} & {job.key for job in done}
    assert state.missing(every) == []


def test_a_partially_written_result_is_ignored(tmp_path, monkeypatch):
    state = open_or_create(tmp_path, TINY, "lab")
    job = list_jobs(TINY, ROWS)[0]

    def dies(file, **kept):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez_compressed", dies)
    with pytest.raises(KeyboardInterrupt):
        state.save(job.key, {"proba": np.zeros(2)})
    assert state.missing([job]) == [job]


def test_a_saved_result_is_restored(tmp_path):
    state = open_or_create(tmp_path, TINY, "lab")
    job = list_jobs(TINY, ROWS)[0]
    state.save(job.key, {"proba": np.eye(2), "digest": np.array("abc")})
    found = state.load(job.key)
    np.testing.assert_array_equal(found["proba"], np.eye(2))
    assert str(found["digest"]) == "abc"


def test_a_folder_with_other_settings_is_refused(tmp_path):
    open_or_create(tmp_path, TINY, "lab")
    open_or_create(tmp_path, TINY, "lab")
    with pytest.raises(OtherPlan, match="name an empty folder"):
        open_or_create(tmp_path, replace(TINY, thin=1), "lab")


def test_a_worker_reads_the_same_plan(tmp_path):
    open_or_create(tmp_path, TINY, "lab")
    assert open_existing(tmp_path).profile == TINY


def test_rows_that_differ_only_in_name_are_fitted_once():
    twice = [*ROWS, replace(ROWS[0], table="4", name="VII")]
    assert len(list_jobs(TINY, twice)) == len(list_jobs(TINY, ROWS))


@pytest.mark.long
def test_two_processes_share_and_complete_the_work(tmp_path):
    state = open_or_create(tmp_path, TINY, "lab")
    wanted = [row for row in plan_rows() if row.model in ("prior", "video-ID")]
    workers.run_missing(state, wanted, 2, silent)
    every = list_jobs(TINY, wanted)
    assert state.missing(every) == []
    alone = workers.run_job(every[0], TINY)
    np.testing.assert_array_equal(state.load(every[0].key)["proba"], alone["proba"])
