"""Figures as a fine-tuned card has them, and cards beside which others pass gates or do not."""

from __future__ import annotations

HONEST = {
    "people": 40,
    "windows": 1536,
    "macro_f1": [0.435, 0.411, 0.455],
    "base_macro_f1": [0.402, 0.38, 0.42],
    "gain": [0.033, 0.012, 0.05],
    "leaky_macro_f1": [0.81, 0.8, 0.82],
    "macro_f1_new_videos": [0.421, 0.4, 0.44],
    "macro_f1_without_pointer": [0.4, 0.38, 0.42],
    "macro_f1_without_face": [0.36, 0.34, 0.38],
    "ece": [0.04, 0.03, 0.05],
    "calibration": [[0.3, 0.28, 300], [0.5, 0.47, 800], [0.7, 0.72, 400]],
    "largest_class_share": 0.34,
    "answered_share": 0.8,
    "answered_accuracy": 0.53,
}
