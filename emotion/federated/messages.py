"""Messages over a pipe: eight bytes of length, then the content; weights as npz without pickle."""

from __future__ import annotations

import io
import struct
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from emotion.federated.fedavg import Weights

LENGTH = struct.Struct("<Q")
# Size of a network with a hundred million weights; more is an error.
LARGEST = 400_000_000


def write_message(stream: BinaryIO, content: bytes) -> None:
    """Write one message."""
    stream.write(LENGTH.pack(len(content)) + content)
    stream.flush()


def read_message(stream: BinaryIO) -> bytes | None:
    """Read one message; None if the other side has closed the pipe."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (size,) = LENGTH.unpack(head)
    if size > LARGEST:
        raise ValueError(f"expected at most {LARGEST} bytes, got {size}")
    content = stream.read(size)
    return content if len(content) == size else None


def pack_weights(weights: Weights) -> bytes:
    """Serialise tensors, in their order."""
    file = io.BytesIO()
    np.savez(file, *weights)
    return file.getvalue()


def unpack_weights(content: bytes) -> list[NDArray[np.float32]]:
    """Deserialise tensors."""
    with np.load(io.BytesIO(content), allow_pickle=False) as found:
        return [found[f"arr_{n}"] for n in range(len(found.files))]
