"""Which browsers play a video, by its codec: one check for uploads and imports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from django.utils.translation import gettext_noop as _

from authoring.formats import unsupported_messages
from authoring.media import ffmpeg

# "" where ffmpeg cannot tell: such a file is accepted.
EVERYWHERE: Final = frozenset({"h264", "vp8", "vp9", ""})
RECENT: Final = frozenset({"av1"})
AV1: Final = _(
    "video encoded as AV1, which older phones and browsers cannot play (MP4 with "
    "H.264 plays everywhere)"
)


@dataclass(frozen=True, slots=True)
class Codec:
    """The codec of a video, and how many of today's browsers play it."""

    name: str
    browsers: Literal["all", "recent", "few"]


def codec_of(path: Path) -> Codec:
    name = ffmpeg.codec_of(path)
    if name in EVERYWHERE:
        return Codec(name, "all")
    return Codec(name, "recent" if name in RECENT else "few")


def count_unplayable(paths: Iterable[Path]) -> Counter[str]:
    """Count the videos of a package that some browsers cannot play, by message."""
    found = [codec_of(path) for path in paths]
    few = (each.name.upper() for each in found if each.browsers == "few")
    notes = Counter(unsupported_messages.CODEC.format(name=name) for name in few)
    recent = sum(each.browsers == "recent" for each in found)
    return notes + Counter({AV1: recent})
