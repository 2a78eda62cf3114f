"""The bucket for the media in the environment; an invalid value stops the start."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from config.env import BadEnvironment, envstr, envtoken
from config.local_hosts import require_safe_url

REST: Final = ("MEDIA_S3_KEY", "MEDIA_S3_SECRET", "MEDIA_S3_SECRET_FILE", "MEDIA_S3_REGION")
PATH: Final = re.compile(r"/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/[A-Za-z0-9._-]+)*)/?", re.ASCII)


@dataclass(frozen=True, slots=True)
class MediaBucket:
    """A bucket of an S3-compatible server; keys begin with `prefix` if it is not empty."""

    endpoint: str
    name: str
    prefix: str
    region: str
    key: str
    secret: str = field(repr=False)


def read_media_bucket(environ: Mapping[str, str] = os.environ) -> MediaBucket | None:
    """Return the bucket that `MEDIA_S3_URL` names, or None. Raises BadEnvironment."""
    url = require_safe_url("MEDIA_S3_URL", envstr("MEDIA_S3_URL", environ=environ))
    if not url:
        _refuse_rest(environ)
        return None
    parts = urlsplit(url)
    found = PATH.fullmatch(parts.path)
    if found is None or parts.query or parts.fragment or {".", ".."} & set(found[2].split("/")):
        raise BadEnvironment(
            "MEDIA_S3_URL must be the server, the bucket and perhaps a prefix, such as "
            "https://s3.example.org/attune-media"
        )
    key = envstr("MEDIA_S3_KEY", environ=environ)
    secret = envtoken("MEDIA_S3_SECRET", environ=environ)
    if not (key and secret):
        raise BadEnvironment("MEDIA_S3_URL needs MEDIA_S3_KEY and MEDIA_S3_SECRET")
    region = envstr("MEDIA_S3_REGION", "us-east-1", environ=environ)
    endpoint = f"{parts.scheme}://{parts.netloc}"
    return MediaBucket(endpoint, found[1], found[2].strip("/"), region, key, secret)


def _refuse_rest(environ: Mapping[str, str]) -> None:
    found = [name for name in REST if envstr(name, environ=environ)]
    if found:
        raise BadEnvironment(f"{found[0]} is set and MEDIA_S3_URL is not: give both or neither")
