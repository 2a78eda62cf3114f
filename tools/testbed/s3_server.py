"""A real S3 server in a folder: SeaweedFS, one program from a package registry (ADR 0094)."""

from __future__ import annotations

import json
import subprocess
import time
import uuid
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from config.media_bucket import MediaBucket
from courses.media.s3_store import BucketStore
from courses.media.stored_file import StoreUnavailable
from tools.testbed.free_ports import find_free_ports

PROGRAM: Final = "weed"
BUCKET: Final = "media"
KEY, READER_KEY = "attune-key", "reader-key"
SECRET: Final = "attune-secret-0123456789"  # noqa: S105 - of a server for one test
PARTS: Final = ("master", "volume", "filer", "s3")
# Each part has one for HTTP and one for gRPC.
PORTS: Final = tuple(f"{part}{kind}" for part in PARTS for kind in ("", " grpc"))
READY_WITHIN_S: Final = 60.0


@dataclass(slots=True)
class S3Server:
    """A server that keeps its files in `folder`, and can be killed and started again.

    `tls`: certificate and key of `address`; the site then needs https.
    """

    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    address: str = "127.0.0.1"
    tls: tuple[Path, Path] | None = None
    process: subprocess.Popen[bytes] | None = None

    def bucket(self, **changes: str) -> MediaBucket:
        """Return the server's bucket with a prefix of its own.

        Each new bucket would take seven volumes of the server.
        """
        found = {
            "endpoint": f"{'https' if self.tls else 'http'}://{self.address}:{self.ports['s3']}",
            "name": BUCKET,
            "prefix": uuid.uuid4().hex,
            "region": "us-east-1",
            "key": KEY,
            "secret": SECRET,
        }
        return MediaBucket(**{**found, **changes})

    def environment(self, bucket: MediaBucket) -> dict[str, str]:
        """Return the variables with which a site uses the bucket."""
        url = f"{bucket.endpoint}/{bucket.name}/{bucket.prefix}"
        return {
            "MEDIA_S3_URL": url,
            "MEDIA_S3_KEY": bucket.key,
            "MEDIA_S3_SECRET": bucket.secret,
        }

    def start(self) -> None:
        """Start it and wait until it stores files."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        self.kill()
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        self.ports = self.ports or dict(zip(PORTS, find_free_ports(len(PORTS)), strict=True))
        (self.folder / "s3.json").write_text(json.dumps(make_identities()))
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self._make_command(), stdout=log, stderr=subprocess.STDOUT
            )

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def _make_command(self) -> list[str]:
        options: dict[str, Any] = {
            "dir": self.folder / "data",
            "ip": self.address,
            "ip.bind": self.address,
            "filer": "true",
            "s3": "true",
            "s3.config": self.folder / "s3.json",
            "s3.iam": "false",
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "master.telemetry": "false",
            "master.volumeSizeLimitMB": 1024,
            "volume.max": 100,
        }
        if self.tls:
            options["s3.cert.file"], options["s3.key.file"] = self.tls
        for part in PARTS:
            options[f"{part}.port"] = self.ports[part]
            options[f"{part}.port.grpc"] = self.ports[f"{part} grpc"]
        return [PROGRAM, "server", *(f"-{name}={value}" for name, value in options.items())]

    def wait(self) -> None:
        """Wait until it stores a file: its parts find each other after their ports are open.

        A server that does not get so far is killed, and RuntimeError says where its log is.
        """
        until = time.monotonic() + READY_WITHIN_S
        while not self._is_ready():
            if time.monotonic() > until or not self._is_running():
                self.kill()
                raise RuntimeError(f"expected a server, see {self.folder / 'log'}")
            time.sleep(0.2)

    def _is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def _is_ready(self) -> bool:
        try:
            connect(self.bucket()).save("data-sets/ready", BytesIO(b"ready"))
        except StoreUnavailable:
            return False
        return True


def connect(bucket: MediaBucket) -> BucketStore:
    return BucketStore(
        endpoint=bucket.endpoint,
        bucket=bucket.name,
        prefix=bucket.prefix,
        region=bucket.region,
        key=bucket.key,
        secret=bucket.secret,
    )


def make_identities() -> dict[str, Any]:
    """Return who may use the server: the site, and a reader who may not write."""
    rights = {KEY: ["Admin", "Read", "Write", "List"], READER_KEY: ["Read", "List"]}
    return {
        "identities": [
            {"name": key, "credentials": [{"accessKey": key, "secretKey": SECRET}], "actions": may}
            for key, may in rights.items()
        ]
    }
