"""The Teacher's pages."""

from __future__ import annotations

from django.urls import path

from teaching import board, effects, learners, level, now, rules, studio

app_name = "teaching"
urlpatterns = [
    path("<slug:slug>/", now.now, name="now"),
    path("<slug:slug>/queue/", now.queue, name="queue"),
    path("<slug:slug>/handled/", now.handled, name="handled"),
    path("<slug:slug>/board/", board.board, name="board"),
    path("<slug:slug>/learners/", learners.learners, name="learners"),
    path("<slug:slug>/learners/<uuid:code>/", learners.learner, name="learner"),
    path("<slug:slug>/learners/<uuid:code>/ask/", learners.ask, name="ask"),
    path("<slug:slug>/rules/", rules.rules, name="rules"),
    path("<slug:slug>/rules/new/", studio.new, name="rule_new"),
    path("<slug:slug>/rules/<slug:rule>/", studio.rule, name="rule"),
    path("<slug:slug>/rules/<slug:rule>/version/", studio.choose, name="rule_version"),
    path("<slug:slug>/level/", level.level, name="level"),
    path("<slug:slug>/effects/", effects.effects, name="effects"),
]
