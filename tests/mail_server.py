"""A real mail server for tests: aiosmtpd on a free port, by TLS, with a certificate of its own."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from ipaddress import ip_address

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.free_ports import free_port

SENDER = "Northfield School <attune@northfield.example>"
USER, PASSWORD = "attune", "a password of the mail server"


class Inbox:
    """Takes every mail, unless it is told to be a server that does not.

    `refuse` answers each recipient, or `refuse_one` some; `at_data` answers the whole mail. It
    hangs for `wait_s` before it takes a mail, or for `answer_s` after that. `hang_up` is the
    command at which it closes the connection: RCPT, or DATA once it has the mail.
    """

    def __init__(self):
        self.mails, self.asked = [], []
        self.refuse, self.refuse_one, self.at_data, self.hang_up = "", {}, "", ""
        self.wait_s = self.answer_s = 0.0

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.asked.append(address)
        if self.hang_up == "RCPT":
            server.transport.close()
        if refused := self.refuse_one.get(address, self.refuse):
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(self.wait_s)
        if self.at_data:
            return self.at_data
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        await asyncio.sleep(self.answer_s)
        if self.hang_up == "DATA":
            server.transport.close()
        return "250 OK"


def make_certificate(folder, name="127.0.0.1"):
    """A certificate that signs itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    try:
        names = [x509.IPAddress(ip_address(name))]
    except ValueError:
        names = [x509.DNSName(name)]
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


@contextmanager
def run_server(certificate, inbox, tls="starttls", host="127.0.0.1"):
    """The server while the block runs; answers its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    # From the first byte: aiosmtpd knows a log-in after STARTTLS alone.
    more = {"ssl_context": context} if tls == "tls" else _after_starttls(context)
    controller = Controller(inbox, hostname=host, port=free_port(), **more)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def name_server(settings, port, tls="starttls"):
    """Let the site send by this server, as the environment would say it."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    log_in = (USER, PASSWORD) if tls == "starttls" else ("", "")
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = log_in
    settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = tls == "starttls", tls == "tls"
    settings.EMAIL_TIMEOUT = 5
    settings.DEFAULT_FROM_EMAIL = SENDER


def _after_starttls(context):
    return {
        "tls_context": context,
        "require_starttls": True,
        "auth_required": True,
        "authenticator": _knows,
    }


def _knows(server, session, envelope, mechanism, auth_data):
    right = (auth_data.login, auth_data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right)
