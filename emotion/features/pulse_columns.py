"""Names and reach of the features of a pulse wave, without the filters that compute them.

The filters need scipy, which only workers import.
"""

from __future__ import annotations

# A Track may begin this long before the Window's end; variability and respiration need all of it.
SPAN_S = 30.0

NAMES = (
    "hr",
    "hr_change",
    "log_amplitude",
    "log_amplitude_change",
    "quality",
    "log_rmssd",
    "breath_rate",
    "log_breath_depth",
)
# In the device's units: only the difference from the opening is meaningful.
RELATIVE = ("log_amplitude",)
