"""Text messages of the socket: JSON parsed into one small type each, or rejected with a reason."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from estimates.self_reports import LEVELS

VERSION = 1
MAX_UNACKED = 100_000
MAX_ROWS = 20


class BrokenText(ValueError):
    """The text is not JSON, or has another protocol version: the socket closes with 4400."""


class BadMessage(ValueError):
    """The JSON is not one of our messages: answered with `error bad_message`; the socket stays
    open."""


@dataclass(frozen=True, slots=True)
class Hello:
    page: UUID
    unacked: Mapping[str, tuple[tuple[int, int], ...]]


@dataclass(frozen=True, slots=True)
class CourseEvent:
    id: UUID
    t: float
    name: str
    value: float | None
    ref: UUID | None


@dataclass(frozen=True, slots=True)
class ReportMessage:
    """A self-report.

    `label` is "" without a word. `asked` is True in answer to `check_in.show`.
    """

    id: UUID
    t: float
    label: str
    levels: Mapping[str, int]
    asked: bool


@dataclass(frozen=True, slots=True)
class CheckInPassed:
    """The Learner skips a check-in; `less` asks for fewer check-ins."""

    id: UUID
    less: bool


@dataclass(frozen=True, slots=True)
class OutcomeMessage:
    code: UUID
    outcome: str


@dataclass(frozen=True, slots=True)
class DeviceMessage:
    """A device and its calibration; `t` None means from now on."""

    id: UUID
    t: float | None
    stream: str
    backend: str
    scale: float


@dataclass(frozen=True, slots=True)
class GuessMessage:
    """The estimate of the page's own Predictor for one cut.

    `streams` maps each stream to the epoch it was sensed under. `probabilities` has one row for the
    whole Window, then one with each stream left out.
    """

    id: UUID
    t: float
    cut: int
    digest: str
    probabilities: tuple[tuple[float, ...], ...]
    streams: Mapping[str, int]
    unfamiliar: tuple[str, ...]
    quality: float


@dataclass(frozen=True, slots=True)
class PauseMessage:
    paused: bool
    id: UUID | None = None


Message = (
    Hello
    | CourseEvent
    | ReportMessage
    | CheckInPassed
    | OutcomeMessage
    | DeviceMessage
    | GuessMessage
    | PauseMessage
)


def parse(text: str) -> Message:
    """Parse one message. Raises BrokenText or BadMessage, which say what was expected."""
    try:
        fields = json.loads(text, parse_constant=_reject_constant)
    except (ValueError, RecursionError) as error:
        raise BrokenText("expected JSON") from error
    if not isinstance(fields, dict) or not isinstance(fields.get("type"), str):
        raise BadMessage("expected an object with a type")
    reader = READERS.get(fields["type"])
    if reader is None:
        raise BadMessage(f"expected a type of {', '.join(READERS)}, got {fields['type'][:20]!r}")
    return reader(fields)


def _hello(fields: dict[str, Any]) -> Hello:
    if fields.get("version") != VERSION:
        raise BrokenText(f"expected version {VERSION}")
    # A client without a page id counts as a new page, and replaces no other socket.
    page = _uuid(fields, "page") if "page" in fields else uuid4()
    return Hello(page, _unacked(fields.get("unacked", {})))


def _event(fields: dict[str, Any]) -> CourseEvent:
    value = None if fields.get("value") is None else _number(fields, "value")
    ref = None if fields.get("ref") is None else _uuid(fields, "ref")
    return CourseEvent(_uuid(fields, "id"), _number(fields, "t"), _text(fields, "name"), value, ref)


def _report(fields: dict[str, Any]) -> ReportMessage:
    label = "" if fields.get("label") is None else _text(fields, "label")
    given = [name for name in LEVELS if fields.get(name) is not None]
    levels = {name: _integer(fields, name) for name in given}
    return ReportMessage(
        _uuid(fields, "id"), _number(fields, "t"), label, levels, _flag(fields, "asked")
    )


def _check_in_passed(fields: dict[str, Any]) -> CheckInPassed:
    return CheckInPassed(_uuid(fields, "id"), _flag(fields, "less"))


def _outcome(fields: dict[str, Any]) -> OutcomeMessage:
    return OutcomeMessage(_uuid(fields, "code"), _text(fields, "outcome"))


def _device(fields: dict[str, Any]) -> DeviceMessage:
    t = None if fields.get("t") is None else _number(fields, "t")
    scale = 1.0 if fields.get("scale") is None else _number(fields, "scale")
    stream, backend = _text(fields, "stream"), _text(fields, "backend")
    return DeviceMessage(_uuid(fields, "id"), t, stream, backend, scale)


def _guess(fields: dict[str, Any]) -> GuessMessage:
    return GuessMessage(
        id=_uuid(fields, "id"),
        t=_number(fields, "t"),
        cut=_integer(fields, "cut"),
        digest=_text(fields, "digest"),
        probabilities=_rows(fields.get("probabilities")),
        streams=_epochs(fields.get("streams")),
        unfamiliar=_names(fields.get("unfamiliar", [])),
        quality=_number(fields, "quality"),
    )


def _pause(fields: dict[str, Any]) -> PauseMessage:
    if not isinstance(fields.get("paused"), bool):
        raise BadMessage("expected paused true or false")
    return PauseMessage(fields["paused"], None if fields.get("id") is None else _uuid(fields, "id"))


READERS: Mapping[str, Callable[[dict[str, Any]], Message]] = {
    "hello": _hello,
    "event": _event,
    "report": _report,
    "check_in.passed": _check_in_passed,
    "intervention.outcome": _outcome,
    "device": _device,
    "guess": _guess,
    "pause": _pause,
}


def _reject_constant(name: str) -> float:
    raise ValueError(f"expected JSON, got {name}")


def _uuid(fields: dict[str, Any], name: str) -> UUID:
    try:
        return UUID(_text(fields, name))
    except ValueError as error:
        raise BadMessage(f"expected {name} to be a uuid") from error


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 40:
        raise BadMessage(f"expected {name} to be a short text")
    return value


def _number(fields: dict[str, Any], name: str) -> float:
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadMessage(f"expected {name} to be a number")
    if not abs(value) <= 1e15 or not math.isfinite(value):
        raise BadMessage(f"expected {name} to be a number of ordinary size")
    return float(value)


def _flag(fields: dict[str, Any], name: str) -> bool:
    """Return a boolean field; a missing one is False."""
    value = fields.get(name, False)
    if not isinstance(value, bool):
        raise BadMessage(f"expected {name} true or false")
    return value


def _unacked(value: Any) -> Mapping[str, tuple[tuple[int, int], ...]]:
    if not isinstance(value, dict):
        raise BadMessage("expected unacked to be an object of streams")
    found = {str(stream)[:20]: _ranges(ranges) for stream, ranges in value.items()}
    pairs = [pair for ranges in found.values() for pair in ranges]
    if sum(last - first + 1 for first, last in pairs) > MAX_UNACKED:
        raise BadMessage(f"expected at most {MAX_UNACKED} numbers not acknowledged")
    return found


def _ranges(value: Any) -> tuple[tuple[int, int], ...]:
    if not isinstance(value, list) or not all(_is_range(pair) for pair in value):
        raise BadMessage("expected ranges [[from, to], …] of numbers below 2**32")
    return tuple((first, last) for first, last in value)


def _is_range(pair: Any) -> bool:
    if not isinstance(pair, list) or len(pair) != 2:
        return False
    if any(isinstance(n, bool) or not isinstance(n, int) for n in pair):
        return False
    return bool(0 <= pair[0] <= pair[1] < 2**32)


def _integer(fields: dict[str, Any], name: str) -> int:
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise BadMessage(f"expected {name} to be a whole number")
    return value


def _rows(value: Any) -> tuple[tuple[float, ...], ...]:
    if not isinstance(value, list) or not 0 < len(value) <= MAX_ROWS:
        raise BadMessage("expected probabilities to be rows of numbers")
    if not all(isinstance(row, list) and len(row) <= MAX_ROWS for row in value):
        raise BadMessage("expected probabilities to be rows of numbers")
    return tuple(tuple(_number({"p": p}, "p") for p in row) for row in value)


def _epochs(value: Any) -> Mapping[str, int]:
    if not isinstance(value, dict) or not 0 < len(value) <= MAX_ROWS:
        raise BadMessage("expected streams to be an object of epochs")
    return {str(name)[:20]: _integer(value, name) for name in value}


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MAX_ROWS:
        raise BadMessage("expected unfamiliar to be a list of streams")
    return tuple(_text({"unfamiliar": name}, "unfamiliar") for name in value)
