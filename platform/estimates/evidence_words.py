"""Words for what each sensor is known to tell: sensors, states, and a sentence by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from emotion.evidence import NOT_TOLD, SAME_TASKS, AreaInterval, SensorEvidence, read_evidence

PERCENT = 100
SENSORS: Mapping[str, str] = MappingProxyType(
    {
        "wristband": noop("Wristband"),
        "heart": noop("Heart rate"),
        "eda": noop("Skin conductance"),
        "pointer": noop("Mouse or pointer"),
        "typing": noop("Typing rhythm"),
        "gaze": noop("Eye tracker"),
        "eeg": noop("Brain signals (EEG)"),
    }
)
# Each state as a title, and inside a sentence.
STATES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "stress": (noop("Stress"), noop("stress")),
        "valence": (noop("Pleasant or unpleasant mood"), noop("mood")),
        "arousal": (noop("Calm or excited"), noop("excitement")),
        "confusion": (noop("Confusion"), noop("confusion")),
        "difficulty": (noop("How difficult a text is"), noop("how difficult a text is")),
        "interest": (noop("Interest"), noop("interest")),
        "confidence": (noop("Confidence"), noop("confidence")),
        "sleepiness": (noop("Sleepiness"), noop("sleepiness")),
    }
)
DATA_SETS: Mapping[str, str] = MappingProxyType(
    {
        "stress-predict": noop("Stress in the laboratory, by wristband"),
        "keyboard": noop("Typing in the field"),
        "mouse-online": noop("Mouse at home"),
        "mouse-lab": noop("Mouse, skin and heart in the laboratory"),
        "sb-sat": noop("Reading for an examination"),
        "vreed": noop("Films in virtual reality"),
        "wesad": noop("Stress and amusement in the laboratory"),
        "eeg": noop("Confusion in ten lecture films"),
    }
)
# Sensors with what they are used for, where no set of people has these labels.
UNCHECKED: Sequence[tuple[str, str]] = (
    (
        noop("Camera: face and gaze"),
        noop("Interest, confusion, boredom, frustration, distraction, enjoyment"),
    ),
    (noop("Heart rate from skin colour"), noop("Shown to the learner; no estimate uses it")),
    (noop("Activity on this page"), noop("Distraction")),
    (noop("Wearable"), noop("Confusion, boredom, interest while learning")),
)
KNOWN_BY: Mapping[str, str] = MappingProxyType(
    {
        "time since the start": noop("how late in the session it is"),
        "time of day and length of the text": noop("the time of day and how much was typed"),
        "task and condition": noop("the task"),
        "the condition": noop("the task"),
        "which text it is": noop("which text it is"),
        "which film it is": noop("which film it is"),
    }
)
# The text next to a figure where nothing is known without the sensor.
NOTHING_KNOWN: Mapping[str, str] = MappingProxyType(
    {
        SAME_TASKS: noop("Everyone had the same tasks, so the task alone gives 50"),
        NOT_TOLD: noop("not known"),
    }
)


def name_sensor(sensor: str) -> str:
    return _(SENSORS[sensor])


def name_data_set(data: str) -> str:
    return _(DATA_SETS[data])


def name_state(state: str) -> str:
    """Return a state as a title; a film's category has only its number."""
    return _(STATES[state][0]) if state in STATES else _name_category(state)


def _name_in_sentence(state: str) -> str:
    return _(STATES[state][1]) if state in STATES else _name_category(state)


def _name_category(state: str) -> str:
    return _("Kind of film, {number}").format(number=state.rpartition(" ")[2])


def format_of_100(found: AreaInterval) -> tuple[int, int, int]:
    """Return value, low and high as how many of 100 pairs are right."""
    value, low, high = (round(PERCENT * each) for each in (found.value, found.low, found.high))
    return value, low, high


def describe_group(group: str) -> str:
    """Return what the sensors of a group are known to tell, in a sentence or two."""
    found = read_evidence().list_group(group)
    if not found:
        return _("Not tested on people yet.")
    known = [each for each in found if each.is_known]
    if not known:
        return _("Tested on people: it tells next to nothing about {states}.").format(
            states=_join_states(found)
        )
    best = max(known, key=lambda each: each.area.low)
    value, low, high = format_of_100(best.area)
    return _(
        "Tested on people: it can tell {state} a little better than a coin toss. Of two moments, "
        "it picks the right one in {value} of 100 cases (range {low} to {high}). This was in a "
        "study, not in a course like this one."
    ).format(state=_name_in_sentence(best.state), value=value, low=low, high=high)


def _join_states(found: Sequence[SensorEvidence]) -> str:
    words = list(dict.fromkeys(_name_in_sentence(each.state) for each in found))
    if len(words) == 1:
        return words[0]
    return _("{first} or {last}").format(first=", ".join(words[:-1]), last=words[-1])
