"""The content of each 10 s segment of a video, as a text and its vector."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from courses.models.public_content import public_content
from courses.models.unit import Video

KINDS = ("captions", "summary", "description", "slides", "segment")


@public_content(
    "id",
    "video",
    "kind",
    "source",
    "segments",
    "texts",
    "measures",
    "encoder",
    "vectors",
    "why",
    "changed_at",
)
class VideoSemantics(models.Model):
    """One kind of text for one video; `segment` is captions and slide together.

    `texts` grows by one segment at a time. `vectors` holds one row of float32 for each segment once
    all texts exist; `encoder` names what made it, and is empty without a sentence encoder.
    `measures` holds such rows of `emotion.semantics.segment_measures`, of the kind `segment` alone.
    `why` is a one-word reason why the work stopped.
    """

    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="semantics")
    kind = models.CharField(max_length=20, choices=[(kind, kind) for kind in KINDS])
    source = models.CharField(max_length=200)
    segments = models.PositiveIntegerField()
    texts = ArrayField(models.TextField(), default=list)
    measures = models.BinaryField(blank=True, default=bytes)
    encoder = models.CharField(max_length=80, blank=True)
    vectors = models.BinaryField(blank=True, default=bytes)
    why = models.CharField(max_length=40, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["video", "kind"], name="courses_semantics_pair"),
            models.CheckConstraint(
                condition=models.Q(texts__len__lte=models.F("segments")),
                name="courses_semantics_segments",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.video_id}"
