"""An explanation as sentences of at most 15 words, in the active language.

The words compare with the opening, the first minute of the session, as the Predictor does. So they
say "than when you started", and never compare with other people.
"""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.utils.translation import pgettext

from emotion import feature_words
from emotion.cues import Cue
from estimates.explanations import EstimateExplanation
from estimates.label_names import NAMES, name_of

WITHOUT = {
    "camera": noop("Without the camera: {estimate}."),
    "hands": noop("Without pointer and typing: {estimate}."),
    "activity": noop("Without page activity: {estimate}."),
    "wearable": noop("Without the wearable: {estimate}."),
}


def format_reason(explanation: EstimateExplanation, label: str, at: datetime) -> str:
    """Say minute, Streams and features; "" where no feature can be named.

    For example "At 10:42, camera: brows lower than when you started, smiling less.".
    """
    cues = explanation.cues.get(label, ())
    try:
        said = [_name_cue(cue) for cue in cues]
    except KeyError:  # the words have changed since
        return ""
    if not said:
        return ""
    first, *rest = said
    words = (
        _("At {time}, {sources}: {first} than when you started, {second}.")
        if rest
        else _("At {time}, {sources}: {first} than when you started.")
    )
    time = date_format(localtime(at), "H:i")
    return words.format(time=time, sources=_join_sources(cues), first=first, second="".join(rest))


def format_counterfactual(explanation: EstimateExplanation) -> str:
    """Say the estimate without what contributed most; "" where unknown, or for no state."""
    without = explanation.without
    if without is None or without.group not in WITHOUT or explanation.label not in NAMES:
        return ""
    return _(WITHOUT[without.group]).format(
        estimate=_describe_estimate(without.label, explanation.label)
    )


def _describe_estimate(label: str | None, before: str) -> str:
    if label is None:
        return _("no estimate")
    if not label:
        return _("not sure")
    name = name_of(label)
    return _("still {feeling}").format(feeling=name) if label == before else name


def _name_cue(cue: Cue) -> str:
    words = feature_words.find_cue(cue.stream, cue.name)
    return pgettext("cue", words.higher if cue.higher else words.lower)


def _join_sources(cues: tuple[Cue, ...]) -> str:
    known = feature_words.load()
    sources = list(dict.fromkeys(pgettext("cue", known[cue.stream].source) for cue in cues))
    return (
        _("{first} and {second}").format(first=sources[0], second=sources[1])
        if sources[1:]
        else sources[0]
    )
