"""What a Predictor of a test reads: everything, ten seconds long, without a calibration."""

from __future__ import annotations

from emotion import streams


class TenSeconds:
    """The protocol's attributes (`emotion.predictors`); who inherits adds `labels`, `predict`."""

    streams = tuple(streams.load())
    window_s = 10.0
    hop_s = 5.0
    opening_s = 0.0
