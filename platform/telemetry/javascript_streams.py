"""The pages' tables of Streams: what pages need of `emotion/streams.json`, as two modules.

Each page loads the first; the second, with the words of every channel, comes with the preview. The
files are committed, because pages load modules without a build step; a test keeps them current.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings

from emotion.streams import Channel, Stream, load

FORMS_HEAD = """\
// @ts-check
/**
 * The Streams: their form in a Block, and their names for the Learner.
 *
 * Made from emotion/streams.json by `manage.py stream_tables`; a test compares them. Names are in
 * the source language: translate them with `t` where they are shown.
 */

/**
 * @typedef {{name: string, step: number, lo: number, hi: number}} Channel
 *   step: its precision
 * @typedef {{number: number, dtype: "f4" | "i2", scale: number, rateHz: number | null,
 *   backends: readonly string[], title: string, inline: string,
 *   channels: readonly Channel[]}} Stream
 *   title, inline: its name alone or first, and inside a sentence
 */

/** @type {Readonly<Record<string, Stream>>} */
export const STREAMS = Object.freeze({
"""
WORDS_HEAD = """\
// @ts-check
/**
 * What the preview says about each Stream and its channels.
 *
 * Made from emotion/streams.json by `manage.py stream_tables`; a test compares them. Words are in
 * the source language: translate them with `t` where they are shown.
 */

/**
 * @typedef {{name: string, label?: string, unit: string}} LabelledChannel
 *   label: missing for the confidence of another channel
 * @typedef {{stays?: string, channels: readonly LabelledChannel[]}} StreamWords
 *   stays: what never leaves the page
 */

/** @type {Readonly<Record<string, StreamWords>>} */
export const STREAM_WORDS = Object.freeze({
"""


def render_modules() -> dict[Path, str]:
    """Return the sources of the modules by their paths."""
    folder = Path(settings.BASE_DIR) / "static" / "js" / "telemetry"
    return {
        folder / "streams.js": _render(FORMS_HEAD, _describe_form, _channel_form),
        folder / "stream_words.js": _render(WORDS_HEAD, _describe_words, _channel_words),
    }


def _render(
    head: str,
    describe: Callable[[Stream], dict[str, Any]],
    channel_fields: Callable[[Channel], dict[str, Any]],
) -> str:
    return (
        head
        + "".join(_render_stream(s, describe, channel_fields) for s in load().values())
        + "});\n"
    )


def _render_stream(
    stream: Stream,
    describe: Callable[[Stream], dict[str, Any]],
    channel_fields: Callable[[Channel], dict[str, Any]],
) -> str:
    fields = describe(stream)
    line = f"    {_render_fields(fields)},\n" if fields else ""
    channels = "".join(
        f"      {{ {_render_fields(channel_fields(each))} }},\n" for each in stream.channels
    )
    return f"  {stream.name}: {{\n{line}    channels: [\n{channels}    ],\n  }},\n"


def _describe_form(stream: Stream) -> dict[str, Any]:
    return {
        "number": stream.number,
        "dtype": stream.dtype,
        "scale": 1 if stream.scale is None else stream.scale,
        "rateHz": stream.rate_hz,
        "backends": stream.backends,
        "title": stream.words.title,
        "inline": stream.words.inline,
    }


def _describe_words(stream: Stream) -> dict[str, Any]:
    return {"stays": stream.words.stays} if stream.words.stays else {}


def _channel_form(channel: Channel) -> dict[str, Any]:
    return {"name": channel.name, "step": channel.resolution, "lo": channel.lo, "hi": channel.hi}


def _channel_words(channel: Channel) -> dict[str, Any]:
    label = {"label": channel.label} if channel.label else {}
    return {"name": channel.name, **label, "unit": channel.unit}


def _render_fields(fields: dict[str, Any]) -> str:
    return ", ".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()
    )
