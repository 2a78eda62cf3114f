"""How a view asks another server without keeping its turn (ADR 0028).

The view returns a RemoteQuestion. `config.server.http_handler` gives the turn and the connection to
the database back, awaits the answer, and runs the same request again, which then finds it in
`heard_by`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

HEARD: Final = "heard_from_afar"
# In how many requests at a time an answer of another server is awaited, in one process.
MOST_WAITING: Final = 64


@dataclass(frozen=True, slots=True)
class NotHeard:
    """There is no answer that can be used.

    `down`: none came in time, or too many requests wait already, so it may work later.
    """

    down: bool = True


class RemoteQuestion(HttpResponse):
    """What the view wants to know; `ask` returns it, and is awaited in the event loop.

    `ask` uses no database and raises nothing. At most `most` questions of one `kind` wait at a
    time, so one server that does not answer leaves places for the others.
    """

    def __init__(
        self, ask: Callable[[], Awaitable[object]], *, kind: str = "", most: int = MOST_WAITING
    ) -> None:
        super().__init__(status=202)
        self.ask, self.kind, self.most = ask, kind, most


def heard_by(request: HttpRequest) -> Any:
    """Return what the other server said, NotHeard, or None in the first run of a request."""
    return getattr(request, HEARD, None)


def keep_heard(request: HttpRequest, heard: object) -> None:
    """Note the answer for the second run, in which the person is looked up again."""
    setattr(request, HEARD, heard)
    vars(request).pop("_cached_user", None)
