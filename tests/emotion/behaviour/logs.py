"""Made-up logs of video statements: people who watch, people who search, nobody real."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta

import numpy as np

from emotion.behaviour.video_log import EVENTS, EXTENSIONS, Events

BEGAN = datetime(2026, 3, 2, 8, tzinfo=UTC)
PLAYED, PAUSED, SEEKED = map(EVENTS.index, ("played", "paused", "seeked"))


def events(kinds, sessions=None):
    """One learner's, a minute apart."""
    steps = len(kinds)
    session = np.zeros(steps, np.int64) if sessions is None else np.array(sessions)
    return Events(
        np.array(kinds), 60.0 * np.arange(steps), session, session.copy(), 10.0 * np.arange(steps)
    )


def learners(count, seed):
    """Half of them watch: played, paused, played ...; the others seek most of the time."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        steps = int(rng.integers(5, 30))
        if number % 2:
            kinds = [PLAYED if at % 2 == 0 else PAUSED for at in range(steps)]
        else:
            kinds = rng.choice([SEEKED, PLAYED, PAUSED], steps, p=[0.8, 0.1, 0.1]).tolist()
        noise = rng.random(steps) < 0.1
        found.append(events(np.where(noise, rng.integers(0, len(EVENTS), steps), kinds)))
    return found


def statement(learner, kind, *, at, session="s", video="v", position=None):
    extensions = {} if position is None else {EXTENSIONS + "time": position}
    return {
        "actor": {"account": {"name": learner}},
        "verb": {"id": f"https://w3id.org/xapi/video/verbs/{kind}"},
        "object": {"id": video},
        "context": {"extensions": {EXTENSIONS + "session-id": session}},
        "result": {"extensions": extensions},
        "timestamp": (BEGAN + timedelta(seconds=at)).isoformat(),
    }


def written(folder, statements):
    with gzip.open(folder / "statements.json.gz", "wt") as file:
        file.writelines(json.dumps(each) + "\n" for each in statements)
    return folder


def log(folder, count=20, seed=1):
    """A folder with such learners' statements."""
    rows = []
    for number, one in enumerate(learners(count, seed)):
        for kind, at, position in zip(one.kind, one.at, one.position, strict=True):
            name = f"learner-{number:03}"
            rows.append(
                statement(name, EVENTS[kind], at=float(at), session=name, position=float(position))
            )
    return written(folder, rows)
