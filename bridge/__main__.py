"""`attune-bridge`: send a lab's sensors, or a recording of them, to a Learner's open lesson.

Exit code 0: everything that was sent is stored. 1: something was lost or refused, or the bridge
could not start; the last line says what. 2: the arguments are invalid.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from random import SystemRandom

from attune_client.reconnection import ReconnectWaits
from bridge import lsl, recording_readers
from bridge.http_client import BadSite, NotNow, OpenSitting, SiteAddress, parse_site
from bridge.lab_connection import LabConnection
from bridge.recording import ReplayableRecording
from bridge.replay import ReplayPart, format_progress, replay
from emotion.datasets import WrongFolder

FASTEST = 60.0
DRAIN_S = 30.0
WELCOME_S = 30.0
Say = Callable[[str], None]


class Usage(ValueError):
    """The arguments are invalid: exit code 2."""


class Failed(Exception):
    """The bridge could not start, or ended early: exit code 1."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run with `arguments` (default: those of the process) and return the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        return asyncio.run(_run(asked, _say))
    except (Usage, BadSite, WrongFolder) as wrong:
        _say(f"attune-bridge: {wrong}")
        return 2
    except (Failed, NotNow, lsl.NoOutlet) as ended:
        _say(f"attune-bridge: {ended}")
    except OSError as error:
        _say(f"attune-bridge: the site does not answer: {error}")
    except KeyboardInterrupt:
        _say("attune-bridge: stopped")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="attune-bridge", description=__doc__.splitlines()[0])
    parser.add_argument("--site", required=True, metavar="URL", help="https://… of the site")
    parser.add_argument(
        "--token-file",
        required=True,
        type=Path,
        metavar="FILE",
        help="file with the learner's key from /consents/devices/; never pass the key itself here",
    )
    ways = parser.add_subparsers(dest="way", required=True)
    live = ways.add_parser("lsl", help="send from outlets of the Lab Streaming Layer")
    live.add_argument(
        "--stream",
        action="append",
        default=[],
        metavar="STREAM=OUTLET",
        help=f"which outlet is which; streams: {', '.join(lsl.STREAMS)}",
    )
    live.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="STREAM=HOST/SOURCE_ID",
        help="which outlet, where several have the same name",
    )
    tape = ways.add_parser("replay", help="an E4 folder, OpenFace's CSV or a Consensys export")
    tape.add_argument("path", type=Path)
    tape.add_argument(
        "--speed",
        type=float,
        default=1.0,
        metavar="X",
        help="1 to 60; over 1 it fills past time of the lesson, X times as fast",
    )
    tape.add_argument("--from", dest="begin", type=float, default=0.0, metavar="S")
    tape.add_argument("--to", dest="end", type=float, default=None, metavar="S")
    return parser


async def _run(asked: argparse.Namespace, say: Say) -> int:
    where = parse_site(asked.site, _read_token(asked.token_file))
    if asked.way == "replay":
        tape, part = await asyncio.to_thread(_read_part, asked)
        for note in tape.notes:
            say(note)
        return await _replay(where, tape, part, say)
    return await _send_live(
        where, _parse_stream_names(asked.stream), _parse_sources(asked.source), say
    )


def _read_token(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Usage(f"expected a readable token file: {error}") from error


def _read_part(asked: argparse.Namespace) -> tuple[ReplayableRecording, ReplayPart]:
    if not 1 <= asked.speed <= FASTEST:
        raise Usage(f"expected a speed of 1 to {FASTEST:.0f}, got {asked.speed}")
    tape = recording_readers.read_recording(asked.path)
    end = tape.length_s if asked.end is None else min(asked.end, tape.length_s)
    if not 0 <= asked.begin < end:
        raise Usage(f"expected --from before --to within {tape.length_s:.0f} s")
    return tape, ReplayPart(asked.begin, end, asked.speed)


def _parse_stream_names(said: Sequence[str]) -> dict[str, str]:
    pairs = [each.partition("=") for each in said]
    if not pairs or any(name not in lsl.STREAMS or not outlet for name, _, outlet in pairs):
        raise Usage(f"expected --stream STREAM=OUTLET with a stream of {', '.join(lsl.STREAMS)}")
    return {name: outlet for name, _, outlet in pairs}


def _parse_sources(said: Sequence[str]) -> dict[str, str]:
    pairs = [each.partition("=") for each in said]
    if any(name not in lsl.STREAMS or "/" not in place for name, _, place in pairs):
        raise Usage("expected --source STREAM=HOST/SOURCE_ID")
    return {name: place for name, _, place in pairs}


async def _replay(where: SiteAddress, tape: ReplayableRecording, part: ReplayPart, say: Say) -> int:
    opened = await asyncio.to_thread(where.fetch_open_sitting)
    wanted = _select_granted(opened, tape.streams, say)
    line = _open_connection(where, opened, say)
    holding = asyncio.create_task(line.run())
    try:
        sends = await _wait_for_welcome(line, wanted, say)
        free_from = max(opened.free_from[name] for name in sends)
        await replay(tape.only(sends), part, line, free_from, say)
        await line.finish(DRAIN_S)
    finally:
        line.stop()
        await holding
    return _report_result(line, part.length_s, say)


async def _send_live(
    where: SiteAddress, named: dict[str, str], picked: dict[str, str], say: Say
) -> int:
    opened = await asyncio.to_thread(where.fetch_open_sitting)
    wanted = _select_granted(opened, named, say)
    found = await asyncio.to_thread(
        lsl.open_sources, {name: named[name] for name in wanted}, picked=picked
    )
    line = _open_connection(where, opened, say)
    holding = asyncio.create_task(line.run())
    try:
        sends = await _wait_for_welcome(line, wanted, say)
        free_from = max(opened.free_from[name] for name in sends)
        await lsl.stream_live([s for s in found if s.name in sends], line, free_from, say)
    finally:
        await line.finish(0.0 if line.ended_by else DRAIN_S)
        await holding
    return _report_result(line, 0.0, say)


def _open_connection(where: SiteAddress, opened: OpenSitting, say: Say) -> LabConnection:
    waits = ReconnectWaits(SystemRandom())
    return LabConnection(where, opened.sitting, say=say, waits=waits)


def _select_granted(opened: OpenSitting, streams: Collection[str], say: Say) -> list[str]:
    """Return the streams that the key may send; raise Failed if there is none."""
    for name in streams:
        if name not in opened.free_from:
            say(f"{name}: left out, the key does not name it or it is switched off")
    wanted = [name for name in streams if name in opened.free_from]
    if not wanted:
        raise Failed("the key may send none of these streams: ask the learner for another one")
    return wanted


async def _wait_for_welcome(line: LabConnection, wanted: Collection[str], say: Say) -> list[str]:
    """Wait for the site's welcome and return the streams that may be sent in this Sitting."""
    welcome = asyncio.create_task(line.welcomed.wait())
    over = asyncio.create_task(line.over.wait())
    done, _ = await asyncio.wait({welcome, over}, timeout=WELCOME_S, return_when="FIRST_COMPLETED")
    welcome.cancel()
    over.cancel()
    if welcome not in done:
        raise Failed(line.ended_by or "the site's socket does not answer")
    for name in sorted(line.elsewhere.intersection(wanted)):
        say(f"{name}: left out, it is sent from another place in this lesson")
    sends = [name for name in wanted if name in line.outbox.epochs]
    if not sends:
        raise Failed("nothing is left to be sent")
    return sends


def _report_result(line: LabConnection, length_s: float, say: Say) -> int:
    """Report the outcome and return the exit code."""
    outbox = line.outbox
    say(format_progress(line, length_s, length_s))
    for why, counts in (("lost", outbox.lost), ("refused", outbox.refused)):
        for name, count in sorted(counts.items()):
            say(f"{count:,} Blocks {why}: {name}")
    if line.ended_by:
        say(f"attune-bridge: {line.ended_by}")
    whole = not (outbox.blocks or outbox.lost or outbox.refused or line.ended_by)
    return 0 if whole else 1


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
