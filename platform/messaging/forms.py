"""The form of a message: its text, and what it attaches."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.answers.numerals import current_language
from courses.models import Course, Unit
from courses.timestamps import format_time, read_seconds
from discussion.posts.post_store import LONGEST_TEXT
from messaging.attachments import LinkableThings, load_linkable
from messaging.sending import MessageContent

LONGEST_LINK: Final = 500
NONE: Final = ("", pgettext_lazy("attachment", "None"))
ENDS: Final = ("begin", "end")
CLOCK: Final = {"autocomplete": "off", "inputmode": "decimal", "placeholder": "0:29"}
TIME_HINT: Final = _("Enter both times of the video part as minutes and seconds, such as 0:29.")


class MessageForm(forms.Form):
    """Text and attachments; the choices are those of the course."""

    text = forms.CharField(
        label=_("Message"),
        max_length=LONGEST_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 11, "aria-describedby": "text-help"}),
        error_messages={
            "required": _("Write something first."),
            "max_length": _("The text is too long. Use at most %(limit_value)d characters."),
        },
    )
    video = forms.ChoiceField(label=_("Part of a video"), required=False)
    begin = forms.CharField(
        label=_("From"),
        required=False,
        max_length=12,
        widget=forms.TextInput(attrs=CLOCK),
    )
    end = forms.CharField(
        label=_("To"), required=False, max_length=12, widget=forms.TextInput(attrs=CLOCK)
    )
    question = forms.ChoiceField(label=_("Question"), required=False)
    skill = forms.ChoiceField(label=_("Refresher on a skill"), required=False)
    link = forms.CharField(
        label=_("Link to your office hours"),
        required=False,
        max_length=LONGEST_LINK,
        widget=forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://"}),
    )

    def __init__(self, course: Course, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.linkable: LinkableThings = load_linkable(course)
        videos = [(str(unit.code), unit.title) for unit in self.linkable.videos]
        skills = [(skill.slug, skill.name) for skill in self.linkable.skills]
        choices: dict[str, list[Any]] = {
            "video": videos,
            "question": self._questions(),
            "skill": skills,
        }
        for name, found in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [NONE, *found]

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if not text.strip():
            raise forms.ValidationError(_("Write something first."))
        return text

    def clean_link(self) -> str:
        link: str = self.cleaned_data["link"].strip()
        if link and not _is_secure_link(link):
            raise forms.ValidationError(_("Enter a link that begins with https://."))
        return link

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if unit := self._chosen_video():
            times = [read_seconds(str(found.get(name)), current_language()) for name in ENDS]
            found["part"] = self._check_part(unit, *times)
        return found

    def content(self, start: str) -> MessageContent:
        """Return what a valid form holds."""
        cleaned, unit = self.cleaned_data, self._chosen_video()
        begin, end = cleaned.get("part", (None, None))
        questions = {str(each.code): each for each in self.linkable.questions}
        skills = {each.slug: each for each in self.linkable.skills}
        return MessageContent(
            text=cleaned["text"],
            start=start,
            link=cleaned["link"],
            unit=unit,
            begin_s=begin,
            end_s=end,
            question=questions.get(cleaned["question"]),
            skill=skills.get(cleaned["skill"]),
        )

    def problem(self) -> str:
        """Return all errors, as sentences."""
        return " ".join(str(error) for errors in self.errors.values() for error in errors)

    def _chosen_video(self) -> Unit | None:
        units = {str(unit.code): unit for unit in self.linkable.videos}
        return units.get(self.cleaned_data.get("video", ""))

    def _check_part(
        self, unit: Unit, begin: float | None, end: float | None
    ) -> tuple[float | None, float | None]:
        if begin is None or end is None or begin >= end:
            self.add_error("begin", forms.ValidationError(TIME_HINT))
        elif end > unit.video.duration_s:
            words = _("The video ends at %(end)s. Enter times within it.")
            ends = format_time(unit.video.duration_s)
            self.add_error("end", forms.ValidationError(words, params={"end": ends}))
        return begin, end

    def _questions(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return the questions by unit: their numbers in a quiz, or their times in a video."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for each in self.linkable.questions:
            if each.unit is not None:
                if each.time_s is None:
                    words = _("Question %(n)s") % {"n": each.position}
                else:
                    words = _("Question at %(at)s") % {"at": format_time(each.time_s)}
                groups.setdefault(each.unit.title, []).append((str(each.code), words))
        return list(groups.items())


def _is_secure_link(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and len(link.split()) == 1
