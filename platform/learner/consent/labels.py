"""The texts of the consent page about each stream group: title, description, sample numbers."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from estimates.evidence_words import describe_group


@dataclass(frozen=True, slots=True)
class GroupWords:
    """The texts of a group.

    `icon` is a template. `example` shows one second of a Stream as it is sent. `evidence` says what
    the group is known to tell; "" if no estimate reads it.
    """

    title: str
    what: str
    icon: str
    example: str
    evidence: str = ""


_WORDS = MappingProxyType(
    {
        "camera": GroupWords(
            noop("Camera"),
            noop(
                "Your browser turns the picture into about 50 numbers, 10 times a second: how "
                "your face moves, where your head is and where your eyes point. From these "
                "numbers it can be worked out roughly where on the screen you look. Your browser "
                "then forgets the picture."
            ),
            "_icons/camera.html",
            noop(
                "inner brow 0.12 · outer brow 0.08 · brow lower 0.31 · lid 0.20 · cheek 0.04 · lip "
                "corner 0.06 · lips part 0.02 · blink 0 · head turn 0.05 · head tilt 0.02 · left "
                "eye 0.12, −0.08, 0.99 · looks at the screen 0.91 · quality 0.81 …"
            ),
        ),
        "skin": GroupWords(
            noop("Heart rate from skin colour"),
            noop(
                "This is not part of “Camera” and has its own switch. Your browser works out your "
                "heart rate from tiny colour changes in the picture. Often it is not sure, and "
                "then it gives no value. You see the heart rate; no estimate and no suggestion "
                "uses it."
            ),
            "_icons/camera.html",
            noop("heart rate 72 · how sure 4.1 dB · disagreement 2 · quality 0.75"),
        ),
        "wearable": GroupWords(
            noop("Wearable"),
            noop(
                "Heart rate and the time between beats from a strap, watch or finger sensors that "
                "you connect yourself. Some also send your pulse as a wave, the tiny electrical "
                "current of your heart, how warm and damp your skin is, and how you move. In a "
                "lab, where this site allows it, some also send brain signals; no estimate and no "
                "suggestion uses these."
            ),
            "_icons/watch.html",
            noop(
                "heart rate 71 · between beats 845 ms · contact 1 · pulse 3216 · heart current −12 "
                "µV · skin 4.21 µS, 33.1 °C · movement 12, −3, 998 mg …"
            ),
        ),
        "hands": GroupWords(
            noop("Pointer and typing"),
            noop(
                "How fast and how smoothly you move, scroll and type, how often you click, and how "
                "many keys of each kind you press. Never which letters, never where you click."
            ),
            "_icons/pointer.html",
            noop(
                "path 0.42 · straight 0.81 · mean speed 0.38 · turns 3 · still for 0.2 s · clicks "
                "1 · letters 14 · keys held 96 ms · between keys 180 ms · pauses 1 …"
            ),
        ),
        "activity": GroupWords(
            noop("Activity on this page"),
            noop(
                "Whether this page is in front, how often you leave it, and where on the page our "
                "own boxes are, not what they say. Nothing about other pages or apps."
            ),
            "_icons/page.html",
            noop(
                "in front 1 · has the focus 1 · full screen 0 · left 0 times · a box at 0.10, "
                "0.25, 0.60 wide, 0.30 high, a video …"
            ),
        ),
        "reports": GroupWords(
            noop("What you report"),
            noop(
                "Your teacher sees about how many people in the class pressed “Got it” in each "
                "part of a lesson, but not who. If you switch this on, you are counted too. The "
                "button works the same without it. If you ask for help, your teacher always sees "
                "that."
            ),
            "_icons/check.html",
            "",
        ),
    }
)
_PURPOSES = MappingProxyType(
    {"adapt": noop("help for me"), "teach": noop("class summary"), "research": noop("research")}
)
_ADAPT_OF_WARD = noop("help for them")
# The groups that no estimate reads: what is sensed is only shown to the person.
_ONLY_SHOWN = frozenset({"skin"})
_WITHOUT_ESTIMATE = _ONLY_SHOWN | {"reports"}
_SHOWN, _SHOWN_TO_WARD = noop("show it to me"), noop("show it to them")


def words_of(group: str) -> GroupWords:
    """Return the texts of this group in the active language."""
    found = _WORDS[group]
    example = _(found.example) if found.example else ""
    evidence = "" if group in _WITHOUT_ESTIMATE else describe_group(group)
    return GroupWords(_(found.title), _(found.what), found.icon, example, evidence)


def title_of(group: str) -> str:
    return _(_WORDS[group].title)


def purpose_names(group: str, *, of_ward: bool = False) -> dict[str, str]:
    """Return each purpose of a group as it reads inside a sentence, in the active language."""
    if group in _ONLY_SHOWN:
        adapt = _SHOWN_TO_WARD if of_ward else _SHOWN
    else:
        adapt = _ADAPT_OF_WARD if of_ward else _PURPOSES["adapt"]
    return {purpose: _(words) for purpose, words in {**_PURPOSES, "adapt": adapt}.items()}


def capitalise(words: str) -> str:
    """Capitalise the first letter only."""
    return words[:1].upper() + words[1:]
