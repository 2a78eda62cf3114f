"""URLs of the Learner's pages."""

from __future__ import annotations

from django.urls import path

from learner import offer_views, preference_views
from learner.consent import device_token_views, guardian_views, on_device_inference, receipt_views
from learner.consent import views as consent_views
from learner.courses import calendar_views, review_views, sensing_survey_views
from learner.courses import views as courses_views
from learner.enrolment import invitation_views, join_views
from learner.exams import file_views
from learner.exams import views as exam_views
from learner.home import views as home_views
from learner.journey import behaviour_views, explanation_views, model_card_views
from learner.journey import views as journey_views
from learner.journey.months import views as month_views
from learner.privacy import access_log_views, request_views, sharing_views, withdrawal_views
from learner.privacy import views as privacy_views
from learner.questions import difficulty_views
from learner.questions import views as questions_views
from learner.units import media_views
from learner.units import views as units_views

app_name = "classroom"
urlpatterns = [
    path("", home_views.home, name="home"),
    path("join/<uuid:code>/", join_views.join, name="join"),
    path("invited/", invitation_views.InvitationView.as_view(), name="invited"),
    path("courses/<slug:slug>/", courses_views.course, name="course"),
    path("courses/<slug:slug>/review/", review_views.review, name="review"),
    path("courses/<slug:slug>/sensed/", sensing_survey_views.answer_survey, name="sensed"),
    path("units/<uuid:code>/", units_views.unit, name="unit"),
    path("units/<uuid:code>/begin/", exam_views.begin, name="begin"),
    path("attempts/<uuid:id>/", exam_views.attempt, name="attempt"),
    path("attempts/<uuid:id>/answer/", exam_views.answer, name="keep"),
    path("attempts/<uuid:id>/files/", file_views.change_files, name="files"),
    path("attempts/<uuid:id>/files/<uuid:file>/", file_views.download, name="file"),
    path("attempts/<uuid:id>/hand-in/", exam_views.hand_in, name="hand_in"),
    path("attempts/<uuid:id>/report/", exam_views.report, name="report"),
    path("units/<uuid:code>/answer/", questions_views.answer, name="answer"),
    path("units/<uuid:code>/level/", difficulty_views.change_level, name="level"),
    path("units/<uuid:code>/watched/", units_views.record_watched, name="watched"),
    path("units/<uuid:code>/done/", units_views.mark_done, name="done"),
    path("media/units/<uuid:code>/<str:name>", media_views.unit_file, name="media"),
    path("media/<uuid:code>/<str:name>", media_views.course_file, name="course_media"),
    path("journey/", journey_views.journey, name="journey"),
    path("journey/model/", model_card_views.model_card, name="model-card"),
    path("journey/months/", month_views.show_months, name="months"),
    path("journey/behaviour/", behaviour_views.dispute_behaviour, name="dispute-behaviour"),
    path("journey/correct/", journey_views.correct, name="correct"),
    path("journey/offers/", offer_views.change_wishes, name="wish"),
    path("offers/<uuid:code>/", offer_views.respond, name="offer"),
    path("journey/guesses/<uuid:id>/why/", explanation_views.request_explanation, name="why"),
    path("predictors/<str:digest>/network.onnx", on_device_inference.network, name="network"),
    path("preferences/", preference_views.preferences, name="preferences"),
    path("calendar/", calendar_views.calendar, name="calendar"),
    path("calendar/due.ics", calendar_views.feed, name="calendar_feed"),
    path("my-data/", privacy_views.my_data, name="my_data"),
    path("my-data/looked/", access_log_views.access_log, name="looked"),
    path("my-data/last-minutes/", request_views.delete_last_minutes, name="last_minutes"),
    path("my-data/erase/", privacy_views.erase, name="erase"),
    path("my-data/certificates/<uuid:id>/", withdrawal_views.certificate, name="certificate"),
    path("my-data/download/", request_views.download_copy, name="download"),
    path("my-data/ask/", request_views.send_request, name="ask"),
    path("my-data/shares/<uuid:id>/give/", sharing_views.give_share, name="share_give"),
    path("my-data/shares/<uuid:id>/close/", sharing_views.close_share, name="share_close"),
    path("my-data/switch/", request_views.switch_restriction, name="switch"),
    path("consents/", consent_views.consents, name="consents"),
    path("consents/withdraw/", consent_views.withdraw, name="withdraw"),
    path("consents/notices/<uuid:code>/", consent_views.notice, name="notice"),
    path("consents/again/", consent_views.renew_consent, name="again"),
    path("consents/receipts/<uuid:act>/", receipt_views.receipt_page, name="receipt"),
    path("consents/receipts/<uuid:act>.json", receipt_views.receipt_file, name="receipt_file"),
    path("consents/here/", on_device_inference.save_choice, name="guess_here"),
    path("consents/devices/", device_token_views.devices, name="devices"),
    path("consents/devices/<uuid:code>/back/", device_token_views.revoke, name="device_back"),
    path("consents/wards/<uuid:code>/", guardian_views.page, name="ward"),
    path("consents/wards/<uuid:code>/yes/", guardian_views.agree, name="ward_yes"),
    path("consents/wards/<uuid:code>/no/", guardian_views.decline, name="ward_no"),
]
