"""One row per answer: repeated rows are merged or refused by line, since they inflate accuracy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array, save_npz

from emotion.evaluation.metrics.probability import auroc_of_draws
from emotion.knowledge.logs.response_log import BadLog, ResponseLog, read
from emotion.knowledge.tracers.best_lr import BestLR
from tests.fixtures.emotion.response_logs import make_log, split


def write_log(at, lines, header="user_id\titem_id\ttimestamp\tcorrect\tskill_id"):
    at.write_text("\n".join([header, *lines]) + "\n")
    return at


def skills(log):
    return [set(log.skills[[row]].indices.tolist()) for row in range(len(log))]


def test_it_reads_each_learners_answers_together_oldest_first(tmp_path):
    lines = ["b\t7\t5\t1\tx", "a\t8\t3\t0\ty", "b\t9\t2\t0\tx"]
    (log,) = read(write_log(tmp_path / "log.csv", lines))
    assert log.users.tolist() == [0, 0, 1]
    assert log.correct.tolist() == [0, 1, 0]
    assert log.items[0] != log.items[1]
    assert skills(log) == [{0}, {0}, {1}]
    assert log.merged == 0


def test_learners_items_and_skills_have_the_same_codes_in_both_files(tmp_path):
    first = write_log(tmp_path / "train.csv", ["a\t7\t0\t1\tx", "a\t8\t0\t1\ty"])
    second = write_log(tmp_path / "test.csv", ["c\t8\t0\t1\ty", "a\t7\t0\t1\tz"])
    train, test = read(first, second)
    assert test.items.tolist() == [1, 0] or test.items.tolist() == [0, 1]
    assert set(train.users) & set(test.users) == {0}
    assert train.skills.shape[1] == test.skills.shape[1] == 3
    assert train.item_count == test.item_count == 2


@pytest.mark.parametrize(
    "header",
    ["order_id,user_id,problem_id,correct,skill_id", "Problem Log Id,Student,Item,Outcome,KC"],
)
def test_rows_of_one_log_number_are_one_answer_with_all_its_skills(tmp_path, header):
    lines = ["1,a,p,1,x", "2,a,q,0,x", "1,a,p,1,y", "3,a,p,1,x"]
    (log,) = read(write_log(tmp_path / "log.csv", lines, header))
    assert log.correct.tolist() == [1, 0, 1]
    assert skills(log) == [{0, 1}, {0}, {0}]
    assert log.merged == 1


def test_adjacent_rows_that_differ_only_in_skill_are_one_answer(tmp_path):
    lines = ["a\tp\t0\t1\tx", "b\tp\t0\t1\tz", "a\tp\t0\t1\ty", "a\tp\t0\t1\tw", "a\tq\t0\t0\tx"]
    (log,) = read(write_log(tmp_path / "log.csv", lines))
    assert [len(each) for each in skills(log)] == [3, 1, 1]
    assert log.merged == 2


def test_a_second_try_with_the_same_skill_or_another_time_is_another_answer(tmp_path):
    lines = ["a\tp\t0\t1\tx", "a\tp\t0\t1\tx", "a\tp\t60\t1\ty"]
    (log,) = read(write_log(tmp_path / "log.csv", lines))
    assert len(log) == 3
    dates = ["a\tp\t2009-09-01 10:00\t1\tx", "a\tp\t2009-09-01 10:02\t1\ty"]
    (log,) = read(write_log(tmp_path / "log.csv", dates))
    assert len(log) == 2


def test_one_cell_may_contain_several_skills(tmp_path):
    (log,) = read(write_log(tmp_path / "log.csv", ["a\tp\t0\t1\tx; y~~z", "a\tq\t0\t1\ty"]))
    assert skills(log) == [{0, 1, 2}, {1}]


def test_non_adjacent_repeats_are_refused_by_line(tmp_path):
    lines = ["a\tp\t0\t1\tx", "a\tq\t0\t1\tx", "a\tp\t0\t1\ty"]
    with pytest.raises(BadLog, match=r"lines 2 and 4: .* order_id"):
        read(write_log(tmp_path / "log.csv", lines))


@pytest.mark.parametrize(
    ("header", "lines", "said"),
    [
        ("order_id,user,item,correct,skill", ["1,a,p,1,x", "1,a,p,0,y"], "lines 2 and 3"),
        ("user,item,correct,skill", ["a,q,1,x", "a,p,1,x", "a,p,0,y"], "lines 3 and 4"),
        (
            "user,item,correct,skill",
            ["a,p,1,x", "a,p,2,x"],
            "line 3, column correct: .* 0 or 1, got '2'",
        ),
        ("user,item,correct,skill", ["a,p"], "line 2 has 2 columns"),
        ("user,item,skill", ["a,p,x"], "expected a column for correct"),
    ],
)
def test_an_invalid_log_is_refused_by_line(tmp_path, header, lines, said):
    with pytest.raises(BadLog, match=said):
        read(write_log(tmp_path / "log.csv", lines, header))


def test_a_matrix_of_skills_replaces_those_of_the_file(tmp_path):
    save_npz(tmp_path / "q.npz", csr_array(np.array([[1, 1, 0], [0, 0, 0]])))
    log_file = write_log(tmp_path / "log.csv", ["a\t0\t0\t1\tx", "a\t1\t0\t1\ty"])
    (log,) = read(log_file, skills=tmp_path / "q.npz")
    assert skills(log) == [{0, 1}, {3}]
    write_log(tmp_path / "log.csv", ["a\t2\t0\t1\tx"])
    with pytest.raises(BadLog, match=r"line 2: item 2 is no row"):
        read(log_file, skills=tmp_path / "q.npz")


def repeat_for_skills(log):
    """Read a file that repeats an answer for each skill, as if each row were one answer."""
    each = np.diff(log.skills.indptr)
    rows = np.repeat(np.arange(len(log)), each)
    alone = csr_array(
        (np.ones(len(rows)), log.skills.indices, np.arange(len(rows) + 1)),
        shape=(len(rows), log.skills.shape[1]),
    )
    return ResponseLog(log.users[rows], log.items[rows], log.correct[rows], alone, log.item_count)


def area(train, test):
    chance = BestLR().fit(train).predict_proba(test)[:, 1]
    whole = np.ones((1, len(np.unique(test.users))))
    return auroc_of_draws(chance, test.correct == 1, test.users, whole)[0]


def test_repeated_rows_would_inflate_accuracy_and_merged_ones_do_not(tmp_path):
    log = make_log(learners=120, answers=30, both=0.8)
    honest = area(*split(log, 80))
    repeated = repeat_for_skills(log)
    assert area(*split(repeated, 80)) > honest + 0.05
    names = repeated.skills.indices
    lines = [
        f"{user},{row},{item},{correct},{skill}"
        for row, user, item, correct, skill in zip(
            np.repeat(np.arange(len(log)), np.diff(log.skills.indptr)),
            repeated.users,
            repeated.items,
            repeated.correct,
            names,
            strict=True,
        )
    ]
    header = "user_id,order_id,item_id,correct,skill_id"
    (merged,) = read(write_log(tmp_path / "log.csv", lines, header))
    assert merged.merged == len(repeated) - len(log)
    assert area(*split(merged, 80)) == pytest.approx(honest, abs=0.005)
