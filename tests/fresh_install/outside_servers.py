"""A university's other servers, by TLS: an account provider (OIDC) and a mail server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fixtures.accounts import openid_provider
from tests.fixtures.servers import mail_server
from tests.fresh_install.machine import HERE, Machine

SINGLE_SIGN_ON, MAIL = "id.attune.home.arpa", "mail.attune.home.arpa"
LINK = re.compile(r"https://\S+")


@dataclass(frozen=True, slots=True)
class Outside:
    """The running servers: the issuer of accounts, the port for mail, and the received mails."""

    issuer: str
    mail_port: int
    inbox: mail_server.Inbox

    def find_link(self, address: str) -> str:
        """Return the link in the latest mail to this address. Raises IndexError without one."""
        mails = [mail for mail in self.inbox.mails if address in str(mail["To"])]
        text = mails[-1].get_body(("plain",)).get_content()
        return LINK.findall(text)[0].rstrip(".>")

    def settings(self) -> dict[str, str]:
        """Return their settings in /etc/attune/attune.env and the file of providers."""
        return {
            "attune.env": (
                f"MAIL_HOST={MAIL}\nMAIL_PORT={self.mail_port}\nMAIL_USER={mail_server.USER}\n"
                f"MAIL_PASSWORD='{mail_server.PASSWORD}'\n"
                f"MAIL_FROM='{mail_server.SENDER}'\n"
                "SIGN_IN_PROVIDERS_FILE=/etc/attune/providers.toml\n"
            ),
            "providers.toml": (
                "password_sign_in = true\n[[provider]]\n"
                f'key = "{openid_provider.KEY}"\nname = "Northfield account"\n'
                f'issuer = "{self.issuer}"\nclient_id = "{openid_provider.CLIENT}"\n'
                f'client_secret = "{openid_provider.SECRET}"\nlink_by_email = true\n'
            ),
        }


@contextmanager
def run_outside(folder: Path, site: str, people: dict[str, dict[str, object]]) -> Iterator[Outside]:
    """Run both servers inside the context; `people` have accounts at the provider."""
    certificates = [mail_server.make_certificate(folder, name) for name in (SINGLE_SIGN_ON, MAIL)]
    inbox = mail_server.Inbox()
    named = (SINGLE_SIGN_ON, HERE, certificates[0])
    with (
        mail_server.run_server(certificates[1], inbox, host=HERE) as mail_port,
        openid_provider.run_provider(site, people, named=named) as issuer,
    ):
        yield Outside(issuer, mail_port, inbox)


def make_known(machine: Machine, folder: Path) -> None:
    """Let the machine find both servers and trust their certificates."""
    for name in (SINGLE_SIGN_ON, MAIL):
        machine.know_host(name)
        text = (folder / f"{name}.pem").read_text()
        own = machine.tree / "usr/local/share/ca-certificates" / f"{name}.crt"
        own.write_text(text[text.index("-----BEGIN CERTIFICATE") :])
    machine.run("update-ca-certificates")


def name_servers(machine: Machine, outside: Outside) -> None:
    """Add them to the site's settings, and restart it."""
    etc = machine.tree / "etc" / "attune"
    for file, lines in outside.settings().items():
        with (etc / file).open("a") as settings:
            settings.write(lines)
        (etc / file).chmod(0o600)
    # The site's own user reads the file of providers.
    machine.run("chown attune: /etc/attune/providers.toml; systemctl restart attune.target")
    machine.run("attune doctor")
