"""The Teacher's pages."""

from __future__ import annotations

from django.urls import path

from teaching import difficulty_views
from teaching.class_picture import views as class_picture_views
from teaching.dashboard import views as now
from teaching.effects import views as effects_views
from teaching.enrolment import invitation_views
from teaching.enrolment import views as enrolling
from teaching.grades import regrade_views, unit_date_views
from teaching.grades import views as grades
from teaching.groups import views as compare
from teaching.learners import views as learners
from teaching.questions import views as items
from teaching.rules import editor_views, list_views
from teaching.skills import views as topics
from teaching.videos import views as videos

app_name = "teaching"
urlpatterns = [
    path("<slug:slug>/", now.now_page, name="now"),
    path("<slug:slug>/queue/", now.queue, name="queue"),
    path("<slug:slug>/handled/", now.handle_row, name="handled"),
    path("<slug:slug>/board/", class_picture_views.board, name="board"),
    path("<slug:slug>/videos/", videos.videos, name="videos"),
    path("<slug:slug>/videos/<uuid:code>/", videos.video, name="video"),
    path("<slug:slug>/topics/", topics.topics, name="topics"),
    path("<slug:slug>/compare/", compare.comparison, name="compare"),
    path("<slug:slug>/items/", items.question_list, name="items"),
    path("<slug:slug>/items/<uuid:code>/", items.question_page, name="item"),
    path("<slug:slug>/learners/", learners.learners, name="learners"),
    path("<slug:slug>/learners/<uuid:code>/", learners.learner, name="learner"),
    path("<slug:slug>/learners/<uuid:code>/ask/", learners.request_share, name="ask"),
    path("<slug:slug>/people/", enrolling.people, name="people"),
    path("<slug:slug>/people/add/", enrolling.add_people, name="people_add"),
    path("<slug:slug>/people/out/", enrolling.remove_person, name="people_out"),
    path("<slug:slug>/people/email/", invitation_views.invite_by_email, name="people_email"),
    path("<slug:slug>/people/invite/", enrolling.change_join_link, name="people_invite"),
    path("<slug:slug>/grades/", grades.gradebook, name="grades"),
    path("<slug:slug>/grades/<uuid:learner>/<uuid:unit>/", grades.grade_record, name="grade"),
    path("<slug:slug>/regrades/<uuid:unit>/", regrade_views.regrade_list, name="regrades"),
    path(
        "<slug:slug>/regrades/<uuid:unit>/<uuid:question>/",
        regrade_views.regrade_question,
        name="regrade",
    ),
    path("<slug:slug>/units/", unit_date_views.list_units, name="units"),
    path("<slug:slug>/units/<uuid:code>/", unit_date_views.edit_unit, name="unit"),
    path("<slug:slug>/rules/", list_views.rule_list, name="rules"),
    path("<slug:slug>/rules/new/", editor_views.new_rule, name="rule_new"),
    path("<slug:slug>/rules/replays/<uuid:id>/", editor_views.replay_fragment, name="replay"),
    path("<slug:slug>/rules/<slug:rule>/", editor_views.edit_rule, name="rule"),
    path(
        "<slug:slug>/rules/<slug:rule>/version/", editor_views.choose_version, name="rule_version"
    ),
    path("<slug:slug>/level/", difficulty_views.level, name="level"),
    path("<slug:slug>/effects/", effects_views.effects, name="effects"),
]
