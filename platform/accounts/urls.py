"""`/accounts/`."""

from __future__ import annotations

from django.urls import path

from accounts import (
    factor_pages,
    forgotten_page,
    language_page,
    password_link_page,
    security,
    session_page,
    token_pages,
    views,
)
from accounts.single_sign_on import callback, log_out, pages

app_name = "accounts"
urlpatterns = [
    path("login/", views.LogIn.as_view(), name="login"),
    path("logout/", views.log_out, name="logout"),
    path("forgotten/", forgotten_page.ForgottenPassword.as_view(), name="forgotten"),
    path("start/", password_link_page.Start.as_view(), name="start"),
    path("session/", session_page.session, name="session"),
    path("signed-in/", session_page.back, name="signed_in"),
    path("language/", language_page.choose, name="language"),
    path("factor/", views.Factor.as_view(), name="factor"),
    path("factor/add/", factor_pages.add, name="factor_add"),
    path("factor/remove/", factor_pages.remove, name="factor_remove"),
    path("factor/codes/", factor_pages.codes, name="factor_codes"),
    path("confirm/", security.Confirm.as_view(), name="confirm"),
    path("password/", security.Password.as_view(), name="password"),
    path("security/", security.security, name="security"),
    path("tokens/", token_pages.tokens, name="tokens"),
    path("tokens/<uuid:code>/back/", token_pages.take_back, name="token_back"),
    path("sso/<slug:key>/", pages.sign_in, name="sso"),
    path("sso/<slug:key>/callback/", callback.callback, name="sso_callback"),
    path("sso/<slug:key>/confirm/", pages.confirm, name="sso_confirm"),
    path("sso/<slug:key>/connect/", pages.connect, name="sso_connect"),
    path("sso/<slug:key>/disconnect/", pages.disconnect, name="sso_disconnect"),
    path("sso/<slug:key>/log-out/", log_out.log_out, name="sso_log_out"),
    path("security/others/", security.others, name="others"),
]
