"""URLs of the Teacher's pages."""

from __future__ import annotations

from django.urls import path

from teaching import difficulty_views
from teaching.class_picture import views as class_picture_views
from teaching.dashboard import views as dashboard_views
from teaching.effects import views as effects_views
from teaching.enrolment import invitation_views
from teaching.enrolment import views as enrolment_views
from teaching.grades import group_date_views, regrade_views, total_views, unit_date_views
from teaching.grades import views as grade_views
from teaching.groups import views as group_views
from teaching.learner_groups import views as learner_group_views
from teaching.learners import views as learner_views
from teaching.lessons import views as lesson_views
from teaching.marking import views as marking_views
from teaching.questions import views as question_views
from teaching.rules import editor_views, list_views
from teaching.skills import views as skill_views
from teaching.state_results import views as state_result_views
from teaching.videos import views as video_views
from teaching.weekly import views as weekly_views

app_name = "teaching"
urlpatterns = [
    path("", weekly_views.course_list, name="weeks"),
    path("<slug:slug>/", dashboard_views.now_page, name="now"),
    path("<slug:slug>/queue/", dashboard_views.queue, name="queue"),
    path("<slug:slug>/handled/", dashboard_views.handle_row, name="handled"),
    path("<slug:slug>/week/", weekly_views.week_page, name="week"),
    path("<slug:slug>/week/mail/", weekly_views.set_mail, name="week_mail"),
    path("<slug:slug>/board/", class_picture_views.board, name="board"),
    path("<slug:slug>/lessons/", lesson_views.lesson_list, name="lessons"),
    path("<slug:slug>/lessons/<uuid:code>/", lesson_views.lesson_page, name="lesson"),
    path("<slug:slug>/lessons/<uuid:code>/notes/", lesson_views.change_notes, name="notes"),
    path("<slug:slug>/videos/", video_views.videos, name="videos"),
    path("<slug:slug>/videos/<uuid:code>/", video_views.video, name="video"),
    path("<slug:slug>/topics/", skill_views.topics, name="topics"),
    path("<slug:slug>/states/", state_result_views.states, name="states"),
    path("<slug:slug>/compare/", group_views.comparison, name="compare"),
    path("<slug:slug>/items/", question_views.question_list, name="items"),
    path("<slug:slug>/items/<uuid:code>/", question_views.question_page, name="item"),
    path("<slug:slug>/learners/", learner_views.learners, name="learners"),
    path("<slug:slug>/learners/<uuid:code>/", learner_views.learner, name="learner"),
    path("<slug:slug>/learners/<uuid:code>/ask/", learner_views.request_share, name="ask"),
    path("<slug:slug>/people/", enrolment_views.people, name="people"),
    path("<slug:slug>/people/add/", enrolment_views.add_people, name="people_add"),
    path("<slug:slug>/people/out/", enrolment_views.remove_person, name="people_out"),
    path("<slug:slug>/people/email/", invitation_views.invite_by_email, name="people_email"),
    path("<slug:slug>/people/invite/", enrolment_views.change_join_link, name="people_invite"),
    path("<slug:slug>/groups/", learner_group_views.groups, name="groups"),
    path("<slug:slug>/groups/move/", learner_group_views.move_learners, name="group_move"),
    path("<slug:slug>/groups/<uuid:code>/", learner_group_views.group, name="group"),
    path(
        "<slug:slug>/groups/<uuid:code>/delete/",
        learner_group_views.delete_group,
        name="group_delete",
    ),
    path("<slug:slug>/grades/", grade_views.gradebook, name="grades"),
    path("<slug:slug>/grades/total/", total_views.course_total, name="total"),
    path("<slug:slug>/grades/<uuid:learner>/<uuid:unit>/", grade_views.grade_record, name="grade"),
    path("<slug:slug>/regrades/<uuid:unit>/", regrade_views.regrade_list, name="regrades"),
    path(
        "<slug:slug>/regrades/<uuid:unit>/<uuid:question>/",
        regrade_views.regrade_question,
        name="regrade",
    ),
    path("<slug:slug>/marking/", marking_views.task_list, name="marking"),
    path(
        "<slug:slug>/marking/<uuid:unit>/<uuid:question>/",
        marking_views.answer_list,
        name="answers",
    ),
    path("<slug:slug>/marks/<uuid:answer>/", marking_views.mark_answer, name="mark"),
    path(
        "<slug:slug>/marks/<uuid:answer>/files/<uuid:file>/",
        marking_views.download_file,
        name="answer_file",
    ),
    path("<slug:slug>/units/", unit_date_views.list_units, name="units"),
    path("<slug:slug>/units/<uuid:code>/", unit_date_views.edit_unit, name="unit"),
    path(
        "<slug:slug>/units/<uuid:code>/groups/<uuid:group>/",
        group_date_views.edit_dates,
        name="group_dates",
    ),
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
