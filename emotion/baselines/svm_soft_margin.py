"""The soft margin of a support vector machine, as printed in paper 3: the objective of its fit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def objective(normal: Array, bias: float, C: float, x: Array, y: Array) -> float:
    """Return 1/2 w^T w + C sum_i xi_i: paper 3, equation 3.

    Parameters
    ----------
    normal, bias
        w (F,) and b.
    C : float
        Cost of a unit of slack.
    x : (N, F)
        phi(x_i), the features after the mapping.
    y : (N,)
        -1 or 1.
    """
    return float(0.5 * normal @ normal + C * slack(normal, bias, x, y).sum())


def slack(normal: Array, bias: float, x: Array, y: Array) -> Array:
    """Return the least xi (N,) with y_i (w^T phi(x_i) + b) >= 1 - xi_i and xi_i >= 0.

    Those are the constraints: paper 3, equation 4.
    """
    return np.asarray(np.maximum(0.0, 1.0 - y * (x @ normal + bias)))
