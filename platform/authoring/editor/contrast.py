"""Check the contrast of colours that an Author wrote into a text (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import re
from typing import Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _

MIN_CONTRAST: Final = 4.5
# The backgrounds of text, in light and in dark mode (static/css/tokens.css).
BACKGROUNDS: Final = ("#ffffff", "#171f1d")
_STYLE: Final = re.compile(
    r"style\s*=\s*[\"']([^\"']*)[\"']|<font[^<>]*\bcolor\s*=\s*[\"']?([^\"'\s>]+)"
)
_RULE: Final = re.compile(r"(background(?:-color)?|color)\s*:\s*([^;]+)")
_HEX: Final = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})")
_RGB: Final = re.compile(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)")
NAMED: Final = {
    "black": "#000000",
    "blue": "#0000ff",
    "gray": "#808080",
    "green": "#008000",
    "grey": "#808080",
    "lightgray": "#d3d3d3",
    "lightgrey": "#d3d3d3",
    "lime": "#00ff00",
    "orange": "#ffa500",
    "pink": "#ffc0cb",
    "purple": "#800080",
    "red": "#ff0000",
    "silver": "#c0c0c0",
    "white": "#ffffff",
    "yellow": "#ffff00",
}
Colour = tuple[float, float, float]


def find_faint_colours(text: str) -> str:
    """Describe the first pair of colours whose contrast is too low; "" for none."""
    for match in _STYLE.finditer(text.lower()):
        rules = _rules(match[1] or "") or {"color": match[2] or ""}
        own, ground = colour_of(rules.get("color", "")), _background(rules)
        if own is None:
            continue
        for name in [ground] if colour_of(ground) else BACKGROUNDS:
            under = colour_of(name)
            if under is not None and (ratio := contrast(own, under)) < MIN_CONTRAST:
                return _(
                    "{colour} on {ground} has a contrast of {ratio} to 1; it needs at least {least}"
                ).format(
                    colour=rules["color"].strip(),
                    ground=name.strip(),
                    ratio=number_format(ratio, 1),
                    least=number_format(MIN_CONTRAST, 1),
                )
    return ""


def _rules(style: str) -> dict[str, str]:
    return {match[1]: match[2] for match in _RULE.finditer(style)}


def _background(rules: dict[str, str]) -> str:
    return rules.get("background-color", rules.get("background", ""))


def colour_of(name: str) -> Colour | None:
    """Return red, green and blue from 0 to 1; None for text that is not a plain colour."""
    name = NAMED.get(name.strip(), name.strip())
    if match := _HEX.fullmatch(name):
        digits = match[1] if len(match[1]) == 6 else "".join(2 * digit for digit in match[1])
        red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
        return red, green, blue
    if match := _RGB.match(name):
        red, green, blue = (min(255, int(match[at])) / 255 for at in (1, 2, 3))
        return red, green, blue
    return None


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast from 1 to 21: (lighter + 0.05) / (darker + 0.05) of the luminances."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
