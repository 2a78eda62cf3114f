"""The Teacher's pages."""

from __future__ import annotations

from django.urls import path

from teaching import level
from teaching.compare import page as compare
from teaching.effects import report
from teaching.enrolling import inviting
from teaching.enrolling import page as enrolling
from teaching.grades import dates, regrade_page
from teaching.grades import page as grades
from teaching.items import page as items
from teaching.learners import page as learners
from teaching.now import page as now
from teaching.picture import board
from teaching.rules import listing, studio
from teaching.topics import page as topics
from teaching.videos import page as videos

app_name = "teaching"
urlpatterns = [
    path("<slug:slug>/", now.now, name="now"),
    path("<slug:slug>/queue/", now.queue, name="queue"),
    path("<slug:slug>/handled/", now.handled, name="handled"),
    path("<slug:slug>/board/", board.board, name="board"),
    path("<slug:slug>/videos/", videos.videos, name="videos"),
    path("<slug:slug>/videos/<uuid:code>/", videos.video, name="video"),
    path("<slug:slug>/topics/", topics.topics, name="topics"),
    path("<slug:slug>/compare/", compare.comparison, name="compare"),
    path("<slug:slug>/items/", items.items, name="items"),
    path("<slug:slug>/items/<uuid:code>/", items.item, name="item"),
    path("<slug:slug>/learners/", learners.learners, name="learners"),
    path("<slug:slug>/learners/<uuid:code>/", learners.learner, name="learner"),
    path("<slug:slug>/learners/<uuid:code>/ask/", learners.ask, name="ask"),
    path("<slug:slug>/people/", enrolling.people, name="people"),
    path("<slug:slug>/people/add/", enrolling.add, name="people_add"),
    path("<slug:slug>/people/out/", enrolling.out, name="people_out"),
    path("<slug:slug>/people/email/", inviting.by_email, name="people_email"),
    path("<slug:slug>/people/invite/", enrolling.invite, name="people_invite"),
    path("<slug:slug>/grades/", grades.gradebook, name="grades"),
    path("<slug:slug>/grades/<uuid:learner>/<uuid:unit>/", grades.record, name="grade"),
    path("<slug:slug>/regrades/<uuid:unit>/", regrade_page.regrading, name="regrades"),
    path("<slug:slug>/regrades/<uuid:unit>/<uuid:question>/", regrade_page.regrade, name="regrade"),
    path("<slug:slug>/units/", dates.units, name="units"),
    path("<slug:slug>/units/<uuid:code>/", dates.unit, name="unit"),
    path("<slug:slug>/rules/", listing.rules, name="rules"),
    path("<slug:slug>/rules/new/", studio.new, name="rule_new"),
    path("<slug:slug>/rules/replays/<uuid:id>/", studio.replay, name="replay"),
    path("<slug:slug>/rules/<slug:rule>/", studio.rule, name="rule"),
    path("<slug:slug>/rules/<slug:rule>/version/", studio.choose, name="rule_version"),
    path("<slug:slug>/level/", level.level, name="level"),
    path("<slug:slug>/effects/", report.effects, name="effects"),
]
