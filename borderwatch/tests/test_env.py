"""Settings from the environment refuse nonsense aloud."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from borderwatch import env


def test_text_default_and_missing(monkeypatch):
    monkeypatch.delenv("BW_X", raising=False)
    assert env.text("BW_X", "d") == "d"
    with pytest.raises(ImproperlyConfigured, match="BW_X"):
        env.text("BW_X")
    monkeypatch.setenv("BW_X", "v")
    assert env.text("BW_X") == "v"


def test_a_file_gives_the_value(monkeypatch, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("from the file\n")
    monkeypatch.setenv("BW_X", "from the variable")
    monkeypatch.setenv("BW_X_FILE", str(secret))
    assert env.text("BW_X") == "from the file"
    monkeypatch.setenv("BW_X_FILE", str(tmp_path / "missing"))
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        env.text("BW_X")


@pytest.mark.parametrize(
    ("value", "means"), [("1", True), ("true", True), ("Yes", True), ("0", False), ("off", False), ("", False)]
)
def test_flags(value, means, monkeypatch):
    monkeypatch.setenv("BW_X", value)
    assert env.flag("BW_X", not means) is means


@pytest.mark.parametrize(("read", "value"), [(env.flag, "maybe"), (env.number, "ten"), (env.database, "mysql://x/y")])
def test_nonsense_is_refused_with_the_name(read, value, monkeypatch):
    monkeypatch.setenv("BW_X", value)
    with pytest.raises(ImproperlyConfigured, match="BW_X"):
        read("BW_X", 1)


def test_words(monkeypatch):
    monkeypatch.setenv("BW_X", " a, b ,,c ")
    assert env.words("BW_X") == ["a", "b", "c"]


def test_a_database_address_in_all_its_parts(monkeypatch):
    monkeypatch.setenv("BW_X", "postgis://us%40er:p%2Fw@db.example.org:5433/name?sslmode=require")
    found = env.database("BW_X", "")
    assert (found["USER"], found["PASSWORD"], found["NAME"]) == ("us@er", "p/w", "name")
    assert (found["HOST"], found["PORT"], found["OPTIONS"]) == ("db.example.org", "5433", {"sslmode": "require"})
    monkeypatch.setenv("BW_X", "postgis://me@/name?host=/run/pg")
    assert env.database("BW_X", "")["HOST"] == "/run/pg"


def _settings(code, **more):
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("BORDERWATCH_", "SECRET_KEY", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-c", f"from borderwatch import settings as s; {code}"],
        env={**keep, **more},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_production_does_not_start_without_a_secret():
    done = _settings("pass")
    assert done.returncode != 0
    assert "SECRET_KEY" in done.stderr


def test_production_is_strict_where_the_demo_is_not():
    facts = (
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_NAME, s.WEBHOOK_ALLOW_PLAIN, s.SECURE_HSTS_SECONDS > 0, s.DEMO)"
    )
    done = _settings(facts, SECRET_KEY="x" * 50, ALLOWED_HOSTS="bw.example.org")
    assert done.stdout.split() == ["True", "__Host-csrftoken", "False", "True", "False"], done.stderr
    done = _settings(facts, BORDERWATCH_DEMO="1")
    assert done.stdout.split() == ["False", "csrftoken", "True", "False", "True"], done.stderr
