"""The socket of one Sitting (design §6): accept, look, then close with a code or serve the page.

Nothing a page sends can raise here: bad frames close the socket with the code of design §6, bad
messages are answered by `error`, and a store that is away closes with 1011 so the page resends.
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
from realtime.blocks.ingest import ELSEWHERE, BlockRoad
from realtime.connection_locks import Seat, seats
from realtime.connection_state import Unacked, open_sitting
from realtime.login_consumer import ENDED, LogInSocket
from realtime.messages import estimates
from realtime.messages.handlers import TextMessage, TextRoad, error_about, page_message
from realtime.messages.parser import BadMessage, BrokenText, Device, Hello, parse
from realtime.rate_limit import IDLE_S, LARGEST_MESSAGE, Budget
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
# Hints of what is only read and said. A Block may wait a second at the gate; a guess not for it.
SHOWN = frozenset({"intervention.show", "estimate.show", "check_in.show"})


class SittingConsumer(LogInSocket):
    """One open page of one Learner."""

    sitting: Sitting
    road: BlockRoad
    texts: TextRoad
    seat: Seat | None = None
    language = ""
    zone = ZoneInfo(site_facts.UTC)
    open = welcomed = False
    watch: asyncio.Task[None] | None = None

    async def dispatch(self, message: dict[str, Any]) -> None:
        """A hint of an unknown type is passed over. Whatever here touches Django's database does so
        by database_sync_to_async, which sees to old connections itself; Blocks do not touch it.
        """
        handler = getattr(self, get_handler_name(message), None)
        if handler is None:
            return
        # For this socket alone: page and hints have a context each, and that of the hints began
        # before it was known.
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
        self.budget = Budget()
        self.heard = clock()
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
        """Why this socket may not stay, or None; finds its Sitting."""
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
            self.road.close()
        await run_cleanup(seats().leave(self.seat))
        for group in self._groups():
            await run_cleanup(self.channel_layer.group_discard(group, self.channel_name))
        self._let_go()

    def _let_go(self) -> None:
        """Of the parts that speak through this consumer: in a ring, a page that has left would
        stand until garbage is looked for, and that is seldom (`config.server.web_server`)."""
        for part in ("seat", "road", "texts"):
            vars(self).pop(part, None)

    async def websocket_receive(self, message: Mapping[str, Any]) -> None:
        if self.closing:
            return
        data, text = message.get("bytes"), message.get("text") or ""
        size = len(text.encode() if data is None else data)
        self.heard = clock()
        if size > LARGEST_MESSAGE:
            await self.leave(TOO_LARGE)
        elif not self.budget.spend(size, self.heard):
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
            await self.road.take(data)
        except BadFrame as error:
            logger.info("socket.bad_frame", extra={"reason": error.reason})
            await self.leave(BAD_FRAME)

    async def _take_text(self, text: str) -> None:
        try:
            message = parse(text)
            if isinstance(message, Hello):
                await self._hello(message)
            elif self.seat is None:
                await self.say_error("bad_message", "expected hello first")
            else:
                await self._take_message(message)
        except BrokenText:
            await self.leave(BAD_FRAME)
        except BadMessage as error:
            await self.say_error("bad_message", str(error))

    async def _take_message(self, message: TextMessage) -> None:
        if isinstance(message, Device) and message.stream in self.road.elsewhere:
            await self.say_error("other_source", ELSEWHERE, id=message.id)
        else:
            await self.texts.take(message)

    async def _hello(self, hello: Hello) -> None:
        if self.seat is not None:
            raise BadMessage("expected one hello a socket")
        seat = Seat(self._own(), hello.page, lambda: self.leave(SECOND_SOCKET))
        if not await self._sit_down(seat):
            await self.leave(SECOND_SOCKET)
            return
        self.seat = seat
        self.road = await self._road()
        self.texts = TextRoad(self.sitting, self.say, self.leave, bearer=self._bearer())
        ticker().join()
        self.open = True
        for group in self._groups():
            await self.channel_layer.group_add(group, self.channel_name)
        await self._welcome(hello.unacked)

    def _own(self) -> UUID:
        """Of what there may be one socket."""
        return self.sitting.id

    async def _road(self) -> BlockRoad:
        return BlockRoad(self.sitting, self.say, self.leave, bearer=self._bearer())

    async def _sit_down(self, seat: Seat) -> bool:
        """Take the seat; another process may still hold it for this page's older socket."""
        for _ in range(SEAT_TRIES):
            if await seats().take(seat):
                return True
            if seats().holds(seat.own):
                return False
            await self.channel_layer.group_send(
                self._groups()[0],
                {"type": "seat.wanted", "page": str(seat.page), "by": self.mark},
            )
            await asyncio.sleep(SEAT_WAIT_S)
        return False

    async def _welcome(self, unacked: Unacked) -> None:
        now = timezone.now()
        found = await self.road.take_up(unacked)
        streams = await self.road.open(now)
        self.road.guessed_here = found.here is not None
        await self.say(
            {
                "type": "welcome",
                "sitting": str(self.sitting.id),
                "now": sittings.seconds(self.sitting, now),
                "streams": streams,
                **({"here": found.here} if found.here else {}),
                **self._besides(),
            }
        )
        self.welcomed = True
        for hint in found.missed:
            await self.dispatch(hint)

    def goes_beside(self, hint: Mapping[str, Any]) -> bool:
        """Once the page knows its Sitting: it hears of nothing before its welcome."""
        return hint["type"] == ENDED or (self.welcomed and hint["type"] in SHOWN)

    def _besides(self) -> dict[str, Any]:
        """What else stands in `welcome`."""
        return {"why": gettext(EXAM)} if self.road.silent else {}

    async def say(self, message: Mapping[str, Any] | str) -> None:
        """Say a message, or the text of one."""
        if not self.closing:
            text = message if isinstance(message, str) else encode_json(message)
            with suppress(OSError):
                await self.base_send({"type": "websocket.send", "text": text})

    async def say_error(self, code: str, detail: str, *, id: UUID | None = None) -> None:
        await self.say(error_about(id, code, detail))

    async def _close_when_idle(self) -> None:
        while (left := self.heard + IDLE_S - clock()) > 0:
            await asyncio.sleep(left)
        await self.leave(IDLE)

    def _groups(self) -> tuple[str, str]:
        return f"sitting.{self.sitting.id}", f"learner.{self.sitting.learner.code}"

    async def seat_wanted(self, message: Mapping[str, Any]) -> None:
        """The page of this socket has come back in another process."""
        mine = self.seat is not None and str(self.seat.page) == message["page"]
        if mine and message["by"] != self.mark:
            await self.leave(SECOND_SOCKET)

    async def intervention_show(self, message: Mapping[str, Any]) -> None:
        await self._show("intervention", message)

    async def estimate_show(self, message: Mapping[str, Any]) -> None:
        await self._say_if_any(await estimates.estimate(UUID(str(message["code"])), self.sitting))

    async def check_in_show(self, message: Mapping[str, Any]) -> None:
        await self._show("check_in", message)

    async def share_asked(self, message: Mapping[str, Any]) -> None:  # noqa: ARG002
        """A Teacher asks to see what is guessed; who it is stands on the journey alone."""
        await self.say({"type": "share.asked"})

    async def _show(self, kind: str, message: Mapping[str, Any]) -> None:
        code = UUID(str(message["code"]))
        await self._say_if_any(await page_message(kind, code, self.sitting))

    async def _say_if_any(self, found: Mapping[str, Any] | None) -> None:
        if found is not None:
            await self.say(found)

    async def push_reread(self, message: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Hints were lost: forget the Permits and tell the page how things stand now."""
        if not self.open:
            return
        self.road.changed("")
        await self._welcome({})

    async def sitting_ended(self, message: Mapping[str, Any]) -> None:  # noqa: ARG002
        await self.leave(NO_ACCESS)

    async def consent_changed(self, message: Mapping[str, Any]) -> None:
        """A Grant changed: the old Permit is forgotten here before the page hears of it."""
        await self.say({**message, **self.road.changed(str(message["scope"]))})
