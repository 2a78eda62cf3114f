"""The tables of the Teachers' pages: what was seen to, the class picture, Replays of drafts."""

from __future__ import annotations

from teaching.effects.model import PublishedEffect as PublishedEffect
from teaching.now.model import Handled as Handled
from teaching.picture.model import Cell as Cell
from teaching.picture.model import Member as Member
from teaching.picture.model import Publication as Publication
from teaching.rules.replays.model import Replay as Replay
