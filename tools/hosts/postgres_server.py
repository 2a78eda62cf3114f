"""A PostgreSQL server on a host: TLS, roles as in deploy/postgres, standby and promotion.

It uses the system's PostgreSQL, because the one of the wheel is built without TLS. Administration
goes through a socket in the server's folder, which no partition of the network reaches.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg

from tools.hosts import disks, network
from tools.hosts.certificates import Certificates

SYSTEM: Final = Path("/usr/lib/postgresql")
USER: Final = "postgres"
ADMIN: Final = "attune_root"
PORT: Final = 5432
READY_S: Final = 30.0
SHIPPED: Final = Path(__file__).resolve().parents[2] / "deploy" / "postgres" / "attune.conf"
# In addition to what the site ships: servers notice within seconds that the other host is gone.
CONFIGURATION: Final = """
listen_addresses = '{address}'
port = {port}
unix_socket_directories = '{folder}'
ssl = on
ssl_cert_file = '{folder}/server.crt'
ssl_key_file = '{folder}/server.key'
ssl_ca_file = '{folder}/authority.crt'
timezone = 'UTC'
log_timezone = 'UTC'
wal_sender_timeout = '5s'
wal_receiver_timeout = '5s'
wal_retrieve_retry_interval = '500ms'
wal_keep_size = '256MB'
tcp_keepalives_idle = 5
tcp_keepalives_interval = 2
tcp_keepalives_count = 2
tcp_user_timeout = 5000
cluster_name = '{host}'
"""
ACCESS: Final = """
local all all trust
hostssl all all {network}.0/24 scram-sha-256
hostssl replication all {network}.0/24 scram-sha-256
"""


def find_binaries() -> Path | None:
    """Return the folder of the system's newest PostgreSQL, or None."""
    found = [each for each in SYSTEM.glob("*/bin/postgres") if each.parts[-3].isdigit()]
    return max(found, key=lambda each: int(each.parts[-3])).parent if found else None


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """One server of a host, in `folder`; `secret` is the password of every role."""

    host: str
    folder: Path
    certificates: Certificates
    secret: str
    port: int = PORT

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def create(self, roles: str) -> None:
        """Create a cluster, start it, and run a script of roles and databases."""
        self._make_folder()
        self._run("initdb", "-D", str(self.data), "-U", ADMIN, "-A", "trust", "-E", "UTF8",
                  "--locale", "C", "--no-sync")  # fmt: skip
        self._configure()
        self.start()
        self._psql(f"ALTER ROLE {ADMIN} PASSWORD '{self.secret}';\n{roles}")

    def copy(self, primary: PostgresServer) -> None:
        """Replace this server's data by a copy of the primary, and follow it as a standby."""
        if self.data.exists():
            shutil.rmtree(self.data)
        self._make_folder()
        source = (
            f"host={network.ADDRESSES[primary.host]} port={primary.port} user={ADMIN}"
            f" password={self.secret} application_name={self.host} sslmode=verify-full"
            f" sslrootcert={self.folder}/authority.crt connect_timeout=2"
        )
        with network.on_host(self.host):
            self._run("pg_basebackup", "-d", source, "-D", str(self.data), "--checkpoint=fast",
                      "--write-recovery-conf", "--no-sync")  # fmt: skip
        # A copy has the settings of its source, and so the wish for itself as its own standby.
        with (self.data / "postgresql.auto.conf").open("a") as out:
            out.write("synchronous_standby_names = ''\n")
        self._configure()

    def start(self) -> None:
        """Start it on its host and wait until it answers."""
        # A killed server leaves both, and its number may still belong to an unreaped child.
        for left in (self.data / "postmaster.pid", self.folder / f".s.PGSQL.{self.port}.lock"):
            left.unlink(missing_ok=True)
        binaries = find_binaries() or SYSTEM
        network.launch(
            self.host, _as_user([str(binaries / "postgres"), "-D", str(self.data)]),
            log=self.folder / "log", environment=_environment(),
        )  # fmt: skip
        until = time.monotonic() + READY_S
        while not self.answers():
            if time.monotonic() > until:
                raise TimeoutError(f"{self.host}: PostgreSQL did not answer, see its log")
            time.sleep(0.05)

    def answers(self) -> bool:
        with suppress(psycopg.Error):
            return bool(self.ask("SELECT 1"))
        return False

    def ask(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a statement as administrator; return its rows."""
        with self.connect(database) as raw:
            done = raw.execute(statement.encode())
            return done.fetchall() if done.description else []

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        return psycopg.connect(
            host=str(self.folder), port=self.port, user=ADMIN, dbname=database, autocommit=True,
            connect_timeout=2,
        )  # fmt: skip

    def require_standby(self, name: str) -> None:
        """Let every commit wait for the standby of that name; "" for none."""
        self.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
        self.ask("SELECT pg_reload_conf()")

    def promote(self) -> None:
        """Make a standby the primary; returns when it accepts writes."""
        self._run("pg_ctl", "promote", "-D", str(self.data), "-w", "-t", "20")

    def is_followed(self) -> bool:
        """Return whether a synchronous standby follows."""
        with suppress(psycopg.Error):
            return bool(self.ask("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"))
        return False

    def _make_folder(self) -> None:
        user = pwd.getpwnam(USER)
        disks.mount_disk(self.folder)
        for name, source in (
            ("authority.crt", self.certificates.authority),
            ("server.crt", self.certificates.certificate(self.host)),
            ("server.key", self.certificates.key(self.host)),
        ):
            shutil.copy(source, self.folder / name)
            (self.folder / name).chmod(0o600)
            os.chown(self.folder / name, user.pw_uid, user.pw_gid)
        self.data.mkdir(mode=0o700, exist_ok=True)
        for each in (self.folder, self.data):
            os.chown(each, user.pw_uid, user.pw_gid)

    def _configure(self) -> None:
        """Replace the configuration by that of this host."""
        text = CONFIGURATION.format(
            address=network.ADDRESSES[self.host], port=self.port, folder=self.folder, host=self.host
        )
        (self.data / "postgresql.conf").write_text(SHIPPED.read_text() + text)
        (self.data / "pg_hba.conf").write_text(ACCESS.format(network=network.NETWORK))

    def _run(self, program: str, *arguments: str) -> None:
        binaries = find_binaries() or SYSTEM
        done = subprocess.run(
            _as_user([str(binaries / program), *arguments]),
            cwd=self.folder, env=_environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise network.CannotMakeHosts(f"{program}: {(done.stderr or done.stdout)[-300:]}")

    def _psql(self, script: str) -> None:
        binaries = find_binaries() or SYSTEM
        done = subprocess.run(
            [str(binaries / "psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder),
             "-p", str(self.port), "-U", ADMIN, "-d", "postgres"],
            input=script, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise network.CannotMakeHosts(f"psql: {done.stderr.strip()[-300:]}")


def _environment() -> dict[str, str]:
    """Return an environment without variables that mislead PostgreSQL, such as HOME of root."""
    return {"PATH": os.environ["PATH"], "LC_ALL": "C"}


def _as_user(command: list[str]) -> list[str]:
    user = pwd.getpwnam(USER)
    given = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--init-groups"]
    return ["setpriv", *given, "--", *command]
