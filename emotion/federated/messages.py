"""Messages over a pipe: eight bytes of length, then as many; weights as an npz without pickles."""

from __future__ import annotations

import io
import struct
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from emotion.federated.fedavg import Weights

LENGTH = struct.Struct("<Q")
# A network of a hundred million weights; more is a mistake.
LARGEST = 400_000_000


def give(stream: BinaryIO, content: bytes) -> None:
    """Write one message."""
    stream.write(LENGTH.pack(len(content)) + content)
    stream.flush()


def take(stream: BinaryIO) -> bytes | None:
    """Read one message; None where the other side has closed."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (size,) = LENGTH.unpack(head)
    if size > LARGEST:
        raise ValueError(f"expected at most {LARGEST} bytes, got {size}")
    content = stream.read(size)
    return content if len(content) == size else None


def packed(weights: Weights) -> bytes:
    """Return tensors as bytes, in their order."""
    file = io.BytesIO()
    np.savez(file, *weights)
    return file.getvalue()


def unpacked(content: bytes) -> list[NDArray[np.float32]]:
    """Return the tensors again."""
    with np.load(io.BytesIO(content), allow_pickle=False) as found:
        return [found[f"arr_{n}"] for n in range(len(found.files))]
