"""Several processes on one keystore: one key per name, safe rewraps, clean forks."""

from __future__ import annotations

import multiprocessing
import time
from datetime import UTC, datetime
from uuid import UUID

import pytest

from vault.keystore import ALL, KeyStore

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
NAMES = [(UUID(int=who), "face:adapt", 1) for who in range(40)]
fork = multiprocessing.get_context("fork")


def make_all(folder, start, answers):
    store = KeyStore(folder)
    start.wait(20)
    answers.put({name: store.current_key(*name, NOW).id for name in NAMES})


def read_until(folder, ids, stop, answers):
    store, reads, wrong, worst = KeyStore(folder), 0, 0, 0.0
    while not stop.is_set():
        for id, secret in ids.items():
            began = time.perf_counter()
            store._by_id.clear()
            wrong += store.key(id).secret != secret
            worst = max(worst, time.perf_counter() - began)
            reads += 1
    answers.put((reads, wrong, worst))


def use_inherited(store, id, answers):
    answers.put((len(store._by_id), store.key(id).secret, store._table.connection().total_changes))


def run(target, *args, count=1):
    processes = [fork.Process(target=target, args=args) for _ in range(count)]
    for process in processes:
        process.start()
    return processes


def ended(processes):
    for process in processes:
        process.join(30)
    return [process.exitcode for process in processes] == [0] * len(processes)


def test_processes_that_make_the_same_keys_at_once_agree(tmp_path):
    start, answers = fork.Barrier(4), fork.Queue()
    processes = run(make_all, tmp_path / "keys", start, answers, count=4)
    found = [answers.get(timeout=60) for _ in processes]
    assert ended(processes)
    assert all(each == found[0] for each in found)
    store = KeyStore(tmp_path / "keys")
    assert sum(len(store.key_ids(who)) for who, _, _ in NAMES) == len(NAMES)
    assert [path.name for path in (tmp_path / "keys").glob("kek-*")] == ["kek-1"]


def test_a_rewrap_disturbs_no_reader(tmp_path):
    store = KeyStore(tmp_path, sleep=lambda seconds: time.sleep(min(seconds, 0.05)))
    ids = {key.id: key.secret for key in (store.current_key(*name, NOW) for name in NAMES)}
    stop, answers = fork.Event(), fork.Queue()
    processes = run(read_until, tmp_path, ids, stop, answers)
    try:
        for _ in range(5):
            assert store.rewrap() == len(NAMES)
    finally:
        stop.set()
    reads, wrong, _ = answers.get(timeout=30)
    assert ended(processes)
    assert reads > len(NAMES)
    assert wrong == 0


def test_a_forked_process_starts_with_an_empty_memory_and_its_own_connection(tmp_path):
    store = KeyStore(tmp_path)
    key = store.current_key(*NAMES[0], NOW)
    assert len(store._by_id) == 1
    answers = fork.Queue()
    processes = run(use_inherited, store, key.id, answers)
    assert answers.get(timeout=30) == (0, key.secret, 0)
    assert ended(processes)
    assert store._table.connection().total_changes > 0


@pytest.mark.parametrize("scopes", [["face:adapt"], ALL])
def test_what_one_process_destroys_no_other_finds_again(tmp_path, scopes):
    one, other = KeyStore(tmp_path), KeyStore(tmp_path)
    key = one.current_key(*NAMES[0], NOW)
    one.destroy(NAMES[0][0], scopes)
    assert other.current_key(*NAMES[0], NOW).id != key.id
