"""Settings from the environment that refuse nonsense aloud.

Every value may also come from a file named by ``<NAME>_FILE`` (secrets of a container or of systemd).
"""

import json
import os
import re
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str | None = None) -> str:
    """The variable's text; without a default a missing one stops the start with its name."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE names {path}, which cannot be read: {error}") from error
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set the environment variable {name} (see .env.example).")
    return value


def flag(name: str, default: bool) -> bool:
    """1/0, true/false, yes/no; anything else is refused."""
    value = text(name, "1" if default else "0").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off", ""}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def number(name: str, default: int) -> int:
    """A whole number."""
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from error


def words(name: str, default: str = "") -> list[str]:
    """A list parted by commas; empty parts fall away."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def destinations(name: str) -> dict[str, str]:
    """Named addresses that hold secrets: lines ``name = scheme://…``, or a JSON object of the same.

    A fault is named by its line or name; the address itself is never shown.
    """
    value = text(name, "").strip()
    found = _json_object(name, value) if value.startswith("{") else _lines(name, value)
    for key, url in found.items():
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}", key):
            raise ImproperlyConfigured(f"{name}: {key!r} is no name; use small letters, figures, - and _, 60 at most.")
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://\S+", url):
            raise ImproperlyConfigured(f"{name}: what stands behind {key!r} is no address like tgram://token/chat.")
    return found


def _json_object(name: str, value: str) -> dict[str, str]:
    try:
        found = json.loads(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} begins like JSON and is none.") from None
    if not isinstance(found, dict) or not all(isinstance(url, str) for url in found.values()):
        raise ImproperlyConfigured(f"{name} must be one JSON object of names and addresses.")
    return found


def _lines(name: str, value: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, line in enumerate(value.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, equals, url = (part.strip() for part in line.partition("="))
        if not equals:
            raise ImproperlyConfigured(f"{name}: line {number} is not “name = address”.")
        if key in found:
            raise ImproperlyConfigured(f"{name}: {key!r} is given twice.")
        found[key] = url
    return found


def database(name: str, default: str) -> dict[str, str | int | dict[str, str]]:
    """A PostgreSQL address ``postgis://user:password@host:port/name?host=/socket/folder`` as Django wants it."""
    from urllib.parse import parse_qsl, unquote, urlsplit

    url = urlsplit(text(name, default))
    if url.scheme not in {"postgis", "postgres", "postgresql"} or not url.path.strip("/"):
        raise ImproperlyConfigured(f"{name} must look like postgis://user:password@host:port/database.")
    query = dict(parse_qsl(url.query))
    return {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "NAME": unquote(url.path.strip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": query.pop("host", unquote(url.hostname or "")),
        "PORT": str(url.port or query.pop("port", "")),
        "OPTIONS": {**query},
    }
