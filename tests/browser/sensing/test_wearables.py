"""Wearable sensors in a real browser: their data is stored, and no other sensor starts.

The chest strap is Chromium's own emulation (tests/fixtures/browser/chest_strap.py); no real strap
was used.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from playwright.sync_api import expect

from consent.grants import grants
from consent.notices import notices
from emotion.streams import stream
from telemetry.blocks import partitions
from telemetry.blocks.block_validation import as_sent
from telemetry.blocks.group_commit import place
from telemetry.models import Block, Device
from tests.browser.conftest import LOOKS
from tests.fixtures.browser import chest_strap as straps
from tests.fixtures.browser import finger_sensors
from tests.oracles.devices.shimmer import convert_conductance
from vault.encryption import unseal

SPY = """
    window.state = null; window.errors = []; window.worn = null;
    document.addEventListener('attune:state', (event) => { window.state = event.detail; });
    document.addEventListener('attune:wearables', (event) => { window.worn = event.detail; });
    document.addEventListener('attune:error', (event) => errors.push(event.detail));
"""
START_ECG, STOP_ECG, STOP_ACC = "AgAAAYIAAQEOAA==", "AwA=", "AwI="
BLUETOOTH = "Connect a chest strap, armband or watch"


@pytest.fixture
def site(site):
    partitions.open_days()
    notices.publish(datetime.now(UTC))
    return site


@pytest.fixture
def flags(request):
    """The flags that enable Bluetooth in Chromium on this system."""
    return getattr(request, "param", straps.ARGS)


@pytest.fixture
def browser(site, chromium, flags):
    with chromium(*flags) as running:
        yield running


@pytest.fixture
def lesson(site, visit, in_database):
    """`lesson("ecg:adapt")` opens mia's lesson under these Grants, with the lamp's panel open."""

    def allow(scopes):
        mia, now = site.people["mia"], datetime.now(UTC)
        notice = notices.current("wearable", "adult", now=now)
        grants.grant(mia.code, scopes, notice=notice, now=now, actor=mia.code)

    def opened(*scopes, spy=straps.SPY, **look):
        in_database(lambda: allow(scopes))
        seen = visit(**look)
        seen.page.add_init_script(SPY)
        seen.page.add_init_script(spy)
        seen.sign_in("mia")
        seen.unit("video-04")
        seen.until("state?.online")
        seen.page.locator("[data-lamp-open]").click()
        return seen

    return opened


def worn(lesson, *scopes, name: str = "Polar H10 0A1B2C3D"):
    """mia's lesson with an emulated sensor selected and connected."""
    seen = lesson(*scopes)
    strap = straps.Strap(seen.page, name)
    strap.answers = {straps.LEVEL: [bytes([82])]}
    strap.switch_on()
    seen.page.get_by_role("button", name=BLUETOOTH).click()
    seen.until("worn?.[0]?.battery === 82")
    return seen, strap


def stored(name: str) -> np.ndarray:
    """Return the stored values, decrypted, in order of their numbers."""
    found = []
    for row in Block.objects.filter(stream=name).select_related("learner").order_by("seq"):
        at = place(row.sitting, name, row.seq, row.learner.code)
        raw = unseal(row.sealed, place=at)
        found.append(as_sent(raw, stream(name), row.rows, row.channels))
    return np.concatenate(found) if found else np.empty((0, 0))


def devices() -> list[tuple[str, str, float]]:
    return list(Device.objects.order_by("at").values_list("stream", "backend", "scale"))


def heartbeat(number: int) -> np.ndarray:
    """Return packet `number` of a synthetic electrocardiogram, in µV."""
    rng = np.random.default_rng(number)
    return np.round(800 * rng.standard_normal(straps.ECG_SAMPLES)).astype(int)


def frames(numbers) -> list[bytes]:
    return [straps.ecg_frame(number, heartbeat(number)) for number in numbers]


def until_stored(seen, in_database, name: str, rows: int) -> np.ndarray:
    for _ in range(100):
        found = in_database(lambda: stored(name))
        if len(found) >= rows:
            return found
        seen.page.wait_for_timeout(200)
    raise AssertionError(f"expected {rows} rows of {name}, got {len(found)}")


@pytest.mark.parametrize("road", ["read", "notify"])
def test_a_hundred_packets_of_a_chest_strap_are_stored_sample_by_sample(lesson, in_database, road):
    seen, strap = worn(lesson, "ecg:adapt")

    getattr(strap, road)(straps.PMD, straps.DATA, frames(range(100)))

    sent = np.concatenate([heartbeat(number) for number in range(100)])
    found = until_stored(seen, in_database, "ecg", len(sent))
    assert np.array_equal(found[:, 0], sent)
    assert strap.written == [START_ECG]
    assert in_database(devices) == [("ecg", "polar_h10", 1.0)]
    assert seen.page.evaluate("errors") == []
    assert seen.page.evaluate("state.streams.ecg.state") == "on"


def test_a_strap_that_comes_back_sends_nothing_twice(lesson, in_database):
    seen, strap = worn(lesson, "ecg:adapt")
    strap.notify(straps.PMD, straps.DATA, frames(range(6)))

    strap.leave()
    seen.until("state.streams.ecg.state === 'lost'")
    expect(seen.page.locator("[data-worn]")).to_contain_text("Out of reach")
    seen.until("worn[0].state === 'on'", 30)
    for _ in range(50):
        if strap.written.count(START_ECG) == 2:
            break
        seen.page.wait_for_timeout(100)
    strap.notify(straps.PMD, straps.DATA, frames(range(3, 9)))

    sent = np.concatenate([heartbeat(number) for number in range(9)])
    until_stored(seen, in_database, "ecg", len(sent))
    seen.page.wait_for_timeout(2000)
    assert np.array_equal(in_database(lambda: stored("ecg"))[:, 0], sent)
    assert seen.page.evaluate("errors") == []


def test_one_sensor_gives_three_streams_and_one_press_ends_them_all(lesson, in_database):
    seen, strap = worn(lesson, "heart:adapt", "ecg:adapt", "acc:adapt")
    strap.notify(straps.HEART_RATE, "heart_rate_measurement", [bytes.fromhex("164940035203")])
    strap.notify(straps.PMD, straps.DATA, [straps.acc_frame(0, [[-1000, 0, 1000], [5, 6, 7]])])
    beats = until_stored(seen, in_database, "heart", 2)
    assert np.allclose(beats[:, 1:], [[73, 812.5, 1], [73, 830.078125, 1]], atol=0.5)
    moved = until_stored(seen, in_database, "acc", 2)
    assert moved.tolist() == [[-1000, 0, 1000], [5, 6, 7]]
    expect(seen.page.locator("[data-worn]")).to_contain_text("Battery 82%, touches the skin")

    seen.page.get_by_role("button", name="Close").click()
    seen.page.locator("[data-lamp-off]").click()
    seen.until("straps[0].gatt.connected === false")

    assert set(strap.written[-2:]) == {STOP_ECG, STOP_ACC}
    seen.until("Object.keys(state.streams).length === 0")


def test_the_pulse_of_an_armband_is_stored_with_its_own_scale(lesson, in_database):
    seen, strap = worn(lesson, "ppg:adapt", name="Polar Sense 0A1B2C3D")
    lights = [[410_000 + 900 * i, 400_000, 420_000 - 100 * i, 77] for i in range(55)]

    strap.notify(straps.PMD, straps.DATA, [straps.ppg_frame(0, lights)])

    found = until_stored(seen, in_database, "ppg", 55)[:, 0]
    ((_, backend, scale),) = in_database(devices)
    assert backend == "polar_verity"
    found = found * scale
    assert (
        np.abs(found - np.mean(lights, axis=1, where=[True, True, True, False])).max() <= scale / 2
    )


@pytest.mark.parametrize("flags", [[]], indirect=True)
def test_a_browser_without_bluetooth_says_so_and_names_the_lab_bridge(lesson):
    seen = lesson("ecg:adapt", spy="")

    part = seen.page.locator("[data-controller='sensing/wearables']")

    expect(part).to_contain_text("This browser has no Bluetooth")
    expect(part).to_contain_text("lab bridge")
    expect(part.get_by_role("button")).to_have_count(0)
    seen.until("state.streams.ecg.state === 'no_bluetooth'")


def test_no_code_of_a_sensor_is_fetched_without_a_grant_for_it(site, visit):
    seen = visit()
    asked = []
    seen.page.on("request", lambda request: asked.append(request.url))
    seen.sign_in("mia")
    seen.unit("video-04")
    seen.page.wait_for_timeout(1500)

    assert [url for url in asked if "/sensors/" in url] == []
    expect(seen.page.locator("[data-controller='sensing/wearables']")).to_be_hidden()


SAMPLES = [(2000 + i % 700, (2 << 14) | (1500 + i % 900)) for i in range(300)]
LOST = 100  # which sample misses its last byte


def test_fragmented_finger_sensor_data_is_stored_sample_by_sample(lesson, in_database):
    seen = lesson("eda:adapt", "ppg:adapt", spy=finger_sensors.SPY)
    seen.page.get_by_role("button", name="Connect finger sensors").click()
    seen.until("port.streams")
    expect(seen.page.locator("[data-worn]")).to_contain_text("Shimmer3 GSR+")

    finger_sensors.play(seen.page, SAMPLES, lost=8 * LOST + 7)
    finger_sensors.play(seen.page, SAMPLES[:129])

    came = np.array([*SAMPLES[:LOST], *SAMPLES[LOST + 1 :], *SAMPLES[:128]])
    pulse = until_stored(seen, in_database, "ppg", 100 + 256)[:, 0]
    assert np.array_equal(pulse, came[: len(pulse), 0])
    skin = until_stored(seen, in_database, "eda", 25 + 64)[:, 0]
    us = np.array([convert_conductance(int(raw)).us for raw in came[:, 1]])
    assert np.allclose(skin[:25], us[:100].reshape(-1, 4).mean(axis=1), atol=0.006)
    assert np.allclose(skin[25:57], us[100:228].reshape(-1, 4).mean(axis=1), atol=0.006)
    assert seen.page.evaluate("wish.allowedBluetoothServiceClassIds") == [
        finger_sensors.SERIAL_PORT
    ]
    assert seen.page.evaluate("errors") == []


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_wearable_panel_is_accessible(lesson, width, dark):
    seen = lesson("heart:adapt", "ecg:adapt", "eda:adapt", spy=straps.SPY, width=width, dark=dark)
    strap = straps.Strap(seen.page)
    strap.answers = {straps.LEVEL: [bytes([15])]}
    strap.switch_on()
    seen.page.get_by_role("button", name=BLUETOOTH).click()
    seen.until("worn?.[0]?.battery === 15")

    expect(seen.page.locator("[data-worn]")).to_contain_text("Charge it soon")
    assert seen.violations() == []
    seen.shot(f"wearables-{width}-{'dark' if dark else 'light'}")
