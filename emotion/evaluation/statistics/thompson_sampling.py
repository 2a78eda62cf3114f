"""Thompson sampling of two wordings: the one that seems to help more is shown more often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

# Each wording keeps a fifth of the cases in any case: the first is the control, and a wording that
# is never shown could not be measured.
CONTROL: Final = 0.2
WARM_UP: Final = 50
# Draws closer than this count as a tie.
LEAST: Final = 0.02
_STEPS: Final = 4000


@dataclass(frozen=True, slots=True)
class Arm:
    """One wording: how often it was shown, and how often the next try was right."""

    shown: int = 0
    right: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.right <= self.shown:
            raise ValueError(f"arm: expected 0 <= right <= shown, got {self}")


def show_probability(first: Arm, other: Arm) -> float:
    """Return the probability of showing the other wording.

    Returns
    -------
    float
        .5 until each was shown 50 times; then .2 to .8, by the probability that a draw for the
        other beats a draw for the first.

    Notes
    -----
    Thompson sampling [1]_ with Beta(1, 1) priors. The probability is computed and not drawn, so
    that it can be logged with each case.

    References
    ----------
    .. [1] W. R. Thompson, "On the likelihood that one unknown probability exceeds another",
       Biometrika 25 (1933), 285-294.
    """
    if min(first.shown, other.shown) < WARM_UP:
        return 0.5
    return CONTROL + (1 - 2 * CONTROL) * win_probability(first, other)


def win_probability(first: Arm, other: Arm) -> float:
    """Return the probability that a draw for the other beats one for the first by .02.

    Closer draws count as half.
    """
    # Only the nightly job needs scipy; a page that shows a hint must not wait for its import.
    from scipy.special import betainc, betaln, xlog1py, xlogy

    x = (np.arange(_STEPS) + 0.5) / _STEPS
    a, b = 1 + first.right, 1 + first.shown - first.right
    density = np.exp(xlogy(a - 1, x) + xlog1py(b - 1, -x) - betaln(a, b)) / _STEPS
    ends = 1 + other.right, 1 + other.shown - other.right
    above = 1 - betainc(*ends, np.minimum(x + LEAST, 1.0))
    below = betainc(*ends, np.maximum(x - LEAST, 0.0))
    return float(np.clip(0.5 + 0.5 * density @ (above - below), 0.0, 1.0))
