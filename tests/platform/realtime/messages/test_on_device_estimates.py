"""A guess that the Learner's own page made: kept like the server's, under the same walls."""

from __future__ import annotations

import uuid

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings as site
from django.utils import timezone, translation

from consent.permits import gate
from emotion.windows import Window as Cut
from estimates.inference import affect, on_device
from estimates.inference.affect import Sensed
from estimates.models import AffectEstimate
from estimates.registry import predictors
from privacy.erasure import erasure
from telemetry import windows
from telemetry.models import Block, Window
from tests.fixtures.sockets.socket_client import SocketPage, block
from tests.platform.realtime.blocks.test_ingest import say_yes

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("process"),
]
DIGEST = "523b0dd39f94"
# Of ten minutes: the cut that ended 15 s ago.
CUT = 116


@pytest.fixture
def chosen(settings, sitting):
    """mia lets pointer and activity be noticed, and has chosen that guesses are made here."""
    settings.LEGAL_PROFILE = "demo"
    predictors.register(site.ARTEFACTS_DIR / f"prior-{DIGEST}", now=timezone.now())
    say_yes(sitting.learner, "pointer:adapt", "activity:adapt")
    sitting.learner.guess_here = True
    sitting.learner.save(update_fields=["guess_here"])
    return sitting


def guess(**changes):
    said = {
        "cut": CUT,
        "t": 590.0,
        "digest": DIGEST,
        "probabilities": [[0.1, 0.6, 0.2, 0.1], [0.2, 0.5, 0.2, 0.1], [0.1, 0.4, 0.4, 0.1]],
        "streams": {"activity": 1, "pointer": 1},
        "unfamiliar": [],
        "quality": 0.9,
    }
    return {"type": "guess", "id": str(uuid.uuid4())} | said | changes


@database_sync_to_async
def kept(learner):
    """Every Estimate, opened."""
    permits = gate.permits(learner.code, ["pointer:adapt", "activity:adapt"], now=timezone.now())
    return [(row, affect.read(row, permits.granted)) for row in AffectEstimate.objects.all()]


async def test_it_is_acknowledged_stored_once_and_sealed_under_its_streams(chosen, page):
    said = guess()
    for _ in range(2):
        await page.say(said)
        assert await page.hear("ack") == {"type": "ack", "id": said["id"]}
    ((row, opened),) = await kept(chosen.learner)
    assert (row.cut, row.status, row.scopes) == (CUT, "live", ["activity:adapt", "pointer:adapt"])
    assert opened.labels["BOREDOM"][0] == pytest.approx(0.6)
    assert opened.labels["BOREDOM"][1] < 0.4
    assert opened.labels["BOREDOM"][2] > 0.6
    assert opened.likeliest[0] == "BOREDOM"
    assert (opened.quality, opened.abstain) == (pytest.approx(0.9), False)
    assert b"BOREDOM" not in bytes(row.sealed)


async def test_welcome_says_what_to_guess_with(chosen):
    page = await (await SocketPage(chosen).sign_in()).connect()
    told = (await page.hello())["here"]
    assert told["digest"] == DIGEST
    assert told["network"] == f"/predictors/{DIGEST}/network.onnx"
    assert told["integrity"].startswith("sha384-")
    assert told["streams"] == ["activity", "face", "heart", "pointer", "typing"]
    await page.leave()


async def test_who_has_not_chosen_it_is_told_nothing_of_it(sitting):
    page = await (await SocketPage(sitting).sign_in()).connect()
    assert "here" not in await page.hello()
    await page.leave()


async def test_no_block_is_taken_then(chosen, page):
    await page.send(block("pointer", 0, t0=595.0))
    error = await page.hear("error")
    assert (error["code"], error["detail"]) == ("no_grant", "guessed_here")
    assert await database_sync_to_async(Block.objects.count)() == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"probabilities": [[0.1, 0.6, 0.2, 0.2], [0.2, 0.5, 0.2, 0.1], [0.1, 0.4, 0.4, 0.1]]},
        {"probabilities": [[0.1, 0.6, 0.4, -0.1], [0.2, 0.5, 0.2, 0.1], [0.1, 0.4, 0.4, 0.1]]},
        {"probabilities": [[0.1, 0.6, 0.2, 0.1]]},
        {"probabilities": [[0.5, 0.5]] * 3},
        {"probabilities": [["a", 0.6, 0.2, 0.1]] * 3},
        {"probabilities": 0.5},
        {"probabilities": [[[0.1]]]},
        {"digest": "000000000000"},
        {"streams": {"activity": 1, "gaze": 1}},
        {"streams": {"activity": 2, "pointer": 1}},
        {"streams": {}},
        {"streams": ["pointer", "activity"]},
        {"unfamiliar": ["face"]},
        {"unfamiliar": ["pointer", "pointer"]},
        {"quality": 1.5},
        {"quality": None},
        {"cut": 200},
        {"cut": -1},
        {"cut": 1.5},
        {"id": "mine"},
    ],
)
async def test_a_bad_one_is_answered_and_not_kept(chosen, page, changes):
    await page.say(guess(**changes))
    assert (await page.hear("error"))["code"] == "bad_message"
    assert await kept(chosen.learner) == []


async def test_a_stream_that_is_off_refuses_it(chosen, page):
    rows = [[0.1, 0.6, 0.2, 0.1]] * 3
    await page.say(guess(streams={"face": 1, "pointer": 1}, probabilities=rows))
    assert (await page.hear("error"))["code"] == "no_grant"
    assert await kept(chosen.learner) == []


async def test_what_was_withdrawn_refuses_it(chosen, page):
    await database_sync_to_async(erasure.withdraw)(
        chosen.learner.code, ["pointer:adapt"], now=timezone.now()
    )
    await page.hear("consent.changed")
    await page.say(guess())
    assert (await page.hear("error"))["code"] == "no_grant"
    assert await database_sync_to_async(AffectEstimate.objects.count)() == 0


async def test_who_has_not_chosen_it_may_not_send_one(chosen, page):
    chosen.learner.guess_here = False
    await database_sync_to_async(chosen.learner.save)(update_fields=["guess_here"])
    await page.say(guess())
    assert (await page.hear("error"))["code"] == "bad_message"


async def test_while_paused_it_is_refused(chosen, page):
    await page.say({"type": "pause", "paused": True})
    await page.say(guess())
    assert (await page.hear("error"))["detail"] == "paused"


async def test_under_the_threshold_it_is_kept_as_not_sure(chosen, page):
    await page.say(guess(probabilities=[[0.25, 0.26, 0.25, 0.24]] * 3))
    await page.hear("ack")
    ((row, opened),) = await kept(chosen.learner)
    assert (row.status, opened.abstain, opened.labels) == ("abstained", True, {})
    assert opened.reasons == ("unsure",)


async def test_where_every_stream_was_unfamiliar_it_is_kept_as_that(chosen, page):
    await page.say(guess(unfamiliar=["activity", "pointer"]))
    await page.hear("ack")
    ((row, opened),) = await kept(chosen.learner)
    assert row.status == "abstained"
    assert opened.reasons == ("unfamiliar", "unfamiliar:activity", "unfamiliar:pointer")


async def test_help_reads_it_as_it_reads_the_servers(chosen, page):
    await page.say(guess())
    await page.hear("ack")
    made = await database_sync_to_async(as_the_worker_sees_it)(chosen)
    assert made.guess.likeliest[0] == "BOREDOM"
    assert (made.cut, made.digest, made.origin) == (CUT, DIGEST, "simulated")


def as_the_worker_sees_it(sitting):
    row = Window.objects.select_related("sitting__learner").get(sitting=sitting, cut=CUT)
    scopes = ["pointer:adapt", "activity:adapt"]
    permits = gate.permits(sitting.learner.code, scopes, now=timezone.now()).granted
    sensed = Sensed(row, Cut(*windows.span(CUT)), permits, late=False)
    return on_device.made([sensed])[row.pk]


async def test_one_that_comes_after_its_window_was_worked_off_is_shown_at_once(chosen, page):
    await database_sync_to_async(Window.objects.create)(
        sitting=chosen, cut=CUT, due_at=timezone.now(), state="done"
    )
    await page.say(guess())
    shown = await page.hear("estimate.show")
    assert shown["cut"] == CUT
    assert "BOREDOM" in [label for label, _, _ in shown["labels"]]


async def test_who_made_it_is_told_in_the_language_of_the_page(chosen):
    chosen.learner.language = "de"
    await database_sync_to_async(chosen.learner.save)()
    page = await SocketPage(chosen).opened()
    await page.say(guess())
    await page.hear("ack")
    row = await database_sync_to_async(AffectEstimate.objects.select_related("predictor").get)()
    hint = {"type": "estimate.show", "code": str(row.id)}
    await get_channel_layer().group_send(f"sitting.{chosen.id}", hint)
    told = (await page.hear("estimate.show"))["made_by"]
    await page.leave()
    with translation.override("de"):
        assert told == row.predictor.title
    assert told != row.predictor.called
