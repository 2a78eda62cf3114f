"""The part of the demo's course that is planted as hard: a chapter of a video, and a question."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HardPart:
    """A chapter and a question, by the `ref` of their unit and question."""

    video: str
    chapter: int
    question: str

    def is_chapter(self, video: str, chapter: int) -> bool:
        return (video, chapter) == (self.video, self.chapter)


@dataclass(frozen=True, slots=True)
class Trouble:
    """How likely one person has trouble with a part, by what they then do.

    `wrong`: how much less likely the first answer is correct (logits).
    """

    replays: float
    pauses: float
    stuck: float
    hints: float
    wrong: float


# Assumed. Without a hard part, all parts are alike: any difference on a page is then chance.
USUAL = Trouble(replays=0.12, pauses=0.1, stuck=0.03, hints=0.2, wrong=0.0)
HARD = Trouble(replays=0.7, pauses=0.4, stuck=0.28, hints=0.6, wrong=1.7)
# "Let the signs guide you", and the question about a trinomial with a negative last term.
PLANTED = HardPart("video-04", 2, "q4-05")
