"""Pickles as Python 2 and an old numpy wrote them: text and bytes are one kind."""

from __future__ import annotations

import io
import pickle
import struct


class _Old(pickle._Pickler):
    dispatch = dict(pickle._Pickler.dispatch)

    def save_text(self, text):
        raw = text if isinstance(text, bytes) else text.encode("latin1")
        self.write(b"T" + struct.pack("<i", len(raw)) + raw)
        self.memoize(text)

    dispatch[bytes] = dispatch[str] = save_text


def old(value):
    """Return `value` as Python 2's pickle of protocol 2."""
    at = io.BytesIO()
    _Old(at, protocol=2).dump(value)
    return at.getvalue().replace(b"numpy._core.", b"numpy.core.")
