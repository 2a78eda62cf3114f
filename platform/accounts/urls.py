"""`/accounts/`."""

from __future__ import annotations

from django.urls import path

from accounts.views import LogIn, log_out

app_name = "accounts"
urlpatterns = [
    path("login/", LogIn.as_view(), name="login"),
    path("logout/", log_out, name="logout"),
]
