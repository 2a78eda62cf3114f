"""What runs on which host, and with which settings a site uses it.

proxy         HAProxy
web1, web2    the web program
work1, work2  a live worker and a slow worker each; beat on both
db1, db2      PostgreSQL of the site, primary and synchronous standby
keys          OpenBao, and the keystore's PostgreSQL
s3            SeaweedFS
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from config.embedded_postgres import cluster
from deployment.processes import MAX_CONNECTIONS
from tools.hosts import network
from tools.hosts.certificates import Certificates, make_certificates
from tools.hosts.database_pair import DatabasePair
from tools.hosts.load_balancer import LoadBalancer
from tools.hosts.postgres_server import PORT, PostgresServer
from tools.testbed.environment import inherit_variables
from tools.testbed.openbao_server import OpenBao
from tools.testbed.s3_server import BUCKET, KEY, PORTS, SECRET, S3Server

ROOT: Final = Path(__file__).resolve().parents[2]
WEB_HOSTS: Final = ("web1", "web2")
WORK_HOSTS: Final = ("work1", "work2")
SERVICES: Final = ("keys", "s3")
KEYS_ROLE: Final = "attune_keys"


@dataclass(frozen=True, slots=True)
class Topology:
    """All that the site needs besides its own programs, in folders under `folder`."""

    folder: Path
    certificates: Certificates
    databases: DatabasePair
    key_database: PostgresServer
    key_service: OpenBao
    s3: S3Server
    balancer: LoadBalancer

    def create(self) -> None:
        """Create and start everything but the site's programs."""
        secret = self.databases.primary.secret
        known = f"\\set owner '{secret}'\n\\set app '{secret}'\n"
        self.databases.create(known + cluster.BOOTSTRAP)
        self.key_database.create(
            f"CREATE ROLE {KEYS_ROLE} LOGIN PASSWORD '{secret}';\n"
            f"CREATE DATABASE {KEYS_ROLE} OWNER {KEYS_ROLE};"
        )
        with network.on_host("keys"):
            self.key_service.create()
        self.start_s3()
        self.balancer.start()

    def start_s3(self) -> None:
        with network.on_host("s3"):
            self.s3.launch()
        self.s3.wait()

    def start_keys(self) -> None:
        self.key_database.start()
        with network.on_host("keys"):
            self.key_service.start()

    def environment(self, place: str) -> dict[str, str]:
        """Return the environment of a process of the site; `place`: its host or the observer."""
        var = self.folder / place
        return {
            **inherit_variables(),
            **self._addresses(),
            **self.key_service.environment(),
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "platform"))),
            "SSL_CERT_FILE": str(self.certificates.authority),
            "SECRET_KEY": self.databases.primary.secret * 2,
            "LEGAL_PROFILE": "demo",
            "ATTUNE_VAR": str(var),
            "KEYSTORE_DIR": str(var / "keystore"),
            # A file that the worker hosts share, as on a network disk.
            "AUDIT_WITNESS_FILE": str(self.folder / "witness" / "tree-heads.jsonl"),
            "ATTUNE_HASHED_STATIC": "off",
            "ATTUNE_LEND_POSTGRES": "",
            "ATTUNE_NO_BOOTSTRAP": "1",
            "ATTUNE_MONITOR_ADDRESSES": self.balancer.address,
            "FORWARDED_ALLOW_IPS": self.balancer.address,
            "DATABASE_POOL": str(MAX_CONNECTIONS),
        }

    def _addresses(self) -> Mapping[str, str]:
        site = [network.ADDRESSES[host] for host in sorted(self.databases.hosts)]
        keys = [network.ADDRESSES[self.key_database.host]]
        bucket = self.s3.bucket(prefix="attune")
        return {
            "DATABASE_URL": self._url("attune_owner", site, "attune"),
            "DATABASE_APP_URL": self._url("attune_app", site, "attune"),
            "BROKER_DATABASE_URL": self._url("attune_app", site, "attune_broker"),
            "KEYSTORE_DATABASE_URL": self._url(KEYS_ROLE, keys, KEYS_ROLE),
            "MEDIA_S3_URL": f"{bucket.endpoint}/{BUCKET}/{bucket.prefix}",
            "MEDIA_S3_KEY": KEY,
            "MEDIA_S3_SECRET": SECRET,
        }

    def _url(self, role: str, addresses: list[str], database: str) -> str:
        places = ",".join(f"{address}:{PORT}" for address in addresses)
        tls = f"sslmode=verify-full&sslrootcert={quote(str(self.certificates.authority))}"
        return f"postgresql://{role}:{self.databases.primary.secret}@{places}/{database}?{tls}"


def open_topology(folder: Path) -> Topology:
    """Return what `make_topology` made in this folder, from any process."""
    certificates = Certificates(folder / "tls")
    secret = (folder / "secret").read_text()
    servers = {
        host: PostgresServer(host, folder / host, certificates, secret)
        for host in ("db1", "db2", "keys")
    }
    tls = {host: (certificates.certificate(host), certificates.key(host)) for host in SERVICES}
    s3 = S3Server(
        folder / "s3",
        ports={name: 9300 + number for number, name in enumerate(PORTS)},
        address=network.ADDRESSES["s3"],
        tls=tls["s3"],
    )
    return Topology(
        folder=folder,
        certificates=certificates,
        databases=DatabasePair(servers["db1"], servers["db2"]),
        key_database=servers["keys"],
        key_service=OpenBao(folder / "bao", address=network.ADDRESSES["keys"], tls=tls["keys"]),
        s3=s3,
        balancer=LoadBalancer("proxy", folder / "proxy", WEB_HOSTS),
    )


def make_topology(folder: Path, now: datetime) -> Topology:
    """Prepare the folder for `open_topology`; nothing runs yet."""
    folder.chmod(0o711)
    certificates = make_certificates(folder / "tls", network.ADDRESSES, now)
    # The site's own clients of TLS, in this process, too.
    os.environ["SSL_CERT_FILE"] = str(certificates.authority)
    (folder / "secret").touch(mode=0o600)
    (folder / "secret").write_text(secrets.token_hex(20))
    return open_topology(folder)
