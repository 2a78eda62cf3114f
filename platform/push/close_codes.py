"""Codes with which the site closes a socket, as pages and devices know them."""

from __future__ import annotations

from typing import Final

NOT_SIGNED_IN: Final = 4401
# RFC 6455, section 7.4.1: an unexpected condition at the server.
BROKEN: Final = 1011
