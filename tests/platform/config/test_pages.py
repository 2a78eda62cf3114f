"""A class that opens its lesson together is served few at a time, each request in one thread."""

from __future__ import annotations

import asyncio
import threading

import pytest
from asgiref.testing import ApplicationCommunicator
from django.http import HttpResponse
from django.urls import path

from config.pages import Pages
from config.turns import AT_ONCE

MIDDLE = "tests.platform.config.test_pages.Middle"
seen = {"now": 0, "most": 0, "order": [], "threads": set()}
go_on, lock = threading.Event(), threading.Lock()


class Middle:
    """A middleware that notes its thread, as all of the site's are."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        here = threading.get_ident()
        response = self.get_response(request)
        seen["threads"].add((here, response["Thread"]))
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


urlpatterns = [path("pages/<int:number>/", page), path("health/live", live)]


@pytest.fixture
def pages(settings):
    settings.ROOT_URLCONF, settings.MIDDLEWARE = __name__, [MIDDLE]
    seen.update(now=0, most=0, order=[], threads=set())
    go_on.clear()
    yield Pages()
    go_on.set()


async def get(pages, address):
    scope = {"type": "http", "method": "GET", "path": address, "query_string": b"", "headers": []}
    asked = ApplicationCommunicator(pages, scope)
    await asked.send_input({"type": "http.request", "body": b""})
    assert (await asked.receive_output(5))["status"] == 200
    return (await asked.receive_output(5))["body"].decode()


async def crowd(pages, count):
    asking = [asyncio.create_task(get(pages, f"/pages/{n}/")) for n in range(count)]
    while len(seen["order"]) < AT_ONCE:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    return asking


def test_few_are_worked_on_at_a_time_and_all_are_answered_in_order(pages):
    async def go():
        asking = await crowd(pages, 4 * AT_ONCE)
        assert seen["now"] == AT_ONCE
        go_on.set()
        return await asyncio.gather(*asking)

    assert asyncio.run(go()) == [str(n) for n in range(4 * AT_ONCE)]
    assert seen["most"] == AT_ONCE
    assert sorted(seen["order"][:AT_ONCE]) == list(range(AT_ONCE))


def test_a_second_event_loop_has_turns_of_its_own(pages):
    async def go():
        asking = await crowd(pages, 2 * AT_ONCE)
        go_on.set()
        return len(await asyncio.gather(*asking))

    assert asyncio.run(go()) == 2 * AT_ONCE
    go_on.clear()
    seen["order"].clear()
    assert asyncio.run(go()) == 2 * AT_ONCE


def test_a_busy_site_still_says_that_it_is_well(pages):
    async def go():
        asking = await crowd(pages, 2 * AT_ONCE)
        said = await get(pages, "/health/live")
        go_on.set()
        await asyncio.gather(*asking)
        return said

    assert asyncio.run(go()) == "live"


def test_who_goes_away_while_waiting_takes_no_turn_along(pages):
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
