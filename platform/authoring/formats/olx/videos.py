"""Read a video block: a video if its file is in the package, else a video on another site."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.formats.olx.blocks import OlxBlocks
from authoring.formats.question_builder import Json
from authoring.formats.text.html_to_markdown import escape_text
from authoring.formats.text.safe_xml import XmlNode
from authoring.media import captions, video_metadata
from courses import external_videos

SUFFIXES = (".mp4", ".webm")
_SAFE = re.compile(r"[A-Za-z0-9._/-]+")
_LANG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
NAMES = {"en": "English", "es": "Español", "de": "Deutsch", "fr": "Français", "pt": "Português"}


def video_content(node: XmlNode, blocks: OlxBlocks, left_out: Counter[str]) -> Json | None:
    """Return the columns of a video unit; None without a file that has a length."""
    start = node.get("start_time", "00:00:00")
    left_out[_("section of a video (start_time)")] += start not in ("", "00:00:00", "0", "0.0")
    for address in find_addresses(node):
        name = blocks.assets.place(address)
        path = blocks.file(name)
        if path is None or path.suffix.lower() not in SUFFIXES or not _SAFE.fullmatch(name):
            continue
        film = video_metadata.measure(path)
        if film.seconds:
            files = {"video": name, "captions": list(_read_captions(node, blocks, left_out))}
            size = {"width": film.width, "height": film.height} if film.width else {}
            return {"duration": film.seconds, **size, "files": files, "questions": []}
    return None


def find_addresses(node: XmlNode) -> list[str]:
    """Return all addresses of the video that a block may contain."""
    found = [one.get("src") for one in node.all("source", "encoded_video") if one.get("src")]
    found += [one.get("url") for one in node.all("encoded_video") if one.get("url")]
    found += _read_sources(node.get("html5_sources"))
    tube = node.get("youtube_id_1_0") or _read_speeds(node.get("youtube"))
    return found + ([f"https://youtu.be/{tube}"] if re.fullmatch(r"[\w-]{5,20}", tube) else [])


def _read_speeds(text: str) -> str:
    """Return the id for speed 1 of `0.75:id,1.0:id`; a lone id has no speed."""
    found: dict[float, str] = {}
    for item in text.split(","):
        speed, colon, name = item.strip().rpartition(":")
        if not colon or re.fullmatch(r"\d{1,2}(\.\d{1,4})?", speed):
            found.setdefault(float(speed or 1), name.strip())
    return found.get(1.0) or next(iter(found.values()), "")


def find_other_site(node: XmlNode) -> str:
    """Return where the video can be watched, on a known site if it has one; else ""."""
    found = [external_videos.lower_scheme(one) for one in find_addresses(node)]
    players = [player for one in found if (player := external_videos.find_player(one))]
    return next((one for one in [*players, *found] if external_videos.is_accepted(one)), "")


def write_link_page(node: XmlNode, title: str) -> str:
    """Return the Markdown of a page with the address of the video."""
    links = [one for one in find_addresses(node) if re.fullmatch(r"https?://[^\s<>$]+", one)]
    lines = [f"This video is not part of the course: {escape_text(title)}."]
    return "\n\n".join([*lines, *(f"- [{escape_text(one)}](<{one}>)" for one in links[:1])])


def _read_sources(text: str) -> list[str]:
    try:
        found = json.loads(text) if text else []
    except ValueError:
        return []
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def find_tracks(node: XmlNode) -> dict[str, str]:
    """Return language and file of each transcript."""
    found = {one.get("language"): one.get("src") for one in node.all("transcript")}
    try:
        listed = json.loads(node.get("transcripts") or "{}")
    except ValueError:
        listed = {}
    found |= (
        {str(lang): str(name) for lang, name in listed.items()} if isinstance(listed, dict) else {}
    )
    if node.get("sub"):
        found.setdefault("en", f"subs_{node.get('sub')}.srt.sjson")
    named = {lang.replace("_", "-"): name for lang, name in found.items() if lang and name}
    return {lang: name for lang, name in named.items() if _LANG.fullmatch(lang)}


def _read_captions(node: XmlNode, blocks: OlxBlocks, left_out: Counter[str]) -> list[Json]:
    rows: list[Json] = []
    for lang, name in find_tracks(node).items():
        path = blocks.file(f"static/{name.removeprefix('/static/')}") or blocks.file(
            f"static/{lang}_{name}"
        )
        cues = _read_cues(path, left_out) if path else []
        if not path or not cues:
            left_out[_("transcript that is missing from the package or has no times")] += 1
            continue
        made = blocks.write_file(f"{path.stem}.{lang}.vtt", captions.write_vtt(cues))
        label = NAMES.get(lang, lang)
        rows.append({"lang": lang, "label": label, "src": made, "default": not rows})
    return rows


def _read_cues(path: Path, left_out: Counter[str]) -> list[dict[str, Any]]:
    """Return the cues of .srt, .vtt or .sjson; none for another file."""
    try:
        content = path.read_bytes()[:4_000_000]
        if path.suffix == ".sjson":
            # Old files are in Latin-1; text that parses as JSON was decoded correctly.
            return _read_sjson(json.loads(captions.decode(content)[0]))
        text, guessed = captions.decode(content)
        found = captions.read_captions(text)
        left_out[captions.GUESSED_ENCODING] += guessed
        return found
    except Exception:  # noqa: BLE001 - an unreadable transcript is counted, whatever the error
        return []


def _read_sjson(found: dict[str, list[Any]]) -> list[dict[str, Any]]:
    rows = zip(found["start"], found["end"], found["text"], strict=True)
    return [
        {"start": start / 1000, "end": end / 1000, "text": " ".join(str(text).split())}
        for start, end, text in rows
        if text and str(text).strip() and end > start
    ]
