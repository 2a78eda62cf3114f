"""onnxruntime with telemetry disabled before it starts.

Its official builds for Linux, macOS and Windows report to their maker unless this variable is set
before the first import (its Privacy.md). With it, no uploader and no device identifier are created.
Nothing here imports it any other way. The build for pages has no such part.
"""

from __future__ import annotations

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime

__all__ = ["onnxruntime"]
