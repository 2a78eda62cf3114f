"""An SMTP connection that tells a refusal from a missing reply.

A server that has the whole mail may have accepted it even if its reply never comes. Only then it is
unknown whether the mail arrives.
"""

from __future__ import annotations

from contextlib import suppress
from smtplib import SMTP, SMTP_SSL, SMTPException
from typing import TYPE_CHECKING, Final

from django.core.mail.backends.smtp import EmailBackend

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# Some servers scan for spam before they reply, and RFC 5321 allows them minutes.
ANSWER_S: Final = 60.0
ACCEPTED: Final = 250


class NoAnswer(SMTPException):
    """The server got the whole mail and did not say whether it accepts it."""


class _PatientClient(SMTP):
    """SMTP client that waits longer for the reply to a mail than for replies to commands."""

    has_text = False

    def send(self, s: ReadableBuffer | str) -> None:
        super().send(s)
        # Commands are text; only the mail itself is bytes.
        self.has_text = not isinstance(s, str)

    def data(self, msg: ReadableBuffer | str) -> tuple[int, bytes]:
        """Send the mail. Raises NoAnswer if it is unknown whether the server accepted it."""
        if self.sock is not None:
            self.sock.settimeout(ANSWER_S)
        try:
            code, reply = super().data(msg)
        except SMTPException:
            if self.has_text:
                raise NoAnswer from None
            raise
        if code // 100 not in (2, 4, 5):
            self.close()
            raise NoAnswer
        if self.sock is not None:
            self.sock.settimeout(self.timeout)
        return (ACCEPTED if code // 100 == 2 else code), reply


class _PatientTlsClient(_PatientClient, SMTP_SSL):
    """The same client, with TLS from the first byte."""


class MailConnection(EmailBackend):
    """Django's SMTP backend, except that closing raises nothing."""

    @property
    def connection_class(self) -> type[SMTP]:
        return _PatientTlsClient if self.use_ssl else _PatientClient

    @property
    def is_open(self) -> bool:
        """Return whether the connection can take another mail."""
        return self.connection is not None and self.connection.sock is not None

    def close(self) -> None:
        """Close the connection, even a half-open one; what was sent counts either way."""
        with suppress(OSError):
            super().close()
