"""The connection to the mail server, which tells an answer from none.

A server that has the whole mail may have accepted it, even where its answer never comes. Only then
it stays unknown whether the mail arrives.
"""

from __future__ import annotations

from contextlib import suppress
from smtplib import SMTP, SMTP_SSL, SMTPException
from typing import TYPE_CHECKING, Final

from django.core.mail.backends.smtp import EmailBackend

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# Some servers look for spam before they answer, and RFC 5321 lets them take minutes.
ANSWER_S: Final = 60.0
YES: Final = 250


class NoAnswer(SMTPException):
    """The server had the whole mail, and did not say whether it accepts it."""


class _PatientClient(SMTP):
    """Waits longer for the answer to a mail than for those to commands."""

    has_text = False

    def send(self, s: ReadableBuffer | str) -> None:
        super().send(s)
        # Commands are text; only the mail itself is bytes.
        self.has_text = not isinstance(s, str)

    def data(self, msg: ReadableBuffer | str) -> tuple[int, bytes]:
        """Hand the mail over. Raises NoAnswer where the server may have accepted it or not."""
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
        return (YES if code // 100 == 2 else code), reply


class _PatientTlsClient(_PatientClient, SMTP_SSL):
    """The same, by TLS from the first byte."""


class MailConnection(EmailBackend):
    """Django's connection, with an end that raises nothing."""

    @property
    def connection_class(self) -> type[SMTP]:
        return _PatientTlsClient if self.use_ssl else _PatientClient

    @property
    def is_open(self) -> bool:
        """Say whether the server can be sent another mail."""
        return self.connection is not None and self.connection.sock is not None

    def close(self) -> None:
        """Close what is open, also half of a connection; what was sent counts either way."""
        with suppress(OSError):
            super().close()
