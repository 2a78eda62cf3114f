"""What the consent page says about each group of streams: name, sentence, an example of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Words:
    """`icon` is a template; `example` shows what one second looks like when it leaves."""

    title: str
    what: str
    icon: str
    example: str


WORDS = MappingProxyType(
    {
        "camera": Words(
            "Camera",
            "Your browser turns the picture into about 50 numbers, 10 times a second: brows, eyes, "
            "mouth, head, where you look. Then it forgets the picture.",
            "_icons/camera.html",
            "inner brow 0.12 · outer brow 0.08 · brow lower 0.31 · lid 0.20 · cheek 0.04 · "
            "lip corner 0.06 · lips part 0.02 · blink 0 · head turn 0.05 · head tilt 0.02 · "
            "gaze x 0.44 · gaze y 0.38 · quality 0.81 …",
        ),
        "skin": Words(
            "Heart rate from skin colour",
            "This is not part of “Camera” and has its own switch. Your browser reckons your heart "
            "rate from tiny changes of colour in the picture. Often it is not sure; then it gives "
            "none.",
            "_icons/camera.html",
            "heart rate 72 · how sure 4.1 dB · disagreement 2 · quality 0.75",
        ),
        "wearable": Words(
            "Wearable",
            "Heart rate and the time between beats from a strap, watch or finger sensors that you "
            "connect yourself. Some also send your pulse as a wave, the tiny current of your "
            "heart, how warm and damp your skin is, and how you move.",
            "_icons/watch.html",
            "heart rate 71 · between beats 845 ms · contact 1 · pulse 3216 · heart current −12 µV "
            "· skin 4.21 µS, 33.1 °C · movement 12, −3, 998 mg …",
        ),
        "hands": Words(
            "Pointer and typing",
            "How fast and how smoothly you move and type. Never which keys, never where you click.",
            "_icons/pointer.html",
            "path 0.42 · straight 0.81 · mean speed 0.38 · turns 3 · still for 0.2 s · clicks 1 · "
            "letters 14 · keys held 96 ms · between keys 180 ms · pauses 1 …",
        ),
        "activity": Words(
            "Activity on this page",
            "Whether this page is in front, and where on the page our own boxes are, not what they "
            "say. Nothing about other pages or apps.",
            "_icons/page.html",
            "in front 1 · has the focus 1 · full screen 0 · left 0 times · "
            "a box at 0.10, 0.25, 0.60 wide, 0.30 high, a video …",
        ),
    }
)
PURPOSE_NAMES = MappingProxyType(
    {"adapt": "help for me", "teach": "class picture", "research": "research"}
)
PURPOSE_NAMES_OF_WARD = MappingProxyType({**PURPOSE_NAMES, "adapt": "help for them"})
