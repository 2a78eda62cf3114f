"""The API's representation of courses, units and questions: only fields that the pages show."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from courses.availability import Availability
from courses.models import Course, Unit
from courses.models.unit import KINDS, SCENARIOS
from courses.question_types.registry import QUESTION_TYPES


class CourseShape(serializers.ModelSerializer[Course]):
    id = serializers.UUIDField(source="code")
    licence = serializers.CharField(source="licence_name")

    class Meta:
        model = Course
        fields = ("id", "slug", "title", "description", "licence", "licence_url", "attribution")


class UnitShape(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="code")
    kind = serializers.ChoiceField(KINDS)
    title = serializers.CharField()
    position = serializers.IntegerField()
    minutes = serializers.IntegerField(allow_null=True)
    scenario = serializers.ChoiceField(SCENARIOS)
    opens_at = serializers.DateTimeField(allow_null=True)
    opens_after = serializers.UUIDField(
        source="opens_after.code",
        default=None,
        allow_null=True,
        help_text="the unit to finish before this one opens",
    )
    due_at = serializers.DateTimeField(allow_null=True)


class CourseDetailShape(serializers.Serializer[Any]):
    course = CourseShape()
    units = UnitShape(many=True)


class CueShape(serializers.Serializer[Any]):
    start = serializers.FloatField(help_text="seconds")
    end = serializers.FloatField(help_text="seconds")
    text = serializers.CharField()


class ChapterShape(serializers.Serializer[Any]):
    start = serializers.FloatField(help_text="seconds")
    end = serializers.FloatField(help_text="seconds")
    title = serializers.CharField()


class CaptionsShape(serializers.Serializer[Any]):
    lang = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    cues = CueShape(many=True)


class UnitDetailShape(serializers.Serializer[Any]):
    """One unit: a video has chapters and captions, a reading its sanitised HTML.

    A video on another site has its address.
    """

    unit = UnitShape()
    duration_s = serializers.FloatField(allow_null=True)
    chapters = ChapterShape(many=True)
    captions = CaptionsShape(many=True)
    html = serializers.CharField(allow_blank=True)
    address = serializers.CharField(allow_blank=True)


class OptionShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    html = serializers.CharField(allow_blank=True)
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    chosen = serializers.BooleanField()
    tried = serializers.BooleanField(help_text="given by this learner, and not correct")
    right = serializers.BooleanField(help_text="only after the question was answered correctly")
    feedback_html = serializers.CharField(allow_blank=True)


class PickShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    text = serializers.CharField(allow_blank=True)


class FieldShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    html = serializers.CharField(allow_blank=True)
    picks = PickShape(many=True)
    units = serializers.ListField(child=serializers.CharField())


class PictureShape(serializers.Serializer[Any]):
    src = serializers.CharField()
    alt = serializers.CharField()


class QuestionShape(serializers.Serializer[Any]):
    """A question as its page shows it to this user. It contains no answer before the user gives
    one."""

    id = serializers.UUIDField(source="code")
    kind = serializers.ChoiceField(tuple(QUESTION_TYPES))
    prompt_html = serializers.CharField(allow_blank=True)
    linear = serializers.CharField(allow_blank=True)
    options = OptionShape(many=True)
    fields_in_parts = FieldShape(many=True, source="fields")
    picture = PictureShape(
        source="item.picture",
        allow_null=True,
        help_text="of a hotspot: the answer is an id of the options, or a place on the picture, as "
        "`12.5,40`: percent from the left and from the top",
    )
    units = serializers.ListField(child=serializers.CharField())
    tried = serializers.ListField(child=serializers.CharField())
    feedback_html = serializers.CharField(allow_blank=True)
    explanation_html = serializers.CharField(allow_blank=True)
    right = serializers.BooleanField()
    time_s = serializers.FloatField(allow_null=True, help_text="second of the video, or null")


class ProgressShape(serializers.Serializer[Any]):
    unit = serializers.UUIDField()
    ratio = serializers.FloatField(help_text="0-1")
    done = serializers.BooleanField()
    resume_s = serializers.FloatField(help_text="second of the video to continue at")


def unit_row(unit: Unit, dates: Availability) -> dict[str, Any]:
    """Return the fields of `UnitShape`, with the dates that apply to the user."""
    names = ("code", "kind", "title", "position", "minutes", "scenario", "opens_after")
    row = {name: getattr(unit, name) for name in names}
    return {**row, "opens_at": dates.opens[unit.pk], "due_at": dates.due[unit.pk]}


def unit_details(unit: Unit, dates: Availability) -> dict[str, Any]:
    """Return everything about a unit except its questions."""
    video = unit.video if unit.kind == "video" else None
    tracks = video.captions.order_by("position") if video else ()
    return {
        "unit": unit_row(unit, dates),
        "duration_s": video.duration_s if video else None,
        "chapters": video.chapters if video else [],
        "captions": [{"lang": t.lang, "label": t.label, "cues": t.cues} for t in tracks],
        "html": unit.reading.html if unit.kind == "reading" else "",
        "address": unit.external_video.address if unit.kind == "external" else "",
    }
