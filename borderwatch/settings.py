"""All settings, one file. What differs between places comes from the environment (`.env.example` lists it)."""

from pathlib import Path

import django_stubs_ext
import structlog
from csp.constants import NONCE, NONE, SELF

from borderwatch import env

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("BORDERWATCH_DATA", str(BASE_DIR / ".local")))

# The demo world: plain HTTP on the loopback address, known passwords, illustrative sectors.
DEMO = env.flag("BORDERWATCH_DEMO", False)
TEST = env.flag("BORDERWATCH_TEST", False)
DEBUG = env.flag("DEBUG", False)

SECRET_KEY = env.text("SECRET_KEY", "demo-only-not-a-secret" if DEMO or TEST else None)
# Keys used before: links and sessions made with them still open.
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1],testserver" if DEMO or TEST else "")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
# The address printed in mails and webhooks, without a slash at the end.
SITE_URL = env.text("SITE_URL", f"http://127.0.0.1:{env.number('BORDERWATCH_PORT', 8000)}")
# Who sends the alerts for machines (CAP): one word, the same for ever, e.g. alerts@borderwatch.example.gov.kh
CAP_SENDER = env.text("CAP_SENDER", f"alerts@{SITE_URL.split('://', 1)[-1].split('/')[0].split(':')[0]}")

INSTALLED_APPS = [
    "units",
    "crossings",
    "borderwatch",
    "incidents",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
    "guardian",
    "tree_queries",
    "pgtrigger",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "rest_framework_gis",
    "knox",
    "django_filters",
    "drf_spectacular",
    "csp",
    "django_htmx",
    "template_partials",
    "django_prometheus",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "borderwatch.middleware.request_id",
    "django.middleware.security.SecurityMiddleware",
    # Before WhiteNoise, so that scripts and styles travel small too; tokens in pages are masked anew each time.
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "borderwatch.middleware.language_of_person",
    "units.remembered.while_reading",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "borderwatch.urls"
WSGI_APPLICATION = "borderwatch.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
                "borderwatch.context.site",
                "units.context.person",
                "incidents.drills.context.drills",
            ],
            "builtins": ["borderwatch.templatetags.words"],
        },
    }
]

# --- database -------------------------------------------------------------------------------------------------
_test_name = env.text("BORDERWATCH_TEST_DB", "")
DATABASES = {
    "default": {
        **env.database("DATABASE_URL", "postgis://borderwatch@127.0.0.1/borderwatch"),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"NAME": _test_name or None},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Shared by all processes and without Redis, so that signing in works while Redis is away.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_entry"}}

# --- people ---------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "units.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
if TEST:
    # Hundreds of accounts are made in the tests; how a password is kept is Django's matter, not theirs.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "borderwatch.accounts.ClosedAdapter"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_RATE_LIMITS = {"login_failed": "20/5m/ip,8/5m/key"} if not TEST else False
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXY_COUNT", 0)
# Says of a person whether the record is open to him; named here since the kernel knows no app.
AUDIT_READER = "units.policy.is_auditor"
# guardian gives a person a unit and nothing else: no anonymous user row, grants live on Unit only.
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False

# --- language and time ----------------------------------------------------------------------------------------
LANGUAGE_CODE = "km"
LANGUAGES = [("km", "ខ្មែរ"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["borderwatch.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Phnom_Penh"
USE_THOUSAND_SEPARATOR = False

# --- static and uploaded files --------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(DATA_DIR / "static")))
NODE = BASE_DIR / "node_modules"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("npm/bootstrap", NODE / "bootstrap" / "dist"),
    ("npm/maplibre", NODE / "maplibre-gl" / "dist"),
    ("npm/kantumruy", NODE / "@fontsource" / "kantumruy-pro"),
    ("npm/battambang", NODE / "@fontsource" / "battambang"),
    ("npm/moul", NODE / "@fontsource" / "moul"),
]
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # collectstatic lays a compressed copy beside each file; the names stay, because modules import by name.
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(DATA_DIR / "media")))
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o640
# Bytes of one photo, pixels of one photo, photos of one report.
PHOTO_MAX_BYTES = 12 * 1024 * 1024
PHOTO_MAX_PIXELS = 50_000_000
PHOTOS_MAX = 8
# Bytes of one document given as proof, and how many at a time.
DOCUMENT_MAX_BYTES = 20 * 1024 * 1024
# The private key by which evidence bundles are signed; made when it is missing, readable for the site's account alone.
BUNDLE_KEY = Path(env.text("BUNDLE_KEY", str(MEDIA_ROOT.parent / "keys" / "bundle-ed25519.pem")))
DOCUMENTS_MAX = 8
# Bytes of one file of the register (sectors, outlines), and of one track of a patrol.
REGISTER_FILE_MAX_BYTES = 64 * 1024 * 1024
TRACK_FILE_MAX_BYTES = 20 * 1024 * 1024
# Bytes of one table of traffic.
TRAFFIC_FILE_MAX_BYTES = 20 * 1024 * 1024
# A patrol sees the ground within so many metres of its track.
PATROL_SEES_M = 100
# Coverage is shown for so many days back unless asked otherwise.
COVERAGE_DAYS = 30

# A background map of the deployment's own, https://…/{z}/{x}/{y}.png; without one only the outline is drawn.
MAP_TILE_URL = env.text("MAP_TILE_URL", "")
_tiles = ["/".join(MAP_TILE_URL.split("/")[:3])] if MAP_TILE_URL else []

# --- browser security -----------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *_tiles],
        "worker-src": [SELF, "blob:"],
        "connect-src": [SELF, *_tiles],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
PLAIN_HTTP = DEMO or TEST or DEBUG
SECURE_SSL_REDIRECT = False  # the proxy does it for pages; the API must never answer plain HTTP with a redirect
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not PLAIN_HTTP
SESSION_COOKIE_NAME = "session" if PLAIN_HTTP else "__Host-session"
CSRF_COOKIE_NAME = "csrftoken" if PLAIN_HTTP else "__Host-csrftoken"
SESSION_COOKIE_AGE = 12 * 3600
SECURE_HSTS_SECONDS = 0 if PLAIN_HTTP else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not PLAIN_HTTP
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "borderwatch.views.errors.csrf_failed"
if proxy := env.text("SECURE_PROXY_SSL_HEADER", ""):
    SECURE_PROXY_SSL_HEADER = (proxy, "https")

# --- mail -----------------------------------------------------------------------------------------------------
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = env.text("EMAIL_HOST", "127.0.0.1")
EMAIL_PORT = env.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "borderwatch@localhost")

# --- notices --------------------------------------------------------------------------------------------------
# Seconds. The lease must outlast a whole attempt twice over (connect 3 + read 7 + writing).
OUTBOX_LEASE_S = 60
# Waits after each failed attempt, in seconds, each ±20 %; after the last comes the dead letter.
OUTBOX_BACKOFF_S = [5, 30, 120, 600, 1800, 3600, *[3 * 3600] * 23]
# A due notice the worker has not taken after this many seconds is delivered by the sweeper itself.
OUTBOX_INLINE_AFTER_S = 20
# Notices in flight to one endpoint at a time, so that a slow ministry holds up nobody else.
OUTBOX_PER_ENDPOINT = 2
# In production a webhook must be https to a public address; the demo's receiver listens on the loopback.
WEBHOOK_ALLOW_PLAIN = PLAIN_HTTP
# Certificates of authorities that are trusted for webhooks besides the public ones: a government's own.
WEBHOOK_CA_FILE = env.text("WEBHOOK_CA_FILE", "")
# Destinations of messages by name (Telegram and the like). They hold secrets, so they come from here alone.
MESSAGE_DESTINATIONS = env.destinations("BORDERWATCH_MESSAGES")

# Where the flight recorder raises its alarm, straight by SMTP; and an address it calls after each round, so that a
# watcher outside notices when the calls stay away.
RECORDER_ALARM_TO = env.words("RECORDER_ALARM_TO", "alarm@watch.example.org" if DEMO else "")
RECORDER_PING_URL = env.text("RECORDER_PING_URL", "")

# A link to answer without signing in works for so many hours after its notice was due.
ACTION_LINK_HOURS = env.number("ACTION_LINK_HOURS", 72)
# Visits of one link that are kept, and how often it may be read and pressed within a minute.
LINK_VISITS_KEPT = 200
LINK_READS_PER_MINUTE = 120
LINK_ACTS_PER_MINUTE = 10

REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": env.number("BROKER_SOCKET_TIMEOUT", 2),
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
    "health_check_interval": 25,
    # One try: kombu would otherwise sleep two seconds and try again while a person waits for his filing.
    "max_retries": 0,
    "interval_start": 0,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_POOL_ACQUIRE_TIMEOUT = 2
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE

# --- machines -------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "borderwatch.api.TokenAuthentication",
        "borderwatch.api.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["borderwatch.api.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "borderwatch.api.problem",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "COERCE_DECIMAL_TO_STRING": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "BorderWatch",
    "VERSION": "1",
    "DESCRIPTION": "Border incidents, who answers for them, and what ministries owe. Times are RFC 3339 in UTC.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    # Lists of choices that share a member's name, such as "state", are told apart by their own.
    "ENUM_NAME_OVERRIDES": {
        "DutyStateEnum": "incidents.choices.DutyState",
        "ClockStateEnum": "incidents.choices_answers.ClockState",
        "ClockEventKindEnum": "incidents.choices_answers.ClockEventKind",
        "DrillStateEnum": "incidents.choices_answers.DrillState",
        "CaseStateEnum": "incidents.choices.CaseState",
        "PatrolStateEnum": "units.choices.PatrolState",
        "ClosureStateEnum": "crossings.choices.ClosureState",
        "SignStateEnum": "crossings.choices.SignState",
        "AssessmentStateEnum": "crossings.choices.AssessmentState",
        "ProposalStateEnum": "crossings.choices.ProposalState",
        "ConditionStateEnum": "crossings.choices.ConditionState",
        "CheckpointStateEnum": "incidents.choices.CheckpointState",
        "GateSideEnum": "crossings.choices.GateSide",
        "GateStatusEnum": "crossings.choices.GateStatus",
        "CrossingCategoryEnum": "crossings.choices.CrossingCategory",
        "DirectionEnum": "crossings.choices.Direction",
        "FlowEnum": "crossings.choices.Flow",
        "CurrencyEnum": "crossings.choices.Currency",
        "SideEnum": "incidents.choices.Side",
        "IncidentStatusEnum": "incidents.choices.Status",
        "IncidentCategoryEnum": "incidents.choices.Category",
        "CaseOutcomeEnum": "incidents.choices.Outcome",
        "LetterStateEnum": "incidents.choices_answers.LetterState",
        "LetterKindEnum": "incidents.choices_answers.LetterKind",
        "LetterDirectionEnum": "incidents.choices_answers.LetterDirection",
        "InstructionStateEnum": "incidents.choices_answers.InstructionState",
        "EngagementKindEnum": "incidents.choices_answers.EngagementKind",
        "NeighbourEnum": "units.choices.Neighbour",
        "ProtestStateEnum": "incidents.choices_answers.ProtestState",
        "ReplyOutcomeEnum": "incidents.choices_answers.ReplyOutcome",
        "NoteChannelEnum": "incidents.choices_answers.NoteChannel",
        "LegalKindEnum": "incidents.choices_answers.LegalKind",
    },
}
REST_KNOX = {"TOKEN_TTL": None, "AUTH_HEADER_PREFIX": "Token", "TOKEN_LIMIT_PER_USER": 20}

# --- logs -----------------------------------------------------------------------------------------------------
# One JSON object a line, with the request's id; a person reads it in the demo as plain text.
_shared: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
structlog.configure(
    processors=[*_shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _shared,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.dev.ConsoleRenderer(colors=False) if PLAIN_HTTP else structlog.processors.JSONRenderer(),
            ],
        }
    },
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "structured"}},
    "root": {"handlers": ["out"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"handlers": ["out"], "level": "INFO", "propagate": False},
        "celery": {"level": "WARNING" if DEMO else "INFO"},
        # Both would write addresses that hold secrets when asked for more words; the attempt's record says what failed.
        "apprise": {"level": "CRITICAL"},
        "urllib3": {"level": "WARNING"},
    },
}

SILENCED_SYSTEM_CHECKS = [
    "guardian.W001",  # the guardian backend is not installed on purpose: policy.py resolves unit ids itself
    "security.W008",  # SECURE_SSL_REDIRECT: see above
]
SILENCED_SYSTEM_CHECKS += ["gis.W001"]  # GDAL meets files from outside in a bare process only: units/importing/child.py
