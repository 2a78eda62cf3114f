"""Addresses of platforms: public names by TLS, and nothing that a policy or resolver misreads."""

from __future__ import annotations

import pytest
from django.test import override_settings

from lti.addresses import has_same_origin, is_callable


@override_settings(LOCAL_ONLY=False)
@pytest.mark.parametrize(
    ("url", "callable_"),
    [
        ("https://moodle.school.example/mod/lti", True),
        ("https://8.8.8.8/", True),
        ("http://moodle.school.example/", False),
        ("https://127.0.0.1/", False),
        ("https://127.1/", False),
        ("https://0x7f.0.0.1/", False),
        ("https://[::1]/", False),
        ("https://localhost/", False),
        ("https://server.local/", False),
        ("https://a..b.example/", False),
        (f"https://{'a' * 64}.example/", False),
        ("https://a.example;script-src/", False),
        ("https://me@a.example/", False),
    ],
)
def test_only_a_public_name_or_number_is_called(url, callable_):
    assert is_callable(url) == callable_


@override_settings(LOCAL_ONLY=False)
@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://a.example/next?page=2", True),
        ("https://b.example/next", False),
        ("https://a.example:8443/next", False),
        ("http://a.example/next", False),
        ("https://a.example@b.example/next", False),
        ("https://a.example.b.example/next", False),
        (None, False),
    ],
)
def test_scheme_host_and_port_make_the_same_origin(url, same):
    assert has_same_origin(url, "https://a.example/members") == same
