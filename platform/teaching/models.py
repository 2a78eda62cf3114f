"""Models of the Teachers' pages: handled needs, class picture, effects, Replays of drafts."""

from __future__ import annotations

from teaching.class_picture.models import Cell as Cell
from teaching.class_picture.models import Member as Member
from teaching.class_picture.models import Publication as Publication
from teaching.dashboard.models import Handled as Handled
from teaching.effects.models import PublishedEffect as PublishedEffect
from teaching.rules.replays.models import Replay as Replay
