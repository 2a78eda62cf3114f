"""Reader of pickles of numbers by a machine that knows dicts, lists, text and arrays, but no calls.

A foreign pickle is a program. This reads the two dialects of data sets (Python 2 and 3, numpy of
any age) by interpreting their opcodes. Any other opcode or name is refused before anything is
created, so nothing in the file can be executed (T17).
"""

from __future__ import annotations

import mmap
import pickletools
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from emotion.datasets import WrongFolder

_MODULES = ("numpy.core.multiarray", "numpy._core.multiarray")
# The names in a pickled array; each maps to a function below, none is looked up.
_NAMES = {
    **dict.fromkeys([f"{module} _reconstruct" for module in _MODULES], "array"),
    **dict.fromkeys([f"{module} scalar" for module in _MODULES], "scalar"),
    "numpy ndarray": "ndarray",
    "numpy dtype": "dtype",
    "_codecs encode": "bytes",
    "__builtin__ bytes": "no bytes",
}
_KINDS = "biuf"
# A recording is a few dicts of arrays: more is an attack.
_LARGEST, _DEEPEST = 100_000, 20
# Exceptions that a damaged or foreign file can cause.
_SPOILT = (ValueError, LookupError, TypeError, AttributeError, OverflowError, SyntaxError, Warning)


class _Name(NamedTuple):
    what: str


@dataclass(slots=True)
class _Type:
    """A dtype under construction: its code, then its byte order (these sets use little-endian)."""

    code: str
    little: bool = True

    def dtype(self) -> np.dtype[Any]:
        made = np.dtype(self.code)
        if made.kind not in _KINDS or made.itemsize > 8:
            raise ValueError(f"an array of {self.code!r}")
        return made.newbyteorder("<" if self.little else ">")


@dataclass(slots=True)
class _Slot:
    """An array under construction: memoised before its content arrives."""

    array: NDArray[Any] | None = None


class _Mark:
    pass


_MARK = _Mark()
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_EMPTY: dict[str, type[Any]] = {
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
}
_NUMBERED = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_LITERAL = frozenset({
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "FLOAT", "BINFLOAT",
    "STRING", "BINSTRING", "SHORT_BINSTRING",
    "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
    "BINBYTES", "SHORT_BINBYTES", "BINBYTES8",
})  # fmt: skip
_PUT = frozenset(["PUT", "BINPUT", "LONG_BINPUT"])
_GET = frozenset(["GET", "BINGET", "LONG_BINGET"])
_NOTHING = frozenset(["PROTO", "FRAME", "STOP"])


@dataclass(slots=True)
class _Machine:
    """A pickle's stack and memo."""

    stack: list[Any] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)

    def run(self, opcode: str, given: Any) -> None:
        """Execute one opcode; ValueError if it is not supported."""
        if opcode in _LITERAL:
            self.stack.append(given)
        elif opcode in _PUT:
            self.memo[int(given)] = self.stack[-1]
        elif opcode in _GET:
            self.stack.append(self.memo[int(given)])
        elif opcode in _CONSTANTS:
            self.stack.append(_CONSTANTS[opcode])
        elif opcode in _EMPTY:
            self.stack.append(_EMPTY[opcode]())
        elif opcode in _NUMBERED:
            self._collect(len(self.stack) - _NUMBERED[opcode])
        elif opcode not in _NOTHING:
            self._structured(opcode, given)

    def _structured(self, opcode: str, given: Any) -> None:
        if opcode not in _STRUCTURED:
            raise ValueError(f"the opcode {opcode}")
        _STRUCTURED[opcode](self, given)

    def _collect(self, start: int) -> None:
        self.stack[start:] = [tuple(self.stack[start:])]

    def after_mark(self) -> list[Any]:
        """Return and remove what is above the last mark, and the mark."""
        start = len(self.stack) - 1 - self.stack[::-1].index(_MARK)
        found = self.stack[start + 1 :]
        del self.stack[start:]
        return found


def _mark(machine: _Machine, _: Any) -> None:
    machine.stack.append(_MARK)


def _memoize(machine: _Machine, _: Any) -> None:
    machine.memo[len(machine.memo)] = machine.stack[-1]


def _tuple(machine: _Machine, _: Any) -> None:
    machine.stack.append(tuple(machine.after_mark()))


def _set_items(machine: _Machine, _: Any) -> None:
    found = machine.after_mark()
    machine.stack[-1].update(zip(found[::2], found[1::2], strict=True))


def _set_item(machine: _Machine, _: Any) -> None:
    value, key = machine.stack.pop(), machine.stack.pop()
    machine.stack[-1][key] = value


def _appends(machine: _Machine, _: Any) -> None:
    found = machine.after_mark()
    machine.stack[-1].extend(found)


def _append(machine: _Machine, _: Any) -> None:
    value = machine.stack.pop()
    machine.stack[-1].append(value)


def _dict(machine: _Machine, _: Any) -> None:
    found = machine.after_mark()
    machine.stack.append(dict(zip(found[::2], found[1::2], strict=True)))


def _list(machine: _Machine, _: Any) -> None:
    machine.stack.append(machine.after_mark())


def _global(machine: _Machine, given: Any) -> None:
    if given is None:
        name, module = machine.stack.pop(), machine.stack.pop()
        given = f"{module} {name}"
    if given not in _NAMES:
        raise ValueError(f"the name {given!r}")
    machine.stack.append(_Name(_NAMES[given]))


def _reduce(machine: _Machine, _: Any) -> None:
    given, name = machine.stack.pop(), machine.stack.pop()
    if not isinstance(name, _Name):
        raise ValueError("a call of what is no name")
    machine.stack.append(_create(name.what, given))


def _create(what: str, given: Any) -> Any:
    if what == "dtype":
        return _Type(str(given[0]))
    if what == "array":
        return _Slot()
    if what == "scalar":
        return np.frombuffer(_to_bytes(given[1]), given[0].dtype())[0].item()
    if what == "bytes" and given[1] == "latin1":
        return _to_bytes(given[0])
    if what == "no bytes" and given == ():
        return b""
    raise ValueError(f"a call of {what} with {type(given).__name__}")


def _build(machine: _Machine, _: Any) -> None:
    state, made = machine.stack.pop(), machine.stack[-1]
    if isinstance(made, _Type):
        made.little = state[1] != ">"
        made.dtype()
    elif isinstance(made, _Slot):
        _, shape, kind, columns_first, raw = state
        flat = np.frombuffer(_to_bytes(raw), kind.dtype())
        made.array = flat.reshape(shape, order="F" if columns_first else "C")
    else:
        raise ValueError(f"a state for {type(made).__name__}")


_STRUCTURED: dict[str, Callable[[_Machine, Any], None]] = {
    "MARK": _mark,
    "MEMOIZE": _memoize,
    "TUPLE": _tuple,
    "SETITEMS": _set_items,
    "SETITEM": _set_item,
    "APPENDS": _appends,
    "APPEND": _append,
    "DICT": _dict,
    "LIST": _list,
    "GLOBAL": _global,
    "STACK_GLOBAL": _global,
    "REDUCE": _reduce,
    "BUILD": _build,
}


def read(path: Path) -> Any:
    """Return the content of a pickle of dicts, lists, tuples, text, numbers and numeric arrays.

    Raises
    ------
    WrongFolder
        If the file is truncated, has other content, or names anything to be called.
    """
    machine = _Machine()
    try:
        # Memory-mapped, so that a false length does not allocate memory.
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
            _interpret(machine, cast("IO[bytes]", held))
    except _SPOILT as wrong:
        raise WrongFolder(f"{path}: expected a pickle of numbers only, got {wrong}") from None
    if len(machine.stack) != 1:
        raise WrongFolder(f"{path}: expected a pickle of one thing, got {len(machine.stack)}")
    try:
        return _resolve(machine.stack[0], [_LARGEST], _DEEPEST)
    except ValueError as wrong:
        raise WrongFolder(f"{path}: expected a pickle of numbers only, got {wrong}") from None


def _interpret(machine: _Machine, held: IO[bytes]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of an escape in text that no pickle has
        for opcode, given, _ in pickletools.genops(held):
            machine.run(opcode.name, given)


def _resolve(made: Any, left: list[int], deep: int) -> Any:
    """Return `made` with arrays in place, at most `left[0]` objects and `deep` levels."""
    left[0] -= 1
    if left[0] < 0 or deep < 0:
        raise ValueError("more than a recording holds, or a thing inside itself")
    if isinstance(made, _Name | _Type | _Mark):
        raise ValueError("a name in the place of a value")
    if isinstance(made, _Slot):
        if made.array is None:
            raise ValueError("an array without content")
        return made.array
    if isinstance(made, dict):
        return {key: _resolve(value, left, deep - 1) for key, value in made.items()}
    if isinstance(made, list | tuple):
        return type(made)(_resolve(value, left, deep - 1) for value in made)
    return made


def _to_bytes(given: Any) -> bytes:
    """Return bytes; Python 2's text represents the bytes of its characters."""
    return given if isinstance(given, bytes) else str(given).encode("latin1")
