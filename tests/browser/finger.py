"""Finger sensors that nobody wears: the fake port of the node tests, put into the page."""

from __future__ import annotations

import json

from tests.browser.conftest import ROOT

FAKE = ROOT / "tests" / "static" / "sensors" / "shimmer" / "fake.mjs"
SERIAL_PORT = "00001101-0000-1000-8000-00805f9b34fb"
# There is no emulation of serial ports: what the page asks for a port is answered by the fake.
SPY = (
    FAKE.read_text(encoding="utf-8").replace("export class", "class")
    + """
    window.port = new FakeShimmer();
    Object.defineProperty(navigator, 'serial', {configurable: true, value: {
        requestPort: async (wish) => { window.wish = wish; return port; },
    }});
"""
)


def play(page, samples: list[tuple[int, int]], lost: int = -1) -> None:
    """Send samples of (pulse, skin) in pieces; `lost`: the byte of all that goes missing."""
    page.evaluate(f"port.play({json.dumps(samples)}, {lost})")
