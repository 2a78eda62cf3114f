"""`static/js/telemetry/streams.js`: what pages need of `emotion/streams.json`, as a module.

The file is committed, because pages load modules without a build step; a test keeps it current.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings

from emotion.streams import Channel, Stream, load

HEAD = """\
// @ts-check
/**
 * The Streams: form in a Block, channels and words for the Learner.
 *
 * Made from emotion/streams.json by `manage.py stream_tables`; a test compares them. Words are in
 * the source language: translate them with `t` where they are shown.
 */

/**
 * @typedef {{name: string, label?: string, unit: string, step: number, lo: number,
 *   hi: number}} Channel
 *   label: missing for the confidence of another channel; step: its precision
 * @typedef {{number: number, dtype: "f4" | "i2", scale: number, rateHz: number | null,
 *   backends: readonly string[], title: string, inline: string, stays?: string,
 *   channels: readonly Channel[]}} Stream
 *   title, inline: its name alone or first, and inside a sentence
 *   stays: what never leaves the page
 */

/** @type {Readonly<Record<string, Stream>>} */
export const STREAMS = Object.freeze({
"""


def module_path() -> Path:
    return Path(settings.BASE_DIR) / "static" / "js" / "telemetry" / "streams.js"


def render_module() -> str:
    """Return the source of the module."""
    return HEAD + "".join(map(_render_stream, load().values())) + "});\n"


def _render_stream(stream: Stream) -> str:
    form = {
        "number": stream.number,
        "dtype": stream.dtype,
        "scale": 1 if stream.scale is None else stream.scale,
        "rateHz": stream.rate_hz,
        "backends": stream.backends,
    }
    words = {"title": stream.words.title, "inline": stream.words.inline}
    if stream.words.stays:
        words["stays"] = stream.words.stays
    channels = "".join(f"      {{ {_render_fields(_fields(c))} }},\n" for c in stream.channels)
    return (
        f"  {stream.name}: {{\n    {_render_fields(form)},\n    {_render_fields(words)},\n"
        f"    channels: [\n{channels}    ],\n  }},\n"
    )


def _fields(channel: Channel) -> dict[str, Any]:
    label = {"label": channel.label} if channel.label else {}
    span = {"step": channel.resolution, "lo": channel.lo, "hi": channel.hi}
    return {"name": channel.name, **label, "unit": channel.unit, **span}


def _render_fields(fields: dict[str, Any]) -> str:
    return ", ".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()
    )
