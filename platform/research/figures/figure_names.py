"""Names of a card's figures in words, so that a page never shows the key of a figure.

A key is a figure with prefixes and endings, such as `base_macro_f1_without_pointer`. Each part adds
its words. A test requires a name for each key of each card that ships or can be trained.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from consent.stream_labels import name_of as stream_name
from estimates.label_names import NAMES
from estimates.label_names import name_of as label_name

Name = str | Promise
FIGURES: Final[Mapping[str, Name]] = {
    "accuracy": gettext_lazy("Accuracy"),
    "answered": gettext_lazy("Share of windows that got an answer"),
    "answered_accuracy": gettext_lazy("Accuracy where it gave an answer"),
    "answered_share": gettext_lazy("Share of windows that got an answer"),
    "answers": gettext_lazy("Answers to questions"),
    "auc": gettext_lazy("AUC"),
    "auroc": gettext_lazy("AUC"),
    "balanced_accuracy": gettext_lazy("Balanced accuracy"),
    "ccc": gettext_lazy("Concordance with the ratings (CCC)"),
    "ece": gettext_lazy("Calibration error (ECE)"),
    "gain": gettext_lazy("Gain in macro-F1 over the starting model"),
    "gain_of_pretraining": gettext_lazy("Gain in macro-F1 by pre-training"),
    "gain_of_semantics": gettext_lazy("Gain in macro-F1 by the video’s content"),
    "gain_over_elo": gettext_lazy("Gain in AUC over ratings alone"),
    "gain_over_logistic_regression": gettext_lazy("Gain in macro-F1 over logistic regression"),
    "high_share": gettext_lazy("Share rated high"),
    "largest_class_share": gettext_lazy("Share of the most frequent state"),
    "largest_state_share": gettext_lazy("Share of the most frequent state"),
    "levels_told": gettext_lazy("Ratings used"),
    "log_loss_gain": gettext_lazy("Gain in log loss over the starting model"),
    "log_loss_gain_of_pretraining": gettext_lazy("Gain in log loss by pre-training"),
    "macro_f1": gettext_lazy("Macro-F1"),
    "online_accuracy": gettext_lazy("Accuracy while a session runs"),
    "online_of_viterbi": gettext_lazy("Accuracy while a session runs, relative to afterwards"),
    "people": gettext_lazy("People it was not trained on"),
    "pull": gettext_lazy("How far it moved from the starting model"),
    "pull_to_base": gettext_lazy("How strongly it was held to the starting model"),
    "real_people": gettext_lazy("Real people among those it was not trained on"),
    "reports_of_other_labels": gettext_lazy("Reports of states that it does not know"),
    "rmse": gettext_lazy("Error of the rating (RMSE)"),
    "same_state_after_refit": gettext_lazy("Share of the same state after training again"),
    "sittings": gettext_lazy("Sessions"),
    "states": gettext_lazy("Number of states"),
    "time_matched_auc": gettext_lazy("AUC among moments at the same minute"),
    "time_matched_pairs": gettext_lazy("Pairs of moments at the same minute"),
    "told_and_not_learned_from": gettext_lazy("Ratings without a clip before them"),
    "viterbi_accuracy": gettext_lazy("Accuracy after a session has ended"),
    "weighted_f1": gettext_lazy("Weighted F1"),
    "windows": gettext_lazy("Windows"),
    "windows_pretrained_on": gettext_lazy("Windows without labels that it was pre-trained on"),
    "windows_without_a_level": gettext_lazy("Windows without a rating"),
    "windows_without_a_report": gettext_lazy("Windows without a report"),
    # Drawn, and so in no list of numbers.
    "calibration": gettext_lazy("Calibration curve"),
    "confusion": gettext_lazy("Counts of true and given states"),
    "groups": gettext_lazy("Macro-F1 by group"),
    "learning_curves": gettext_lazy("Validation loss by epoch"),
    "roc": gettext_lazy("ROC curves"),
}
PREFIXES: Final[Mapping[str, Name]] = {
    "bare_": gettext_lazy("{figure}, without pre-training"),
    "base_": gettext_lazy("{figure}, starting model"),
    "categorical_": gettext_lazy("{figure}, categorical model"),
    "commonest_": gettext_lazy("{figure}, always giving the most frequent answer"),
    "elo_": gettext_lazy("{figure}, ratings alone"),
    "gaussian_": gettext_lazy("{figure}, Gaussian model"),
    "leaky_": gettext_lazy("{figure}, randomly drawn windows (leaks)"),
    "logistic_regression_": gettext_lazy("{figure}, logistic regression"),
    "mean_": gettext_lazy("{figure}, always giving the mean rating"),
    "poisson_": gettext_lazy("{figure}, Poisson model"),
    "video_": gettext_lazy("{figure}, the video alone"),
    "zero_signal_": gettext_lazy("{figure}, in a world without any signal"),
}
LEVELS: Final[Mapping[str, Name]] = {
    "valence_": gettext_lazy("Valence: {figure}"),
    "arousal_": gettext_lazy("Arousal: {figure}"),
}
ENDINGS: Final[Mapping[str, Name]] = {
    "_content_moves_nothing": gettext_lazy("{figure}, where a video’s content moves no state"),
    "_where_content_moves_nothing": gettext_lazy(
        "{figure}, where a video’s content moves no state"
    ),
    "_event_locked": gettext_lazy("{figure}, where signals follow events"),
    "_new_videos": gettext_lazy("{figure}, new videos"),
    "_of_paper_1": gettext_lazy("{figure}, the four states of paper 1"),
    "_without_opening": gettext_lazy("{figure}, without the first minute as a baseline"),
}
GROUP: Final = re.compile(r"gap_(?P<group>\w+)")
GAIN_IN_GROUP: Final = re.compile(r"log_loss_gain_(?P<side>with|without)_(?P<group>\w+)")
WITHOUT: Final = re.compile(r"(?P<figure>\w+)_without_(?P<stream>[a-z]+)")
SIZE: Final = re.compile(r"(?P<figure>\w+)_effects_times_(?P<size>[\d.]+)")
HELD_OUT: Final = re.compile(r"held_out_(?P<count>\d+)")
OVER_VIDEO: Final = re.compile(r"gain_over_video_(?P<state>\w+)")
OF_STATE: Final = re.compile(r"(?P<figure>auc)_(?P<state>\w+)")


def name_figure(key: str) -> str:
    """Return the name of a figure; of one that has none, the words of its key."""
    return find_name(key) or key.replace("_", " ")


def find_name(key: str) -> str | None:
    """Return the name of a figure; None if it has none."""
    if key in FIGURES:
        return str(FIGURES[key])
    return _find_composed(key) or _find_with_part(key)


def _find_composed(key: str) -> str | None:
    """Return the name of a figure with a prefix or an ending that is always the same."""
    for table in (LEVELS, PREFIXES):
        for prefix, template in table.items():
            if key.startswith(prefix) and (inner := find_name(key.removeprefix(prefix))):
                return str(template).format(figure=inner)
    for ending, template in ENDINGS.items():
        if key.endswith(ending) and (inner := find_name(key.removesuffix(ending))):
            return str(template).format(figure=inner)
    return None


def _find_with_part(key: str) -> str | None:
    """Return the name of a figure about a sensor, a group, a state or a size."""
    if found := HELD_OUT.fullmatch(key):
        text = pgettext("a model", "Log likelihood with {count} states, on other sessions")
        return text.format(count=found["count"])
    if found := GAIN_IN_GROUP.fullmatch(key):
        with_it = _("Gain in log loss over the starting model, people with {group}")
        without = _("Gain in log loss over the starting model, people without {group}")
        return (with_it if found["side"] == "with" else without).format(
            group=_group_name(found["group"])
        )
    if found := GROUP.fullmatch(key):
        text = _("Difference in macro-F1 between people with {group} and others")
        return text.format(group=_group_name(found["group"]))
    if (found := OVER_VIDEO.fullmatch(key)) and found["state"].upper() in NAMES:
        text = _("Gain in AUC over the video alone, {state}")
        return text.format(state=label_name(found["state"]))
    if (found := OF_STATE.fullmatch(key)) and found["state"].upper() in NAMES:
        text = pgettext("a figure of a state", "{figure}, {state}")
        return text.format(figure=FIGURES["auc"], state=label_name(found["state"]))
    return _find_changed(key)


def _find_changed(key: str) -> str | None:
    """Return the name of a figure that was measured without a sensor, or with other effects."""
    if (found := SIZE.fullmatch(key)) and (inner := find_name(found["figure"])):
        text = _("{figure}, where effects are {size} times as large")
        return text.format(figure=inner, size=found["size"])
    if (found := WITHOUT.fullmatch(key)) and (inner := find_name(found["figure"])):
        text = _("{figure}, without {stream}")
        return text.format(figure=inner, stream=stream_name(found["stream"]))
    return None


def _group_name(group: str) -> str:
    return str(SIMULATED) if group == "simulated" else stream_name(group)


SIMULATED: Final = pgettext_lazy("a group, after “with”", "simulated data")
