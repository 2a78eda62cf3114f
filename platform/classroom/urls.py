"""The Learner's pages."""

from __future__ import annotations

from django.urls import path

from classroom import (
    answers,
    consent_receipts,
    consents,
    courses,
    journey,
    journey_why,
    level,
    looked,
    media,
    my_data,
    my_requests,
    offers,
    review,
    shares,
    units,
    wards,
    withdrawals,
)

app_name = "classroom"
urlpatterns = [
    path("", courses.home, name="home"),
    path("courses/<slug:slug>/", courses.course, name="course"),
    path("courses/<slug:slug>/review/", review.review, name="review"),
    path("units/<uuid:code>/", units.unit, name="unit"),
    path("units/<uuid:code>/answer/", answers.give, name="answer"),
    path("units/<uuid:code>/level/", level.level, name="level"),
    path("units/<uuid:code>/watched/", units.watched, name="watched"),
    path("units/<uuid:code>/done/", units.done, name="done"),
    path("media/units/<uuid:code>/<str:name>", media.unit_file, name="media"),
    path("media/<uuid:code>/<str:name>", media.course_file, name="course_media"),
    path("journey/", journey.journey, name="journey"),
    path("journey/correct/", journey.correct, name="correct"),
    path("journey/offers/", offers.wish, name="wish"),
    path("offers/<uuid:code>/", offers.say, name="offer"),
    path("journey/guesses/<uuid:id>/why/", journey_why.ask, name="why"),
    path("my-data/", my_data.my_data, name="my_data"),
    path("my-data/looked/", looked.looked, name="looked"),
    path("my-data/last-minutes/", my_requests.delete_last, name="last_minutes"),
    path("my-data/erase/", my_data.erase, name="erase"),
    path("my-data/certificates/<uuid:id>/", withdrawals.certificate, name="certificate"),
    path("my-data/download/", my_requests.download, name="download"),
    path("my-data/ask/", my_requests.ask, name="ask"),
    path("my-data/shares/<uuid:id>/give/", shares.give, name="share_give"),
    path("my-data/shares/<uuid:id>/close/", shares.close, name="share_close"),
    path("my-data/switch/", my_requests.switch, name="switch"),
    path("consents/", consents.consents, name="consents"),
    path("consents/withdraw/", consents.withdraw, name="withdraw"),
    path("consents/notices/<uuid:code>/", consents.notice, name="notice"),
    path("consents/again/", consents.again, name="again"),
    path("consents/receipts/<uuid:act>/", consent_receipts.page, name="receipt"),
    path("consents/receipts/<uuid:act>.json", consent_receipts.file, name="receipt_file"),
    path("consents/wards/<uuid:code>/", wards.page, name="ward"),
    path("consents/wards/<uuid:code>/yes/", wards.say_yes, name="ward_yes"),
    path("consents/wards/<uuid:code>/no/", wards.say_no, name="ward_no"),
]
