"""`check --deploy` names what is unsafe for a public site, and such a site does not start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from config.checks import deployment_checks
from config.key_service import KeyService
from config.local_hosts import all_local, database_in_clear, is_local, redis_in_clear
from vault.errors import KeystoreBusy

ROOT = Path(__file__).resolve().parents[4]


def found() -> set[str]:
    return {message.id for message in deployment_checks.check_deployment()}


@pytest.fixture
def sound(settings, tmp_path):
    """A public site without faults."""
    settings.ALLOWED_HOSTS, settings.LOCAL_ONLY, settings.HTTPS = ["learn.example"], False, True
    settings.LEGAL_PROFILE, settings.DEBUG, settings.ONE_ROLE = "eu_education", False, False
    settings.KEYSTORE_DIR = tmp_path / "keys"
    settings.KEYSTORE_DIR.mkdir(mode=0o700)
    settings.REDIS_URL = ""
    settings.SECRET_KEY_GIVEN = True
    return settings


def test_a_sound_site_has_no_faults_and_starts(sound):
    assert found() == set()
    deployment_checks.refuse_unsafe_start()


REMOTE = {"HOST": "db.example", "OPTIONS": {"sslmode": "prefer"}}
FAULTS = {
    "config.E010": {"DEBUG": True},
    "config.E011": {"HTTPS": False},
    "config.E012": {"APP_LOGIN": REMOTE},
    "config.E013": {"REDIS_URL": "redis://cache.example:6379/0"},
    "config.E016": {"SECRET_KEY": "django-insecure-abcdefghijklmnopqrstuvwxyz"},
    "config.E017": {"LEGAL_PROFILE": "demo"},
    "config.E018": {"ONE_ROLE": True},
    "config.E019": {"KEYSTORE_DATABASE_URL": "postgresql://attune_keys@/attune_keys?host=/run"},
    "config.E023": {
        "SECRET_KEY_GIVEN": False,
        "KEY_SERVICE": KeyService(url="https://keys.example/v1/transit"),
        "KEYSTORE_DATABASE_URL": "postgresql://attune_keys@/attune_keys?host=/run",
    },
    "config.W010": {"LEGAL_PROFILE": None},
    "config.W011": {"AUDIT_WITNESS_FILE": None, "AUDIT_WITNESS_URL": ""},
}


@pytest.mark.parametrize("code", FAULTS)
def test_each_fault_is_named_by_itself(sound, code):
    for name, value in FAULTS[code].items():
        setattr(sound, name, value)
    assert found() == {code}


@pytest.mark.parametrize("code", deployment_checks.STOPPING)
def test_a_site_without_tls_or_protection_does_not_start(sound, code):
    for name, value in FAULTS[code].items():
        setattr(sound, name, value)
    with pytest.raises(ImproperlyConfigured, match=code):
        deployment_checks.refuse_unsafe_start()


@pytest.mark.parametrize("name", ["OWNER_LOGIN", "APP_LOGIN", "BROKER_LOGIN"])
def test_every_log_in_of_the_database_is_looked_at(sound, name):
    setattr(sound, name, REMOTE)
    assert found() == {"config.E012"}


def test_the_keystores_database_is_apart_from_the_sites_and_reached_by_tls(sound):
    sound.KEY_SERVICE = KeyService(url="https://keys.example/v1/transit")
    url = "postgresql://attune_keys@db.example/attune_keys"
    sound.KEYSTORE_DATABASE_URL = url
    assert found() == {"config.E012"}
    sound.KEYSTORE_DATABASE_URL = f"{url}?sslmode=verify-full"
    assert found() == set()
    sound.APP_LOGIN = {"HOST": "db.example", "PORT": "", "NAME": "attune_keys",
                       "OPTIONS": {"sslmode": "verify-full"}}  # fmt: skip
    assert found() == {"config.E020"}


@pytest.mark.parametrize(
    ("places", "same"),
    [(("one,two", ""), True), (("one,two", "5432"), True), (("two", "5432"), True),
     (("one", "6432"), False), (("three", ""), False)],
)  # fmt: skip
def test_a_keystore_on_any_server_of_the_site_is_found(places, same):
    site = {"HOST": "one,two", "PORT": "5432,5432", "NAME": "site"}
    keys = {"HOST": places[0], "PORT": places[1], "NAME": "site"}
    assert deployment_checks._same_database(keys, site) is same
    assert not deployment_checks._same_database({**keys, "NAME": "keys"}, site)


def ask_standby(monkeypatch, answer):
    def find_standbys(url):
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(deployment_checks, "find_standbys", find_standbys)
    return {message.id for message in deployment_checks.check_key_standby()}


def test_a_keystores_database_without_a_synchronous_standby_is_named(sound, monkeypatch):
    assert ask_standby(monkeypatch, "") == set()
    sound.KEYSTORE_DATABASE_URL = "postgresql://attune_keys@/attune_keys?host=/run"
    assert ask_standby(monkeypatch, "") == {"config.E021"}
    assert ask_standby(monkeypatch, "second") == set()
    assert ask_standby(monkeypatch, KeystoreBusy("it did not answer")) == {"config.E022"}


def test_a_local_site_may_use_debug_http_and_demo(sound):
    sound.LOCAL_ONLY, sound.HTTPS, sound.DEBUG, sound.LEGAL_PROFILE = True, False, True, "demo"
    deployment_checks.refuse_unsafe_start()
    sound.APP_LOGIN = REMOTE
    with pytest.raises(ImproperlyConfigured, match=r"config\.E012"):
        deployment_checks.refuse_unsafe_start()


@pytest.mark.parametrize("secret", ["k" * 60, "short", "ab" * 30])
def test_a_secret_that_can_be_guessed_is_named(sound, secret):
    sound.SECRET_KEY = secret
    assert found() == {"config.E016"}


@pytest.mark.parametrize("name", ["MEDIA_ROOT", "STATIC_ROOT", "backups", "database"])
@pytest.mark.parametrize("keys", ["inside", "around", "same"])
def test_a_keystore_beside_what_is_copied_or_served_is_named(sound, tmp_path, name, keys):
    place = tmp_path / "copied" / "it"
    if name == "database":
        from config.embedded_postgres.launcher import Server

        sound.PRIVATE_POSTGRES = Server(place)
    elif name == "backups":
        sound.VAR, place = tmp_path / "copied", tmp_path / "copied" / "backups"
    else:
        setattr(sound, name, place)
    sound.KEYSTORE_DIR = {"inside": place / "k", "around": place.parent, "same": place}[keys]
    assert "config.E014" in found()


@pytest.mark.parametrize("mode", [0o701, 0o750, 0o704])
def test_a_keystore_that_others_may_open_is_named(sound, mode):
    sound.KEYSTORE_DIR.chmod(mode)
    assert found() == {"config.E015"}


@pytest.mark.parametrize(
    "host",
    ["", "localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1", "[::1]", "/run/pg", "@pg"],
)
def test_a_socket_or_loopback_is_this_computer(host):
    assert is_local(host)


@pytest.mark.parametrize(
    "host",
    ["*", "learn.example", "10.0.0.1", "192.168.1.2", "0.0.0.0", "localhost.evil.example",
     "fe80::1", "localhost.", "127.0.0.1.evil.example", ".localhost"],
)  # fmt: skip
def test_everything_else_is_another(host):
    assert not is_local(host)
    assert not all_local(["localhost", host])


@pytest.mark.parametrize(
    ("host", "options", "clear"),
    [
        ("/var/run/pg", {}, False),
        ("", {}, False),
        ("db.example", {}, True),
        ("db.example", {"sslmode": "disable"}, True),
        ("db.example", {"sslmode": "allow"}, True),
        ("db.example", {"sslmode": "require"}, False),
        ("db.example", {"sslmode": "verify-full"}, False),
        ("localhost,db.example", {}, True),
        ("localhost", {"hostaddr": "10.1.1.1"}, True),
        ("", {"hostaddr": "10.1.1.1", "sslmode": "verify-ca"}, False),
    ],
)
def test_a_database_elsewhere_needs_tls(host, options, clear):
    assert database_in_clear({"HOST": host, "OPTIONS": options}) is clear


@pytest.mark.parametrize(
    ("url", "clear"),
    [
        ("", False),
        ("redis://localhost:6379", False),
        ("redis://127.0.0.1/1", False),
        ("unix:///run/redis.sock", False),
        ("rediss://cache.example", False),
        ("redis://cache.example", True),
        ("redis://localhost@cache.example", True),
    ],
)
def test_redis_elsewhere_needs_tls(url, clear):
    assert redis_in_clear(url) is clear


@pytest.fixture
def beyond(sound):
    """The settings of ATTUNE_HOSTS=learn.example; see the subprocess below."""
    sound.SECURE_SSL_REDIRECT = True
    sound.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    return sound


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "path", ["/", "/accounts/login/", "/static/css/tokens.css", "/api/v1/sittings/"]
)
def test_an_http_request_is_redirected_and_gets_no_content(beyond, method, path):
    answer = getattr(Client(SERVER_NAME="learn.example"), method)(path)
    assert answer.status_code == 301
    assert answer["Location"] == f"https://learn.example{path}"
    assert answer.content == b""
    assert not answer.cookies


@pytest.mark.django_db
def test_the_balancer_on_this_machine_may_ask_in_clear(beyond):
    assert Client(SERVER_NAME="learn.example").get("/health/live").content == b"ok\n"


@pytest.mark.django_db
def test_the_proxys_header_is_trusted(beyond):
    client = Client(SERVER_NAME="learn.example", headers={"X-Forwarded-Proto": "https"})
    assert client.get("/accounts/login/").status_code == 200


def started(tmp_path: Path, program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run with an operator's environment; nothing here connects to any address."""
    given = {k: v for k, v in os.environ.items() if not k.startswith("ATTUNE_")}
    paths = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
    fixed = {"PYTHONPATH": paths, "ATTUNE_VAR": str(tmp_path), "ATTUNE_NO_BOOTSTRAP": "1"}
    nowhere = {"DATABASE_URL": "postgresql://a:b@/site?host=/nowhere"}
    return subprocess.run(
        [sys.executable, *program.split()],
        check=False, capture_output=True, text=True, cwd=ROOT, timeout=120,
        env={**given, **fixed, **nowhere, **environment},
    )  # fmt: skip


HOSTS = {"ATTUNE_HOSTS": "learn.example", "LEGAL_PROFILE": "eu_education"}


def test_a_secret_key_of_the_environment_counts_as_given(tmp_path):
    asked = "from django.conf import settings as s; print(s.SECRET_KEY_GIVEN)"
    (tmp_path / "ask.py").write_text(asked)
    environ = {**HOSTS, "DJANGO_SETTINGS_MODULE": "config.settings"}
    (tmp_path / "key").write_text("k" * 40)
    for given, told in (
        ({"SECRET_KEY": ""}, "False\n"),
        ({"SECRET_KEY": "k" * 40}, "True\n"),
        ({"SECRET_KEY": "", "SECRET_KEY_FILE": str(tmp_path / "key")}, "True\n"),
    ):
        assert started(tmp_path, f"{tmp_path}/ask.py", **environ, **given).stdout == told


def test_the_environment_alone_turns_https_on(tmp_path):
    asked = "from django.conf import settings as s; print(s.HTTPS, s.SECURE_SSL_REDIRECT)"
    (tmp_path / "ask.py").write_text(asked)
    os_environ = {**HOSTS, "DJANGO_SETTINGS_MODULE": "config.settings"}
    assert started(tmp_path, f"{tmp_path}/ask.py", **os_environ).stdout == "True True\n"


def test_web_and_worker_refuse_to_start_in_clear_and_say_what_to_do(tmp_path):
    for program in ("-m config.asgi", "-m config.celery"):
        done = started(tmp_path, program, **HOSTS, ATTUNE_HTTPS="off")
        assert done.returncode != 0
        assert "config.E011" in done.stderr
        assert "put a proxy with a certificate" in done.stderr


def test_check_deploy_fails_without_printing_a_password(tmp_path):
    remote = {"DATABASE_URL": "postgresql://a:hunter2@db.example/site"}
    done = started(tmp_path, "manage.py check --deploy", **HOSTS, **remote)
    assert done.returncode == 1
    assert "config.E012" in done.stderr
    assert "hunter2" not in done.stderr + done.stdout
