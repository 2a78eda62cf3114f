"""Published files in a bucket of an S3-compatible server.

A film is read in pieces, each with a request and a signature of its own. So a paused film holds no
connection to the server, no signature expires while it is watched, and one piece is in memory.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import IO, Any, Final

import obstore
from obstore import exceptions
from obstore.store import S3Store

from courses.media.stored_file import PIECE, StoredFile, StoreUnavailable, is_safe

logger = logging.getLogger(__name__)
# Of an upload: a film of 4 GB has 512 parts, and a server accepts 10,000.
PART: Final = 8 * 1024 * 1024
PARTS_AT_ONCE: Final = 3
TIMEOUT: Final = timedelta(seconds=20)
CONNECT: Final = timedelta(seconds=3)
RETRIES: Final = 2
RETRY_WITHIN: Final = timedelta(seconds=6)
# Codes of S3 that say what to repair, each looked for in the server's answer.
REASONS: Final = {
    "SignatureDoesNotMatch": "MEDIA_S3_SECRET is wrong",
    "InvalidAccessKeyId": "MEDIA_S3_KEY is unknown",
    "RequestTimeTooSkewed": "the clock of this computer or of the server is wrong",
    "ExpiredToken": "MEDIA_S3_KEY has expired",
    "TokenRefreshRequired": "MEDIA_S3_KEY has expired",
    "NoSuchBucket": "the bucket of MEDIA_S3_URL does not exist",
    "AccessDenied": "MEDIA_S3_KEY may not use the bucket",
    "403 Forbidden": "MEDIA_S3_KEY may not use the bucket",
}
NO_ANSWER: Final = "the server of MEDIA_S3_URL does not answer or has an error"


class BucketStore:
    """Published files in one bucket."""

    def __init__(
        self, *, endpoint: str, bucket: str, prefix: str, region: str, key: str, secret: str
    ) -> None:
        self._store = S3Store(
            bucket,
            prefix=prefix or None,
            endpoint=endpoint,
            region=region,
            access_key_id=key,
            secret_access_key=secret,
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "timeout": TIMEOUT,
                "connect_timeout": CONNECT,
            },
            retry_config={"max_retries": RETRIES, "retry_timeout": RETRY_WITHIN},
        )

    def check(self) -> None:
        """Raise StoreUnavailable unless the server answers and lets this site list the bucket."""
        with _translate_errors():
            next(iter(obstore.list(self._store, chunk_size=1)), None)

    def find(self, name: str) -> StoredFile | None:
        if not is_safe(name):
            return None
        try:
            with _translate_errors():
                return _describe(obstore.head(self._store, name))
        except FileNotFoundError:
            # Some servers answer a HEAD without a reason, so a missing bucket looks the same.
            return None

    def list_files(self, folder: str = "") -> Iterator[StoredFile]:
        with _translate_errors():
            for rows in obstore.list(self._store, folder or None):
                yield from map(_describe, rows)

    async def read_range(self, file: StoredFile, first: int, last: int) -> AsyncGenerator[bytes]:
        """Read pieces of the file that `find` returned; another file of that name is refused."""
        for at in range(first, last + 1, PIECE):
            until = min(at + PIECE, last + 1)
            with _translate_errors():
                found = await obstore.get_async(
                    self._store, file.name, options={"range": (at, until), "if_match": file.etag}
                )
                part = bytes(await found.bytes_async())
            if len(part) != until - at:
                raise StoreUnavailable("the server sent a part of another length")
            yield part

    def read_bytes(self, name: str) -> bytes:
        with _translate_errors():
            return bytes(obstore.get(self._store, _require(name)).bytes())

    def open_file(self, name: str) -> IO[bytes]:
        with _translate_errors():
            reader = obstore.open_reader(self._store, _require(name), buffer_size=PIECE)
        return BufferedReader(_BucketReader(reader), PIECE)

    def fetch(self, name: str, into: Path) -> Path:
        path = into / name.rpartition("/")[2]
        if not path.exists():
            part = path.with_name(f".{path.name}.part")
            with _translate_errors(), part.open("wb") as out:
                for piece in obstore.get(self._store, _require(name)).stream(PIECE):
                    out.write(piece)
            part.rename(path)
        return path

    def save(self, name: str, content: IO[bytes]) -> None:
        with _translate_errors():
            obstore.put(
                self._store,
                _require(name),
                content,
                chunk_size=PART,
                max_concurrency=PARTS_AT_ONCE,
            )

    def move_in(self, name: str, source: Path) -> None:
        with source.open("rb") as file:
            self.save(name, file)
        source.unlink()

    def copy(self, source: str, target: str) -> None:
        with _translate_errors():
            obstore.copy(self._store, _require(source), _require(target))

    def delete(self, names: Iterable[str]) -> None:
        found = [_require(name) for name in names]
        if found:
            with _translate_errors():
                obstore.delete(self._store, found)


class _BucketReader(RawIOBase):
    """A file of the bucket, read in order."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        with _translate_errors():
            part = bytes(self._reader.read(len(into)))
        into[: len(part)] = part
        return len(part)


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Raise FileNotFoundError, or StoreUnavailable with what to do, and log which it was."""
    try:
        yield
    except exceptions.BaseError as error:
        reason = _find_reason(str(error))
        logger.error("media.unavailable: %s", reason)
        # The library's text has the address of the file.
        raise StoreUnavailable(reason) from None


def _find_reason(text: str) -> str:
    return next((reason for code, reason in REASONS.items() if code in text), NO_ANSWER)


def _require(name: str) -> str:
    if not is_safe(name):
        raise FileNotFoundError(2, "No such file", name)
    return name


def _describe(row: Any) -> StoredFile:
    changed = row["last_modified"].timestamp()
    return StoredFile(row["path"], row["size"], changed, row["e_tag"] or f'"{row["size"]:x}"')
