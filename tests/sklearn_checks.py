"""scikit-learn's own checks of an estimator, without those that could only skip here."""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

# The first wants pandas, the second SCIPY_ARRAY_API set before scipy is imported.
SKIPPED_HERE = {"check_classifier_data_not_an_array", "check_array_api_input"}


def keeps_the_contract(estimator):
    """Decorate `test(estimator, check)`: it runs once for each check."""
    pairs = [
        pytest.param(each, check, id=_name(check))
        for each, check in estimator_checks_generator(estimator)
        if _name(check) not in SKIPPED_HERE
    ]
    assert len(pairs) > 20
    return pytest.mark.parametrize(("estimator", "check"), pairs)


def _name(check):
    return getattr(check, "func", check).__name__
