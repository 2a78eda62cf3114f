"""An estimate made in the Learner's own page: stored like the server's, with the same checks."""

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
from estimates.inference.affect import SensedWindow
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
DIGEST = "5397095e9055"
# In a Sitting of ten minutes: the cut that ended 15 s ago.
CUT = 116
# Of the first four states; the page says 0 for the others.
ROWS = [[0.1, 0.6, 0.2, 0.1], [0.2, 0.5, 0.2, 0.1], [0.1, 0.4, 0.4, 0.1]]


@pytest.fixture
def chosen(settings, sitting):
    """mia with pointer and activity granted, who chose on-device inference."""
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
        "probabilities": [[*row, 0.0, 0.0] for row in ROWS],
        "streams": {"activity": 1, "pointer": 1},
        "unfamiliar": [],
        "quality": 0.9,
    }
    return {"type": "guess", "id": str(uuid.uuid4())} | said | changes


@database_sync_to_async
def kept(learner):
    """Return every Estimate, decrypted."""
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


async def test_welcome_names_the_network(chosen):
    page = await (await SocketPage(chosen).sign_in()).connect()
    told = (await page.hello())["here"]
    assert told["digest"] == DIGEST
    assert told["network"] == f"/predictors/{DIGEST}/network.onnx"
    assert told["integrity"].startswith("sha384-")
    assert told["streams"] == ["activity", "face", "gaze", "heart", "pointer", "typing"]
    await page.leave()


async def test_without_the_choice_welcome_names_no_network(sitting):
    page = await (await SocketPage(sitting).sign_in()).connect()
    assert "here" not in await page.hello()
    await page.leave()


async def test_blocks_are_refused_while_the_page_infers(chosen, page):
    await page.send(block("pointer", 0, t0=595.0))
    error = await page.hear("error")
    assert (error["code"], error["detail"]) == ("no_grant", "guessed_here")
    assert await database_sync_to_async(Block.objects.count)() == 0


@pytest.mark.parametrize(
    "changes",
    [
        {
            "probabilities": [
                [0.1, 0.6, 0.2, 0.2, 0.0, 0.0],
                *([*row, 0.0, 0.0] for row in ROWS[1:]),
            ]
        },
        {
            "probabilities": [
                [0.1, 0.6, 0.4, -0.1, 0.0, 0.0],
                *([*row, 0.0, 0.0] for row in ROWS[1:]),
            ]
        },
        {"probabilities": [[0.1, 0.6, 0.2, 0.1, 0.0, 0.0]]},
        {"probabilities": ROWS},
        {"probabilities": [[0.5, 0.5]] * 3},
        {"probabilities": [["a", 0.6, 0.2, 0.1, 0.0, 0.0]] * 3},
        {"probabilities": 0.5},
        {"probabilities": [[[0.1]]]},
        {"digest": "000000000000"},
        {"streams": {"activity": 1, "ppg": 1}},
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
async def test_an_invalid_estimate_gets_an_error_and_is_not_stored(chosen, page, changes):
    await page.say(guess(**changes))
    assert (await page.hear("error"))["code"] == "bad_message"
    assert await kept(chosen.learner) == []


async def test_a_stream_that_is_off_refuses_it(chosen, page):
    rows = [[0.1, 0.6, 0.2, 0.1, 0.0, 0.0]] * 3
    await page.say(guess(streams={"face": 1, "pointer": 1}, probabilities=rows))
    assert (await page.hear("error"))["code"] == "no_grant"
    assert await kept(chosen.learner) == []


async def test_a_withdrawn_stream_refuses_it(chosen, page):
    await database_sync_to_async(erasure.withdraw)(
        chosen.learner.code, ["pointer:adapt"], now=timezone.now()
    )
    await page.hear("consent.changed")
    await page.say(guess())
    assert (await page.hear("error"))["code"] == "no_grant"
    assert await database_sync_to_async(AffectEstimate.objects.count)() == 0


async def test_without_the_choice_an_estimate_is_refused(chosen, page):
    chosen.learner.guess_here = False
    await database_sync_to_async(chosen.learner.save)(update_fields=["guess_here"])
    await page.say(guess())
    assert (await page.hear("error"))["code"] == "bad_message"


async def test_while_paused_it_is_refused(chosen, page):
    await page.say({"type": "pause", "paused": True})
    await page.say(guess())
    assert (await page.hear("error"))["detail"] == "paused"


async def test_below_the_threshold_it_is_stored_as_not_sure(chosen, page):
    await page.say(guess(probabilities=[[0.17, 0.18, 0.17, 0.16, 0.16, 0.16]] * 3))
    await page.hear("ack")
    ((row, opened),) = await kept(chosen.learner)
    assert (row.status, opened.abstain, opened.labels) == ("abstained", True, {})
    assert opened.reasons == ("unsure",)


async def test_with_only_unfamiliar_streams_it_is_stored_as_unfamiliar(chosen, page):
    await page.say(guess(unfamiliar=["activity", "pointer"]))
    await page.hear("ack")
    ((row, opened),) = await kept(chosen.learner)
    assert row.status == "abstained"
    assert opened.reasons == ("unfamiliar", "unfamiliar:activity", "unfamiliar:pointer")


async def test_rules_use_it_like_an_estimate_of_the_server(chosen, page):
    await page.say(guess())
    await page.hear("ack")
    made = await database_sync_to_async(as_the_worker_sees_it)(chosen)
    assert made.guess.likeliest[0] == "BOREDOM"
    assert (made.cut, made.digest, made.origin) == (CUT, DIGEST, "simulated")


def as_the_worker_sees_it(sitting):
    row = Window.objects.select_related("sitting__learner").get(sitting=sitting, cut=CUT)
    scopes = ["pointer:adapt", "activity:adapt"]
    permits = gate.permits(sitting.learner.code, scopes, now=timezone.now()).granted
    sensed = SensedWindow(row, Cut(*windows.span(CUT)), permits, late=False)
    return on_device.read_each([sensed])[row.pk]


async def test_an_estimate_after_its_window_was_processed_is_shown_at_once(chosen, page):
    await database_sync_to_async(Window.objects.create)(
        sitting=chosen, cut=CUT, due_at=timezone.now(), state="done"
    )
    await page.say(guess())
    shown = await page.hear("estimate.show")
    assert shown["cut"] == CUT
    assert "BOREDOM" in [label for label, _, _ in shown["labels"]]


async def test_the_models_name_is_in_the_language_of_the_page(chosen):
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
    assert told != row.predictor.card_title
