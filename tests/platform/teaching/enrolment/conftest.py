"""The mail server of the tests of mails."""

from __future__ import annotations

from tests.platform.accounts.mail.conftest import certificate, inbox

__all__ = ["certificate", "inbox"]
