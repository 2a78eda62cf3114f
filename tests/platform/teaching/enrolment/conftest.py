"""The mail server for tests of emails."""

from __future__ import annotations

from tests.platform.accounts.mail.conftest import certificate, inbox

__all__ = ["certificate", "inbox"]
