"""Hints to open pages: `notify` sends to a group as part of the current transaction.

A hint may be lost. The rows are the truth, and a page reads them again after reconnecting.
"""

from __future__ import annotations

from push.notifications import notify, notify_each

__all__ = ["notify", "notify_each"]
