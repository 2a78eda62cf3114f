"""A log of xAPI video statements, per learner in the order of timestamps."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from emotion.datasets import WrongFolder

FILES: Final = ("statements.json.gz", "statements.json")
EXTENSIONS: Final = "https://w3id.org/xapi/video/extensions/"
# Last parts of the verbs of the xAPI video profile 1.0, plus the log's own `downloaded`.
EVENTS: Final = (
    "completed", "downloaded", "initialized", "interacted", "paused", "played", "seeked",
    "terminated",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Events:
    """One learner's T events in order.

    Attributes
    ----------
    kind : (T,)
        Index into `EVENTS`.
    at : (T,)
        The timestamp, in s.
    session, video : (T,)
        Numbers of the sessions and videos of this learner, in order of appearance.
    position : (T,)
        Position in the video, in s; NaN if the statement has none.
    """

    kind: NDArray[np.int64]
    at: NDArray[np.float64]
    session: NDArray[np.int64]
    video: NDArray[np.int64]
    position: NDArray[np.float64]


def read(folder: Path) -> list[Events]:
    """Return the learners of a folder with one statement per line, in the order of their names.

    Raises
    ------
    WrongFolder
        If the file is missing, or a line is no video statement; names file and line.
    """
    path = next((folder / name for name in FILES if (folder / name).is_file()), None)
    if path is None:
        raise WrongFolder(f"expected {' or '.join(FILES)} in {folder}")
    by_learner = defaultdict(list)
    for learner, row in _rows(path):
        by_learner[learner].append(row)
    return [_events(sorted(by_learner[learner])) for learner in sorted(by_learner)]


def _rows(path: Path) -> Iterator[tuple[str, tuple[Any, ...]]]:
    read = 0
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield _row(json.loads(line))
                read += 1
    except (AttributeError, KeyError, TypeError, ValueError, EOFError, OSError) as wrong:
        told = f"{path}: line {read + 1}: expected a video statement: {wrong!r}"
        raise WrongFolder(told) from None


def _row(statement: Any) -> tuple[str, tuple[Any, ...]]:
    where = statement.get("result", {}).get("extensions", {})
    position = where.get(EXTENSIONS + "time", where.get(EXTENSIONS + "time-to"))
    return str(statement["actor"]["account"]["name"]), (
        datetime.fromisoformat(statement["timestamp"]).timestamp(),
        EVENTS.index(statement["verb"]["id"].rsplit("/", 1)[-1]),
        str(statement["context"]["extensions"][EXTENSIONS + "session-id"]),
        str(statement["object"]["id"]),
        float("nan") if position is None else float(position),
    )


def _events(rows: list[tuple[Any, ...]]) -> Events:
    at, kind, session, video, position = zip(*rows, strict=True)
    return Events(
        np.array(kind),
        np.array(at),
        _number(session),
        _number(video),
        np.array(position),
    )


def _number(names: tuple[str, ...]) -> NDArray[np.int64]:
    order = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([order[name] for name in names])
