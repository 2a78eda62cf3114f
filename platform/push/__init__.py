"""Hints to open pages: `notify` speaks to a group as part of the transaction that decides.

A hint may be lost; the rows are the truth, and a page reads them again after a reconnection.
"""

from __future__ import annotations

from push.notifications import notify, notify_each

__all__ = ["notify", "notify_each"]
