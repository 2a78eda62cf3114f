"""The socket of one Sitting (design §6): accept, check, then close with a code or serve the page.

Nothing a page sends can raise here. Bad frames close the socket with the code of design §6, and bad
messages are answered by `error`. An unavailable store closes it with 1011, so that the page sends
again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic as clock
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from channels.consumer import get_handler_name
from channels.db import database_sync_to_async
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts import language
from accounts.models import User
from accounts.sessions.outages import log_outage, outage_errors, run_cleanup
from accounts.site import site_facts
from consent.legal_profiles.profiles import EXAM
from push.base_consumer import encode_json
from push.close_codes import BROKEN, NOT_SIGNED_IN
from realtime.blocks.ingest import OTHER_SOURCE, BlockIngest
from realtime.connection_locks import SocketSeat, seats
from realtime.connection_state import Unacked, open_sitting
from realtime.login_consumer import ENDED, LogInSocket
from realtime.messages import estimates
from realtime.messages.handlers import TextHandler, TextMessage, build_error, load_page_message
from realtime.messages.parser import BadMessage, BrokenText, DeviceMessage, Hello, parse
from realtime.rate_limit import IDLE_S, LARGEST_MESSAGE, SocketBudget
from realtime.ticker import ticker
from telemetry import sittings
from telemetry.blocks.frame_parser import BadFrame
from telemetry.models import Sitting

logger = logging.getLogger(__name__)
BAD_FRAME = 4400
NO_ACCESS = 4403
IDLE = 4408
SECOND_SOCKET = 4409
TOO_LARGE = 4413
TOO_MUCH = 4429
SEAT_TRIES = 4
SEAT_WAIT_S = 0.5
SEAT_KEPT = "seat.kept.elsewhere"
# Read-only hints. They must not queue behind a Block that waits for its permit check.
READ_ONLY_HINTS = frozenset({"intervention.show", "estimate.show", "check_in.show"})


class SittingConsumer(LogInSocket):
    """One open page of one Learner."""

    sitting: Sitting
    ingest: BlockIngest
    texts: TextHandler
    seat: SocketSeat | None = None
    language = ""
    zone = ZoneInfo(site_facts.UTC)
    open = welcomed = seat_kept = False
    watch: asyncio.Task[None] | None = None

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Handle a message or a hint; an unknown type is ignored.

        Database access here goes through database_sync_to_async, which handles stale connections.
        Blocks do not use Django's database.
        """
        handler = getattr(self, get_handler_name(message), None)
        if handler is None:
            return
        # Set per call: page and hints run in separate contexts, and that of the hints began
        # before the language was known.
        if self.language and translation.get_language() != self.language:
            translation.activate(self.language)
        timezone.activate(self.zone)
        try:
            await handler(message)
        except outage_errors() as error:
            log_outage(error)
            await self.leave(BROKEN)

    async def connect(self) -> None:
        await self.accept()
        self.mark = str(uuid4())
        self.budget = SocketBudget()
        self.last_heard = clock()
        facts = await database_sync_to_async(site_facts.current)()
        self.language = language.socket_language(self.scope, facts)
        self.zone = language.find_time_zone(self.scope.get("user"), facts)
        translation.activate(self.language)
        timezone.activate(self.zone)
        refused = await self._admit()
        if refused:
            await self.leave(refused)
            return
        await self._follow_log_in()
        self.watch = asyncio.create_task(self._close_when_idle())

    async def _admit(self) -> int | None:
        """Find the Sitting; return the close code if this socket may not stay, else None."""
        user: object = self.scope.get("user")
        if not isinstance(user, User) or not user.is_active:
            return NOT_SIGNED_IN
        code = self.scope["url_route"]["kwargs"]["sitting"]
        found = await open_sitting(user, code)
        if found is None:
            return NO_ACCESS
        self.sitting = found
        return None

    async def disconnect(self, code: int) -> None:  # noqa: ARG002
        self.closing = True
        if self.watch is not None:
            self.watch.cancel()
            self.watch = None
        await self._leave_log_in()
        if self.seat is None:
            return
        if self.open:
            ticker().leave()
            self.ingest.close()
        await run_cleanup(seats().leave(self.seat))
        for group in self._groups():
            await run_cleanup(self.channel_layer.group_discard(group, self.channel_name))
        self._release_parts()

    def _release_parts(self) -> None:
        """Break the reference cycles through this consumer, so that its memory is freed at once.

        This process runs the cyclic garbage collector rarely (`config.server.web_server`).
        """
        for part in ("seat", "ingest", "texts"):
            vars(self).pop(part, None)

    async def websocket_receive(self, message: Mapping[str, Any]) -> None:
        if self.closing:
            return
        data, text = message.get("bytes"), message.get("text") or ""
        size = len(text.encode() if data is None else data)
        self.last_heard = clock()
        if size > LARGEST_MESSAGE:
            await self.leave(TOO_LARGE)
        elif not self.budget.spend(size, self.last_heard):
            await self.leave(TOO_MUCH)
        elif data is None:
            await self._take_text(text)
        else:
            await self._take_bytes(data)

    async def _take_bytes(self, data: bytes) -> None:
        if self.seat is None:
            await self.say_error("bad_message", "expected hello before Blocks")
            return
        try:
            await self.ingest.take(data)
        except BadFrame as error:
            logger.info("socket.bad_frame", extra={"reason": error.reason})
            await self.leave(BAD_FRAME)

    async def _take_text(self, text: str) -> None:
        try:
            message = parse(text)
            if isinstance(message, Hello):
                await self._handle_hello(message)
            elif self.seat is None:
                await self.say_error("bad_message", "expected hello first")
            else:
                await self._take_message(message)
        except BrokenText:
            await self.leave(BAD_FRAME)
        except BadMessage as error:
            await self.say_error("bad_message", str(error))

    async def _take_message(self, message: TextMessage) -> None:
        if isinstance(message, DeviceMessage) and message.stream in self.ingest.elsewhere:
            await self.say_error("other_source", OTHER_SOURCE, id=message.id)
        else:
            await self.texts.take(message)

    async def _handle_hello(self, hello: Hello) -> None:
        if self.seat is not None:
            raise BadMessage("expected one hello a socket")
        seat = SocketSeat(self._seat_key(), hello.page, lambda: self.leave(SECOND_SOCKET))
        if refused := await self._take_seat(seat):
            await self.leave(refused)
            return
        self.seat = seat
        self.ingest = await self._make_ingest()
        self.texts = TextHandler(self.sitting, self.say, self.leave, bearer=self._bearer())
        ticker().join()
        self.open = True
        for group in self._groups():
            await self.channel_layer.group_add(group, self.channel_name)
        await self._send_welcome(hello.unacked)

    def _seat_key(self) -> UUID:
        """Return the id of which there may be one socket."""
        return self.sitting.id

    async def _make_ingest(self) -> BlockIngest:
        return BlockIngest(self.sitting, self.say, self.leave, bearer=self._bearer())

    async def _take_seat(self, seat: SocketSeat) -> int | None:
        """Take the seat; return the close code if this socket may not stay, else None.

        Another process may still hold it for this page's older socket. One that keeps it for
        another page says so; one that says nothing may be on a host that died, whose seat falls
        free soon: the page tries again.
        """
        for _ in range(SEAT_TRIES):
            if await seats().take(seat):
                return None
            if seats().holds(seat.key) or self.seat_kept:
                return SECOND_SOCKET
            await self._ask_for_seat(seat)
        return SECOND_SOCKET if self.seat_kept else BROKEN

    async def _ask_for_seat(self, seat: SocketSeat) -> None:
        """Ask other processes for the seat, and give them time to leave it or to say no."""
        replies = _name_replies(self.mark)
        await self.channel_layer.group_add(replies, self.channel_name)
        wanted = {"key": str(seat.key), "page": str(seat.page), "by": self.mark}
        hint = {"type": "seat.wanted", **wanted}
        try:
            await self.channel_layer.group_send(self._groups()[0], hint)
            await asyncio.sleep(SEAT_WAIT_S)
        finally:
            await run_cleanup(self.channel_layer.group_discard(replies, self.channel_name))

    async def _send_welcome(self, unacked: Unacked) -> None:
        now = timezone.now()
        found = await self.ingest.resume(unacked)
        streams = await self.ingest.open(now)
        self.ingest.guessed_here = found.here is not None
        await self.say(
            {
                "type": "welcome",
                "sitting": str(self.sitting.id),
                "now": sittings.seconds(self.sitting, now),
                "streams": streams,
                **({"here": found.here} if found.here else {}),
                **self._welcome_extras(),
            }
        )
        self.welcomed = True
        for hint in found.missed:
            await self.dispatch(hint)

    def goes_beside(self, hint: Mapping[str, Any]) -> bool:
        """Return whether a hint may be handled next to a message of the page.

        No hint is sent before `welcome`, except that the session has ended or the seat is kept.
        """
        if hint["type"] in (ENDED, SEAT_KEPT):
            return True
        return self.welcomed and hint["type"] in READ_ONLY_HINTS

    def _welcome_extras(self) -> dict[str, Any]:
        """Return extra fields of `welcome`."""
        return {"why": gettext(EXAM)} if self.ingest.silent else {}

    async def say(self, message: Mapping[str, Any] | str) -> None:
        """Send a message, or the text of one."""
        if not self.closing:
            text = message if isinstance(message, str) else encode_json(message)
            with suppress(OSError):
                await self.base_send({"type": "websocket.send", "text": text})

    async def say_error(self, code: str, detail: str, *, id: UUID | None = None) -> None:
        await self.say(build_error(id, code, detail))

    async def _close_when_idle(self) -> None:
        while (left := self.last_heard + IDLE_S - clock()) > 0:
            await asyncio.sleep(left)
        await self.leave(IDLE)

    def _groups(self) -> tuple[str, str]:
        return f"sitting.{self.sitting.id}", f"learner.{self.sitting.learner.code}"

    async def seat_wanted(self, message: Mapping[str, Any]) -> None:
        """Leave if this socket's page has connected again in another process; else say no."""
        if self.seat is None or message["by"] == self.mark:
            return
        # A process of an earlier release names no key: it asks for this group's seat.
        if message.get("key", str(self.seat.key)) != str(self.seat.key):
            return
        if str(self.seat.page) == message["page"]:
            await self.leave(SECOND_SOCKET)
        else:
            await self.channel_layer.group_send(_name_replies(message["by"]), {"type": SEAT_KEPT})

    async def seat_kept_elsewhere(self, message: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Note that another page keeps the seat that this socket wants."""
        self.seat_kept = True

    async def intervention_show(self, message: Mapping[str, Any]) -> None:
        await self._show("intervention", message)

    async def estimate_show(self, message: Mapping[str, Any]) -> None:
        await self._say_if_found(
            await estimates.load_estimate(UUID(str(message["code"])), self.sitting)
        )

    async def check_in_show(self, message: Mapping[str, Any]) -> None:
        await self._show("check_in", message)

    async def share_asked(self, message: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Tell the page that a Teacher asks to see estimates; only the journey names them."""
        await self.say({"type": "share.asked"})

    async def pair_changed(self, message: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Tell the page that a pair of classmates waits or is made; home names the skill."""
        await self.say({"type": "pair.changed"})

    async def message_sent(self, message: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Tell the page that a Teacher wrote to the Learner; `/messages/` has the text."""
        await self.say({"type": "message.sent"})

    async def _show(self, kind: str, message: Mapping[str, Any]) -> None:
        code = UUID(str(message["code"]))
        await self._say_if_found(await load_page_message(kind, code, self.sitting))

    async def _say_if_found(self, found: Mapping[str, Any] | None) -> None:
        if found is not None:
            await self.say(found)

    async def push_reread(self, message: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Forget the Permits and send the state again, because hints were lost."""
        if not self.open:
            return
        self.ingest.changed("")
        await self._send_welcome({})

    async def sitting_ended(self, message: Mapping[str, Any]) -> None:  # noqa: ARG002
        await self.leave(NO_ACCESS)

    async def consent_changed(self, message: Mapping[str, Any]) -> None:
        """Forget the old Permit, then tell the page that a Grant has changed."""
        await self.say({**message, **self.ingest.changed(str(message["scope"]))})


def _name_replies(mark: object) -> str:
    """Return the group in which the socket of this mark hears whether its seat is kept."""
    return f"seat.{mark}"
