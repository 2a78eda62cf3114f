"""URLs of LTI: those that platforms call, and the pages to register and connect them."""

from __future__ import annotations

from django.urls import path

from lti import key_views
from lti.deep_linking import choice_views
from lti.launch import launch_views, login_views
from lti.registration import connect_views, self_registration_views, steward_views

app_name = "lti"
urlpatterns = [
    path("lti/login/", login_views.log_in, name="log_in"),
    path("lti/launch/", launch_views.launch, name="launch"),
    path("lti/open/", launch_views.open_ticket, name="open"),
    path("lti/choose/", choice_views.choose, name="choose"),
    path("lti/keys/", key_views.keys, name="keys"),
    path("lti/register/", self_registration_views.register, name="register"),
    path("lti/courses/<uuid:id>/", connect_views.connect, name="connect"),
    path("steward/lti/", steward_views.platforms_page, name="platforms"),
    path("steward/lti/link/", steward_views.make_link, name="make_link"),
    path("steward/lti/<uuid:id>/", steward_views.platform_page, name="platform"),
    path("steward/lti/courses/<uuid:id>/", steward_views.connect_course, name="steward_connect"),
]
