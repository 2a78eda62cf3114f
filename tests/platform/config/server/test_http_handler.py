"""When a class opens its lesson, a few requests run at a time, each in one thread."""

from __future__ import annotations

import asyncio
import threading

import pytest
from asgiref.testing import ApplicationCommunicator
from django.http import HttpResponse
from django.urls import path

from accounts.remote_call import RemoteCall, RemoteFailure, read_remote_answer
from config.server import http_handler as handler
from config.server.concurrency_limit import AT_ONCE
from config.server.http_handler import PageHandler

MIDDLE = "tests.platform.config.server.test_http_handler.Middle"
seen = {"now": 0, "most": 0, "order": [], "threads": set()}
go_on, lock = threading.Event(), threading.Lock()


class Middle:
    """A middleware that records its thread."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        here = threading.get_ident()
        response = self.get_response(request)
        seen["threads"].add((here, response.get("Thread")))
        return response


def page(request, number):
    with lock:
        seen["now"] += 1
        seen["most"] = max(seen["most"], seen["now"])
        seen["order"].append(number)
    go_on.wait(5)
    with lock:
        seen["now"] -= 1
    return HttpResponse(str(number), headers={"Thread": str(threading.get_ident())})


def live(request):
    return HttpResponse("live", headers={"Thread": str(threading.get_ident())})


def far(request):
    """A view that calls another server first, which answers when `go_on` is set."""
    heard = read_remote_answer(request)
    if heard is None:
        return RemoteCall(answer_from_afar)
    return HttpResponse(f"heard {heard}", headers={"Thread": str(threading.get_ident())})


def far_one(request, kind):
    """The same, for a server that two requests may wait for."""
    first = read_remote_answer(request) is None
    return RemoteCall(answer_from_afar, kind=kind, most=2) if first else far(request)


async def answer_from_afar():
    while not go_on.is_set():
        await asyncio.sleep(0.01)
    return "yes"


def broken(request):
    async def ask():
        raise LookupError

    return far(request) if read_remote_answer(request) else RemoteCall(ask)


urlpatterns = [
    path("pages/<int:number>/", page),
    path("health/live", live),
    path("far/", far),
    path("far/<slug:kind>/", far_one),
    path("broken/", broken),
]


@pytest.fixture
def pages(settings):
    settings.ROOT_URLCONF, settings.MIDDLEWARE = __name__, [MIDDLE]
    seen.update(now=0, most=0, order=[], threads=set())
    go_on.clear()
    yield PageHandler()
    go_on.set()


async def get(pages, address):
    scope = {"type": "http", "method": "GET", "path": address, "query_string": b"", "headers": []}
    asked = ApplicationCommunicator(pages, scope)
    await asked.send_input({"type": "http.request", "body": b""})
    assert (await asked.receive_output(5))["status"] == 200
    return (await asked.receive_output(5))["body"].decode()


async def crowd(pages, count):
    asking = [asyncio.create_task(get(pages, f"/pages/{n}/")) for n in range(count)]
    async with asyncio.timeout(20):
        while len(seen["order"]) < AT_ONCE:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    return asking


class ListingHandler(PageHandler):
    """A handler that lists the requests in the order in which they ask for a slot."""

    def __init__(self):
        super().__init__()
        self.asking = []

    async def _respond(self, request):
        self.asking.append(request.path)
        return await super()._respond(request)


def test_a_few_requests_run_at_a_time_and_all_are_answered_in_order(pages):
    """Django may delay a request before it asks for a slot, so the order of asking counts."""
    pages = ListingHandler()

    async def go():
        asking = await crowd(pages, 4 * AT_ONCE)
        assert seen["now"] == AT_ONCE
        go_on.set()
        return await asyncio.gather(*asking)

    assert asyncio.run(go()) == [str(n) for n in range(4 * AT_ONCE)]
    assert seen["most"] == AT_ONCE
    first = [f"/pages/{number}/" for number in seen["order"][:AT_ONCE]]
    assert sorted(first) == sorted(pages.asking[:AT_ONCE])


def test_each_event_loop_has_its_own_slots(pages):
    async def go():
        asking = await crowd(pages, 2 * AT_ONCE)
        go_on.set()
        return len(await asyncio.gather(*asking))

    assert asyncio.run(go()) == 2 * AT_ONCE
    go_on.clear()
    seen["order"].clear()
    assert asyncio.run(go()) == 2 * AT_ONCE


def test_a_busy_site_still_answers_health_checks(pages):
    async def go():
        asking = await crowd(pages, 2 * AT_ONCE)
        said = await get(pages, "/health/live")
        go_on.set()
        await asyncio.gather(*asking)
        return said

    assert asyncio.run(go()) == "live"


def test_a_client_that_leaves_while_waiting_frees_its_slot(pages):
    async def go():
        asking = await crowd(pages, 2 * AT_ONCE)
        for each in asking[AT_ONCE:]:
            each.cancel()
        go_on.set()
        await asyncio.gather(*asking, return_exceptions=True)
        return await get(pages, "/pages/99/")

    assert asyncio.run(go()) == "99"


def test_middleware_and_view_share_one_thread(pages):
    go_on.set()
    asyncio.run(get(pages, "/pages/1/"))
    ((around, inside),) = seen["threads"]
    assert str(around) == inside


def test_a_remote_call_holds_no_slot(pages):
    async def go():
        far_away = [asyncio.create_task(get(pages, "/far/")) for _ in range(4 * AT_ONCE)]
        await asyncio.sleep(0.2)
        assert not [each for each in far_away if each.done()]
        said = await get(pages, "/health/live"), await asyncio.wait_for(_quick(pages), 5)
        return said, await asyncio.gather(*far_away)

    said, heard = asyncio.run(go())
    assert said == ("live", "7")
    assert heard == ["heard yes"] * 4 * AT_ONCE


async def _quick(pages):
    asking = asyncio.create_task(get(pages, "/pages/7/"))
    while not seen["order"]:
        await asyncio.sleep(0.01)
    go_on.set()
    return await asking


def test_a_late_answer_is_a_remote_failure(pages, monkeypatch):
    monkeypatch.setattr(handler, "LONGEST_S", 0.05)
    assert asyncio.run(get(pages, "/far/")) == f"heard {RemoteFailure()}"
    assert pages.waiting.total() == 0


def test_too_many_remote_calls_fail_at_once(pages, monkeypatch):
    monkeypatch.setattr(handler, "MOST_WAITING", 2)

    async def go():
        waiting = [asyncio.create_task(get(pages, "/far/")) for _ in range(2)]
        await asyncio.sleep(0.2)
        third = await asyncio.wait_for(get(pages, "/far/"), 2)
        go_on.set()
        return third, await asyncio.gather(*waiting)

    assert asyncio.run(go()) == (f"heard {RemoteFailure()}", ["heard yes"] * 2)


def test_an_unresponsive_server_leaves_places_for_others(pages):
    async def go():
        waiting = [asyncio.create_task(get(pages, "/far/one/")) for _ in range(2)]
        await asyncio.sleep(0.2)
        third = await asyncio.wait_for(get(pages, "/far/one/"), 2)
        other = asyncio.create_task(get(pages, "/far/other/"))
        await asyncio.sleep(0.1)
        go_on.set()
        return third, await other, await asyncio.gather(*waiting)

    assert asyncio.run(go()) == (f"heard {RemoteFailure()}", "heard yes", ["heard yes"] * 2)


def test_a_remote_call_that_raises_is_a_remote_failure(pages):
    assert asyncio.run(get(pages, "/broken/")) == f"heard {RemoteFailure()}"
    assert pages.waiting.total() == 0
