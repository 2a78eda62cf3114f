"""Stored files in a bucket of an S3-compatible server.

A film is read in pieces, each with a request and a signature of its own. So a paused film holds no
connection to the server, no signature expires while it is watched, and one piece is in memory.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
import uuid
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from io import BufferedReader, BytesIO, RawIOBase
from pathlib import Path
from typing import IO, Any, Final

import obstore
from obstore import exceptions
from obstore.store import S3Store

from courses.media.stored_file import PIECE, StoredFile, StoreUnavailable, is_safe, is_stored

logger = logging.getLogger(__name__)
# What is handed to the web server at a time, which keeps it for a viewer who pauses.
CHUNK: Final = 256 * 1024
# Size of an upload part: 4 GB is 512 parts, and a server accepts 10,000.
PART: Final = 8 * 1024 * 1024
PARTS_AT_ONCE: Final = 2
CONNECT: Final = timedelta(seconds=3)
RETRIES: Final = 2
# Of a whole request. A page waits for the facts of a file; two parts of an upload need 2.3 Mbit/s.
FACTS_WITHIN: Final = timedelta(seconds=3)
READ_WITHIN: Final = timedelta(seconds=20)
SENT_WITHIN: Final = timedelta(seconds=60)
# After failures no page asks again for some seconds: a web process has three request slots.
# A single failure may be a slow answer about one file.
FAILURES: Final = 2
REST_S: Final = 5.0
NO_BUCKET: Final = "the bucket of MEDIA_S3_URL does not exist"
# Codes of S3 that say what to repair, each looked for in the server's answer.
REASONS: Final = {
    "SignatureDoesNotMatch": "MEDIA_S3_SECRET is wrong",
    "InvalidAccessKeyId": "MEDIA_S3_KEY is unknown",
    "RequestTimeTooSkewed": "the clock of this computer or of the server is wrong",
    "NoSuchBucket": NO_BUCKET,
    "AccessDenied": "MEDIA_S3_KEY may not use the bucket",
    "403 Forbidden": "MEDIA_S3_KEY may not use the bucket",
}
NO_ANSWER: Final = "the server of MEDIA_S3_URL does not answer or has an error"
REPLACED: Final = "a file was replaced while it was read"


class BucketStore:
    """Stored files in one bucket."""

    def __init__(
        self, *, endpoint: str, bucket: str, prefix: str, region: str, key: str, secret: str
    ) -> None:
        _forget_environment()

        def connect(timeout: timedelta, retry_within: timedelta) -> S3Store:
            return S3Store(
                bucket,
                prefix=prefix or None,
                endpoint=endpoint,
                region=region,
                access_key_id=key,
                secret_access_key=secret,
                virtual_hosted_style_request=False,
                client_options={
                    "allow_http": endpoint.startswith("http://"),
                    "timeout": timeout,
                    "connect_timeout": min(CONNECT, timeout),
                },
                retry_config={"max_retries": RETRIES, "retry_timeout": retry_within},
            )

        # A closed connection is tried again at once, and silence is not.
        self._facts = connect(FACTS_WITHIN, timedelta(seconds=1))
        self._store = connect(READ_WITHIN, timedelta(seconds=6))
        self._sender = connect(SENT_WITHIN, timedelta(seconds=6))
        self._rests_until, self._failures = 0.0, 0

    def check(self) -> None:
        """Raise StoreUnavailable unless this site may list, write, read and delete there."""
        # First, because some servers create a missing bucket when a file is written.
        self._require_bucket()
        name = f"checks/{uuid.uuid4().hex}"
        self.save(name, BytesIO(b"check"))
        self.read_bytes(name)
        self.delete([name])

    def find(self, name: str) -> StoredFile | None:
        if not is_safe(name):
            return None
        with self._rest_after_failure():
            try:
                with _translate_errors(name):
                    return _describe(obstore.head(self._facts, name))
            except FileNotFoundError:
                self._require_bucket()
                return None

    def _require_bucket(self) -> None:
        """Raise StoreUnavailable if there is no bucket; the answer about a file may not say so."""
        with _translate_errors():
            next(iter(obstore.list(self._facts, chunk_size=1)), None)

    @contextmanager
    def _rest_after_failure(self) -> Iterator[None]:
        """Refuse for some seconds after failures; then one request tries and the others wait."""
        now = time.monotonic()
        if now < self._rests_until:
            raise StoreUnavailable(NO_ANSWER)
        if self._rests_until:
            self._rests_until = now + FACTS_WITHIN.total_seconds()
        try:
            yield
        except StoreUnavailable:
            self._failures += 1
            if self._failures >= FAILURES:
                self._rests_until = time.monotonic() + REST_S
            raise
        self._rests_until, self._failures = 0.0, 0

    def list_files(self, folder: str = "") -> Iterator[StoredFile]:
        with _translate_errors():
            for rows in obstore.list(self._store, folder or None):
                found = map(_describe, rows)
                yield from (file for file in found if folder or is_stored(file.name))

    async def read_range(self, file: StoredFile, first: int, last: int) -> AsyncGenerator[bytes]:
        """Read pieces of the file that `find` returned; fails if it was replaced."""
        for at in range(first, last + 1, PIECE):
            until = min(at + PIECE, last + 1)
            with _translate_errors(file.name):
                found = await obstore.get_async(
                    self._store, file.name, options={"range": (at, until), "if_match": file.etag}
                )
                part = bytes(await found.bytes_async())
            if len(part) != until - at:
                raise StoreUnavailable("the server sent a part of another length")
            for start in range(0, len(part), CHUNK):
                yield part[start : start + CHUNK]

    def read_bytes(self, name: str) -> bytes:
        with self.open_file(name) as content:
            return b"".join(iter(partial(content.read, PIECE), b""))

    def open_file(self, name: str) -> IO[bytes]:
        try:
            with _translate_errors(name):
                reader = obstore.open_reader(self._store, _require(name), buffer_size=PIECE)
        except FileNotFoundError:
            self._require_bucket()
            raise
        return BufferedReader(_BucketReader(self, reader, name), PIECE)

    def fetch(self, name: str, into: Path) -> Path:
        """Copy in pieces: the time for one answer would not do for a whole film."""
        path = into / _require(name)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.part")
            with self.open_file(name) as content, part.open("wb") as out:
                shutil.copyfileobj(content, out, PIECE)
            part.rename(path)
        return path

    def save(self, name: str, content: IO[bytes]) -> None:
        key = _require(name)
        try:
            with _translate_errors(name):
                obstore.put(
                    self._sender, key, content, chunk_size=PART, max_concurrency=PARTS_AT_ONCE
                )
        except FileNotFoundError:
            raise _unavailable(NO_BUCKET) from None

    def move_in(self, name: str, source: Path) -> None:
        with source.open("rb") as file:
            self.save(name, file)
        source.unlink()

    def copy(self, source: str, target: str) -> None:
        with _translate_errors(source):
            obstore.copy(self._sender, _require(source), _require(target))

    def delete(self, names: Iterable[str]) -> None:
        found = [_require(name) for name in names]
        if found:
            with _translate_errors():
                obstore.delete(self._store, found)


class _BucketReader(RawIOBase):
    """A file of the bucket, read in requests for pieces."""

    def __init__(self, store: BucketStore, reader: Any, name: str) -> None:
        self._store, self._reader, self._name = store, reader, name

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, to: int, whence: int = 0) -> int:
        return int(self._reader.seek(to, whence))

    def tell(self) -> int:
        return int(self._reader.tell())

    def readinto(self, into: Any) -> int:
        try:
            with _translate_errors(self._name):
                part = bytes(self._reader.read(len(into)))
        except FileNotFoundError:
            raise
        except OSError as error:
            # The text of the library does not say it with every server.
            if self._store.find(self._name) is None:
                raise FileNotFoundError(2, "No such file", self._name) from None
            raise _unavailable(_find_reason(str(error))) from None
        into[: len(part)] = part
        return len(part)


@contextmanager
def _translate_errors(name: str = "") -> Iterator[None]:
    """Raise FileNotFoundError for the name, or StoreUnavailable with what to do, which is logged.

    The library's own texts have the address of the file.
    """
    try:
        yield
    except FileNotFoundError as error:
        if "NoSuchBucket" in str(error):
            raise _unavailable(NO_BUCKET) from None
        raise FileNotFoundError(2, "No such file", name) from None
    except exceptions.PreconditionError:
        raise _unavailable(REPLACED) from None
    except exceptions.BaseError as error:
        raise _unavailable(_find_reason(str(error))) from None


def _unavailable(reason: str) -> StoreUnavailable:
    """Log the reason, and return the error with it."""
    logger.error("media.unavailable: %s", reason)
    return StoreUnavailable(reason)


def _find_reason(text: str) -> str:
    return next((reason for code, reason in REASONS.items() if code in text), NO_ANSWER)


def _forget_environment() -> None:
    """Remove the variables that the library would add to our settings, such as a session token."""
    for name in [each for each in os.environ if each.startswith("AWS_")]:
        del os.environ[name]


def _require(name: str) -> str:
    if not is_safe(name):
        raise FileNotFoundError(2, "No such file", name)
    return name


def _describe(row: Any) -> StoredFile:
    changed = row["last_modified"].timestamp()
    etag = row["e_tag"] or f'"{row["size"]:x}"'
    return StoredFile(row["path"], row["size"], changed, changed, etag)
