"""`/accounts/`."""

from __future__ import annotations

from django.urls import path

from accounts import language_views
from accounts.api_tokens import views as api_tokens_views
from accounts.mfa import views as mfa_views
from accounts.passwords import link_views, reset_views
from accounts.sessions import security_views, session_views
from accounts.sign_in import views
from accounts.single_sign_on import backchannel_logout_views, callback_views
from accounts.single_sign_on import views as single_sign_on_views

app_name = "accounts"
urlpatterns = [
    path("login/", views.LogIn.as_view(), name="login"),
    path("logout/", views.log_out, name="logout"),
    path("forgotten/", reset_views.ForgottenPassword.as_view(), name="forgotten"),
    path("start/", link_views.Start.as_view(), name="start"),
    path("session/", session_views.session, name="session"),
    path("signed-in/", session_views.show_signed_in, name="signed_in"),
    path("language/", language_views.choose, name="language"),
    path("factor/", views.Factor.as_view(), name="factor"),
    path("factor/add/", mfa_views.add, name="factor_add"),
    path("factor/remove/", mfa_views.remove, name="factor_remove"),
    path("factor/codes/", mfa_views.codes, name="factor_codes"),
    path("confirm/", security_views.Confirm.as_view(), name="confirm"),
    path("password/", security_views.Password.as_view(), name="password"),
    path("security/", security_views.security, name="security"),
    path("tokens/", api_tokens_views.tokens, name="tokens"),
    path("tokens/<uuid:code>/back/", api_tokens_views.revoke, name="token_back"),
    path("sso/<slug:key>/", single_sign_on_views.sign_in, name="sso"),
    path("sso/<slug:key>/callback/", callback_views.callback, name="sso_callback"),
    path("sso/<slug:key>/confirm/", single_sign_on_views.confirm, name="sso_confirm"),
    path("sso/<slug:key>/connect/", single_sign_on_views.connect, name="sso_connect"),
    path("sso/<slug:key>/disconnect/", single_sign_on_views.disconnect, name="sso_disconnect"),
    path("sso/<slug:key>/log-out/", backchannel_logout_views.log_out, name="sso_log_out"),
    path("security/others/", security_views.sign_out_others, name="others"),
]
