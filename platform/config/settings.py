"""All settings of the site in one file; what differs between sites comes from the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from config import logging_config
from config.db import connection_pool, database_url
from config.embedded_postgres import launcher
from config.env import envbool, envchoice, envint, envlist, envpath, envsecret, envstr, envtoken
from config.key_service import read_key_database, read_key_service
from config.local_hosts import all_local, find_address, read_monitor_networks, require_safe_url
from config.mail_reasons import MAIL_REASONS as MAIL_REASONS
from config.mail_server import read_mail_server
from config.media_bucket import read_media_bucket
from config.sign_in_rules import read_sign_in_rules

BASE_DIR = Path(__file__).resolve().parents[2]
VAR = Path(envstr("ATTUNE_VAR", str(BASE_DIR / "var")))
SECRETS = VAR / "secrets"

# --- Who may reach the site ---
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
DEBUG = envbool("ATTUNE_DEBUG")
ALLOWED_HOSTS = envlist("ATTUNE_HOSTS", LOCAL_HOSTS)
LOCAL_ONLY = all_local(ALLOWED_HOSTS)
HTTPS = envbool("ATTUNE_HTTPS", default=not LOCAL_ONLY)
CSRF_TRUSTED_ORIGINS = envlist("ATTUNE_ORIGINS")
# For links made outside a request; empty if only patterns are configured.
SITE_ADDRESS = find_address(CSRF_TRUSTED_ORIGINS, ALLOWED_HOSTS, https=HTTPS)
SECRET_KEY = envsecret("SECRET_KEY", kept=SECRETS / "secret_key")
# Without it, each host makes one of its own.
SECRET_KEY_GIVEN = bool(envtoken("SECRET_KEY"))

# --- The site's own choices ---
LEGAL_PROFILE = envstr("LEGAL_PROFILE") or None
COUNTRY = envstr("COUNTRY").upper() or None
PROFILE_CHOSEN = "consent.legal_profiles.profiles.load_chosen"
# Functions that end what is stored above `accounts` with a person's sessions.
ENDS_WITH_LOG_INS = (
    "telemetry.device_tokens.device_tokens.end_all",
    "courses.calendar_feeds.end_all",
)
# The study of a site with profile `research_study`: a TOML file.
STUDY_FILE = envstr("STUDY_FILE") or None
KEYSTORE_DIR = Path(envstr("KEYSTORE_DIR", str(VAR / "keystore")))
# For sites on many hosts; without it the keys are in a file of that folder.
KEYSTORE_DATABASE_URL = read_key_database()
KEY_SERVICE = read_key_service()
# None on several hosts, where each would have its own part of the heads.
AUDIT_WITNESS_FILE = envpath("AUDIT_WITNESS_FILE", VAR / "witness/tree-heads.jsonl")
AUDIT_WITNESS_URL = require_safe_url("AUDIT_WITNESS_URL", envstr("AUDIT_WITNESS_URL"))
LRS_URL = require_safe_url("LRS_URL", envstr("LRS_URL"))
LRS_KEY = envstr("LRS_KEY")
ARTEFACTS_DIR = BASE_DIR / "artefacts"
# Models trained here; a release's own folder is read-only.
LEARNED_DIR = VAR / "learned"
# Folders of pretrained models on this machine; nothing is ever downloaded.
DESCRIBER_DIR = envpath("ATTUNE_DESCRIBER_DIR")
# A program that drafts captions from the sound of a video (ADR 0089).
SPEECH_PROGRAM = envpath("ATTUNE_SPEECH_PROGRAM")
# A folder of data sets for the papers' tables, each in its own layout.
DATA_SETS_DIR = envpath("ATTUNE_DATA_SETS_DIR")
RATE_FACTOR = envint("ATTUNE_RATE_FACTOR", 1, least=1, most=1000)
MONITOR_NETWORKS = read_monitor_networks()

INSTALLED_APPS = [
    "config",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "data_inventory",
    "push",
    "vault",
    "audit",
    "accounts",
    "consent",
    "courses",
    "telemetry",
    "estimates",
    "adaptation",
    "privacy",
    "pipeline",
    "learner",
    "realtime",
    "teaching",
    "discussion",
    "peers",
    "messaging",
    "lti",
    "authoring",
    "stewardship",
    "research",
    "health",
    "deployment",
    "demo",
]
MIDDLEWARE = [
    "config.middleware.request_timing.RequestTimingMiddleware",
    "config.middleware.security_headers.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.static_files.StaticFilesMiddleware",
    "config.middleware.compression.PageCompressionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.language.LanguageMiddleware",
    "accounts.sessions.page_owner.PageOwnerMiddleware",
    "config.middleware.rate_limit.RateLimitMiddleware",
    "config.middleware.store_outage.StoreOutageMiddleware",
    "config.request_body.refusals.BodyRefusalMiddleware",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
APPEND_SLASH = True
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "config.middleware.security_headers.csp_nonce",
                "config.i18n.context_processor.language",
                "learner.layout.frame",
            ]
        },
    }
]

# --- People ---
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.sign_in.auth_backend.DigestBackend"]
SIGN_IN_RULES = read_sign_in_rules()
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/accounts/login/"
SESSION_ENGINE = "accounts.sessions.session_store"
SESSION_COOKIE_AGE = 12 * 3600
# Browsers accept this prefix only from this host, over https, for every path.
HOST_ONLY = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{HOST_ONLY}sessionid"
CSRF_COOKIE_NAME = f"{HOST_ONLY}csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False
CSRF_FAILURE_VIEW = "accounts.sign_in.csrf.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS
# The load balancer on this machine uses http; for others these addresses do not exist.
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
# config.middleware.security_headers sends X-Frame-Options; subdomains and preload lists are not
# this site's to decide.
SILENCED_SYSTEM_CHECKS = ["security.W002", "security.W005", "security.W021"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = None
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None

# --- Mail: off without a server ---
MAIL_SERVER = read_mail_server(address=SITE_ADDRESS)
EMAIL_HOST, EMAIL_PORT = MAIL_SERVER.host, MAIL_SERVER.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL_SERVER.user, MAIL_SERVER.password
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL_SERVER.tls == "starttls", MAIL_SERVER.tls == "tls"
EMAIL_TIMEOUT, DEFAULT_FROM_EMAIL = 10, MAIL_SERVER.sender or "attune@localhost"

# --- PostgreSQL: the address given, or a private server under var/ ---
PRIVATE_POSTGRES = None if envstr("DATABASE_URL") else launcher.Server(VAR / "postgres")
ONE_ROLE = envbool("ATTUNE_ONE_ROLE")
if PRIVATE_POSTGRES:
    launcher.prepare(PRIVATE_POSTGRES)
OWNER_LOGIN, APP_LOGIN, BROKER_LOGIN = database_url.read_logins(PRIVATE_POSTGRES, one_role=ONE_ROLE)
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "config.db.backend",
        **APP_LOGIN,
        "OPTIONS": APP_LOGIN["OPTIONS"]
        | connection_pool.pool_options(envint("DATABASE_POOL", 0, most=100)),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }
}
ROLES = {"owner": {"USER": OWNER_LOGIN["USER"], "PASSWORD": OWNER_LOGIN["PASSWORD"]}}
BROKER_CONNINFO = database_url.make_conninfo(BROKER_LOGIN)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Broker and channel layer: hints only; rows that fall due are the truth ---
REDIS_URL = envstr("REDIS_URL")
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": (
        {"BACKEND": "push.redis_layer.RedisLayer", "CONFIG": {"hosts": [REDIS_URL]}}
        if REDIS_URL
        else {"BACKEND": "push.postgres_layer.NotifyLayer"}
    )
}
CELERY_BROKER_URL = REDIS_URL or "pgmq://localhost"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"visibility_timeout": 60}
if not REDIS_URL:
    CELERY_BROKER_TRANSPORT = "config.db.broker_transport:BrokerTransport"
    CELERY_BROKER_TRANSPORT_OPTIONS |= {
        "conn_string": BROKER_CONNINFO,
        "init_extension": False,
        "use_notify": True,
        "wait_time_seconds": 0,
        "notify_throttle_interval_ms": 0,
        "pool_size": 2,
        "queue_name_prefix": envstr("ATTUNE_QUEUE_PREFIX"),
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "live"
CELERY_BROKER_POOL_LIMIT = CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "pipeline.beat.scheduler:ElectedScheduler"
SLOW_SOON, SLOW_NEXT = {"queue": "slow", "expires": 5}, {"queue": "slow", "expires": 15}
NEXT_MINUTE = {"expires": 60}
SLOW_MINUTE, SLOW_HOUR = {"queue": "slow", "expires": 60}, {"queue": "slow", "expires": 3600}
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "pipeline.tasks.sweep", "schedule": 5.0, "options": {"expires": 5}},
    "expire": {"task": "pipeline.tasks.expire", "schedule": 3600.0, "options": {"expires": 3600}},
    "witness": {"task": "pipeline.tasks.tell_witness", "schedule": 15.0, "options": SLOW_NEXT},
    "records": {"task": "pipeline.tasks.send_records", "schedule": 60.0, "options": SLOW_MINUTE},
    "certify": {"task": "pipeline.tasks.certify", "schedule": 15.0, "options": SLOW_NEXT},
    "mails": {"task": "pipeline.tasks.send_mails", "schedule": 5.0, "options": SLOW_SOON},
    "compact": {"task": "pipeline.tasks.compact", "schedule": 60.0, "options": SLOW_MINUTE},
    "videos": {"task": "pipeline.tasks.describe_videos", "schedule": 60.0, "options": SLOW_MINUTE},
    "refit": {"task": "pipeline.tasks.refit_knowledge", "schedule": 3600.0, "options": SLOW_HOUR},
    "ask_mails": {"task": "pipeline.tasks.ask_mails", "schedule": 3600.0, "options": SLOW_HOUR},
    "ages": {"task": "pipeline.tasks.update_age_bands", "schedule": 3600.0, "options": SLOW_HOUR},
    "publish": {"task": "teaching.tasks.publish_due", "schedule": 15.0, "options": {"expires": 15}},
    "trials": {"task": "teaching.tasks.publish_effects", "schedule": 3600.0, "options": SLOW_HOUR},
    "summary": {"task": "teaching.tasks.queue_summaries", "schedule": 3600.0, "options": SLOW_HOUR},
    "posts": {"task": "discussion.tasks.erase_posts", "schedule": 60.0, "options": NEXT_MINUTE},
    "announce": {"task": "discussion.tasks.queue_mails", "schedule": 60.0, "options": NEXT_MINUTE},
    "pairs": {"task": "peers.tasks.end_pairs", "schedule": 60.0, "options": NEXT_MINUTE},
    "lti": {"task": "lti.tasks.call_platforms", "schedule": 15.0, "options": SLOW_NEXT},
    "bring_in": {"task": "authoring.tasks.bring_in_due", "schedule": 15.0, "options": SLOW_NEXT},
    "films": {"task": "authoring.tasks.convert_films_due", "schedule": 15.0, "options": SLOW_NEXT},
    "cues": {"task": "authoring.tasks.draft_captions_due", "schedule": 15.0, "options": SLOW_NEXT},
    "clear_up": {"task": "authoring.tasks.clear_up", "schedule": 3600.0, "options": SLOW_HOUR},
    "lists": {"task": "stewardship.tasks.import_people_due", "schedule": 5.0, "options": SLOW_SOON},
    "names": {"task": "stewardship.tasks.search_names_due", "schedule": 5.0, "options": SLOW_SOON},
    "replay": {"task": "teaching.tasks.replay_due", "schedule": 5.0, "options": SLOW_SOON},
    "freeze": {"task": "research.tasks.freeze_due", "schedule": 5.0, "options": SLOW_SOON},
    "archives": {"task": "research.tasks.clear_archives", "schedule": 3600.0, "options": SLOW_HOUR},
    "train": {"task": "research.tasks.train_due", "schedule": 5.0, "options": SLOW_SOON},
    "weeks": {"task": "research.tasks.publish_due", "schedule": 60.0, "options": SLOW_MINUTE},
}

# --- Files ---
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(envstr("MEDIA_ROOT", str(VAR / "media")))
MEDIA_URL = "/media/"
MEDIA_BUCKET = read_media_bucket()  # None: MEDIA_ROOT has all files (ADR 0094)
HASHED_STATIC = envbool("ATTUNE_HASHED_STATIC", default=True)
WHITENOISE_USE_FINDERS = not HASHED_STATIC
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "config.middleware.static_files.MinifiedManifestStorage"
            if HASHED_STATIC
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
# Not /tmp, which may be memory. config.request_body.limits bounds their size.
UPLOADING = VAR / "uploads"
UPLOADING.mkdir(mode=0o700, parents=True, exist_ok=True)
FILE_UPLOAD_TEMP_DIR = str(UPLOADING)

# --- API ---
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "config.api.auth.ApiTokenAuthentication",
        "config.api.auth.CsrfSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api.parsers.StrictJsonParser"],
    "DEFAULT_PAGINATION_CLASS": "config.api.pagination.ApiCursorPagination",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "config.api.errors.error_response",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Attune",
    "DEFAULT_GENERATOR_CLASS": "config.api.schema.ListedSchemaGenerator",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {"Switch": "learner.consent.apply_changes.SWITCHES"},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api.schema.add_refusals",
    ],
}

# --- Language and time ---
LANGUAGE_CODE = "en-gb"
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "platform" / "locale"]
# Generated, to prove that pages work in any language (config.i18n.pseudo_locale).
PSEUDO_LANGUAGES = {"en-xa": "Accented", "ar-xb": "Right to left"}
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]
if LEGAL_PROFILE == "demo":
    LANGUAGES += PSEUDO_LANGUAGES.items()
LANGUAGE_COOKIE_NAME = f"{HOST_ONLY}language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
USE_TZ = True
TIME_ZONE = "UTC"
LOGGING = logging_config.make_logging(
    envstr("ATTUNE_LOG_LEVEL", "INFO"), envchoice("ATTUNE_LOG_FORMAT", logging_config.FORMS)
)
