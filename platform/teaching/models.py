"""Models of the Teachers' pages: handled needs, effects, notes, Replays of drafts."""

from __future__ import annotations

from teaching.dashboard.models import Handled as Handled
from teaching.effects.models import PublishedEffect as PublishedEffect
from teaching.lessons.models import RecordingNote as RecordingNote
from teaching.rules.replays.models import Replay as Replay
