"""The file of providers: what it contains, and why an invalid one stops the start."""

from __future__ import annotations

import pytest

from accounts.single_sign_on.providers import SignInRules
from config.env import BadEnvironment
from config.sign_in_rules import NAME, read_sign_in_rules

GOOD = """
[[provider]]
key = "northfield"
name = "Northfield account"
issuer = "https://id.northfield.example/realms/school"
client_id = "attune"
client_secret = "hush"
"""


def read(tmp_path, text, **more):
    file = tmp_path / "providers.toml"
    file.write_text(text)
    return read_sign_in_rules({NAME: str(file), **more})


def test_without_a_file_people_sign_in_by_password():
    assert read_sign_in_rules({}) == SignInRules()


def test_the_file_names_providers(tmp_path):
    (tmp_path / "secret").write_text("of a file\n")
    more = GOOD.replace('"northfield"', '"other"').replace(
        'client_secret = "hush"', f'client_secret_file = "{tmp_path}/secret"'
    )
    more = more.replace("realms/school", "realms/staff")
    lists = 'roles_claim = "groups"\nroles = { staff = "teacher" }\nsecond_factor_amr = ["mfa"]\n'
    rules = read(tmp_path, "password_sign_in = false\n" + GOOD + more + lists)
    first, second = rules.providers
    assert not rules.by_password
    assert (first.key, first.client_secret, first.create_accounts) == ("northfield", "hush", False)
    assert (second.client_secret, second.roles) == ("of a file", {"staff": "teacher"})
    assert second.second_factor_amr == ("mfa",)
    assert rules.find("other") is second
    assert rules.find("none") is None


BY_VARIABLE = GOOD.replace("client_secret =", "client_secret_env =").replace("hush", "NORTH_SECRET")


def test_the_secret_may_come_from_the_environment(tmp_path):
    (provider,) = read(tmp_path, BY_VARIABLE, NORTH_SECRET="of a variable\n").providers
    assert provider.client_secret == "of a variable"


@pytest.mark.parametrize("more", [{}, {"NORTH_SECRET": " "}])
def test_a_variable_without_a_secret_stops_the_start(tmp_path, more):
    with pytest.raises(BadEnvironment, match="'NORTH_SECRET' is not set"):
        read(tmp_path, BY_VARIABLE, **more)


def test_the_secret_comes_from_one_place(tmp_path):
    with pytest.raises(BadEnvironment, match="client_secret, client_secret_file or"):
        read(tmp_path, GOOD + 'client_secret_env = "NORTH_SECRET"', NORTH_SECRET="x")


def test_a_secret_is_in_no_text_about_the_provider(tmp_path):
    assert "hush" not in repr(read(tmp_path, GOOD))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("not toml", "not TOML"),
        ("colour = 1", "nothing is called 'colour'"),
        ("password_sign_in = 1", "must be true or false"),
        ("password_sign_in = false", "there is no provider"),
        ("provider = 1", "under \\[\\[provider\\]\\]"),
        (GOOD + GOOD, "two providers have the key"),
        (GOOD + GOOD.replace('"northfield"', '"other"'), "two providers have the issuer"),
        (GOOD + "colour = 1", "nothing is called 'colour'"),
        (GOOD.replace("https://", "http://"), "issuer must be https"),
        (GOOD.replace("https://", "https://me@"), "issuer must be https"),
        (GOOD.replace('key = "northfield"', 'key = "North Field"'), "lower-case"),
        (GOOD.replace('client_id = "attune"', ""), "client_id is missing"),
        (GOOD.replace('client_secret = "hush"', ""), "give client_secret, client_secret_file or"),
        (GOOD + 'client_secret_file = "/x"', "give client_secret, client_secret_file or"),
        (GOOD.replace('client_secret = "hush"', 'client_secret_file = "/none"'), "cannot be read"),
        (GOOD + "create_accounts = 1", "create_accounts is not of the right kind"),
        (GOOD + "scopes = [1]", "scopes is not of the right kind"),
        (GOOD + 'scopes = ["email"]', "must hold 'openid'"),
        (GOOD + 'age_band = "old"', "age_band must be one of"),
        (GOOD + 'roles_claim = "groups"', "belong together"),
        (GOOD + 'roles_claim = "groups"\nroles = { x = "steward" }', "the role 'steward'"),
    ],
)
def test_a_wrong_file_stops_the_start_and_says_why(tmp_path, text, why):
    with pytest.raises(BadEnvironment, match=why) as stopped:
        read(tmp_path, text)
    assert "hush" not in str(stopped.value)
    assert NAME in str(stopped.value)


def test_a_file_that_is_not_there_stops_the_start(tmp_path):
    with pytest.raises(BadEnvironment, match="cannot be read"):
        read_sign_in_rules({NAME: str(tmp_path / "none")})


def test_a_provider_on_this_computer_may_do_without_tls(tmp_path):
    text = GOOD.replace("https://id.northfield.example", "http://127.0.0.1:9000")
    assert read(tmp_path, text).providers[0].issuer.startswith("http://127.0.0.1")
