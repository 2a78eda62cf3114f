"""URLs of LTI: those that platforms call, and the pages to register and connect them."""

from __future__ import annotations

from django.urls import path

from lti import key_views
from lti.account_links import choice_views as account_views
from lti.account_links import removal_views
from lti.deep_linking import choice_views
from lti.launch import launch_views, login_views
from lti.registration import connect_views, self_registration_views, steward_views

app_name = "lti"
urlpatterns = [
    path("lti/login/", login_views.log_in, name="log_in"),
    path("lti/launch/", launch_views.launch, name="launch"),
    path("lti/open/", launch_views.open_ticket, name="open"),
    path("lti/first/", account_views.choose, name="first"),
    path("lti/first/window/", account_views.open_window, name="first_window"),
    path("lti/first/new/", account_views.continue_as_new, name="first_new"),
    path("lti/first/sign-in/", account_views.sign_in, name="first_sign_in"),
    path("lti/first/leave/", account_views.leave, name="first_leave"),
    path("lti/first/account/", account_views.account, name="first_account"),
    path("lti/links/<uuid:id>/remove/", removal_views.remove, name="remove_link"),
    path("lti/choose/", choice_views.choose, name="choose"),
    path("lti/keys/", key_views.keys, name="keys"),
    path("lti/register/", self_registration_views.register, name="register"),
    path("lti/courses/<uuid:id>/", connect_views.connect, name="connect"),
    path("steward/lti/", steward_views.platforms_page, name="platforms"),
    path("steward/lti/link/", steward_views.make_link, name="make_link"),
    path("steward/lti/<uuid:id>/", steward_views.platform_page, name="platform"),
    path("steward/lti/courses/<uuid:id>/", steward_views.connect_course, name="steward_connect"),
]
