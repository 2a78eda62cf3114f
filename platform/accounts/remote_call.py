"""Calls from a view to another server without holding a request slot (ADR 0028).

The view returns a RemoteCall. `config.server.http_handler` releases the slot and the database
connection and awaits the answer. It then runs the same request again, which finds the answer with
`read_remote_answer`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

ATTRIBUTE: Final = "remote_answer"
# How many requests of one process may wait for another server at a time.
MOST_WAITING: Final = 64


@dataclass(frozen=True, slots=True)
class RemoteFailure:
    """No usable answer came.

    `down`: the server did not answer in time, or too many requests wait, so a retry may work.
    """

    down: bool = True


class RemoteCall(HttpResponse):
    """A call to another server; `ask` is awaited in the event loop and returns the answer.

    `ask` uses no database and raises nothing. At most `most` calls of one `kind` wait at a time, so
    one unresponsive server leaves places for the others.
    """

    def __init__(
        self, ask: Callable[[], Awaitable[object]], *, kind: str = "", most: int = MOST_WAITING
    ) -> None:
        super().__init__(status=202)
        self.ask, self.kind, self.most = ask, kind, most


def read_remote_answer(request: HttpRequest) -> Any:
    """Return the other server's answer, RemoteFailure, or None in the first run of a request."""
    return getattr(request, ATTRIBUTE, None)


def store_remote_answer(request: HttpRequest, answer: object) -> None:
    """Store the answer for the second run, in which the user is loaded again."""
    setattr(request, ATTRIBUTE, answer)
    vars(request).pop("_cached_user", None)
