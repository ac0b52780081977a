"""System packages: what is missing is found without the network, and installed by apt where that is allowed.

Looked for are programs and libraries, not packages, so that whatever is there already is taken as it is.
"""

from __future__ import annotations

import ctypes.util
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .processes import run
from .trouble import Trouble, say

PROGRAMS = Path("/usr/lib/postgresql")
EXTENSIONS = Path("/usr/share/postgresql")
FONTS = Path("/usr/share/fonts")
ZONES = Path("/usr/share/zoneinfo")
INSTALLER = Path(__file__).with_name("install.sh")
NODE_AT_LEAST = 18


@dataclass(frozen=True)
class Need:
    """Something of the system: how to see that it is there, and the packages that bring it."""

    what: str
    present: Callable[[], bool]
    packages: Callable[[], tuple[str, ...]]


def postgres_majors(*, with_postgis: bool = False) -> list[int]:
    """The installed major versions of PostgreSQL's server, oldest first."""
    found = {int(path.parent.parent.name) for path in PROGRAMS.glob("[0-9]*/bin/postgres")}
    if with_postgis:
        found = {major for major in found if (EXTENSIONS / f"{major}/extension/postgis.control").exists()}
    return sorted(found)


def server_need(made_with: int | None) -> Need:
    """The database server; `made_with` is the version an existing cluster was made with."""

    def present() -> bool:
        majors = postgres_majors(with_postgis=True)
        return made_with in majors if made_with else bool(majors)

    def packages() -> tuple[str, ...]:
        with_package = (major for major in reversed(postgres_majors()) if _has_postgis_package(major))
        major = made_with or next(with_package, None) or _default_major()
        if major is None:
            return ("postgresql", "postgresql-postgis")
        return (f"postgresql-{major}", f"postgresql-{major}-postgis-3")

    return Need("PostgreSQL with PostGIS", present, packages)


def common_needs() -> list[Need]:
    """What every start needs beside the servers."""
    venv = f"python3.{sys.version_info.minor}-venv"
    pango = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
    return [
        Need("GDAL, GEOS and PROJ", _libraries("gdal", "geos_c", "proj"), _named("gdal-bin")),
        Need("Pango", _libraries("pango-1.0", "pangoft2-1.0", "harfbuzz-subset"), _named(*pango)),
        Need("gettext", _program("msgfmt"), _named("gettext")),
        Need("Node.js", _program("node"), _named("nodejs")),
        Need("npm", _program("npm"), _named("npm")),
        Need("Python's venv", _has_venv, _named(venv)),
        Need("time zones", (ZONES / "Asia/Phnom_Penh").exists, _named("tzdata")),
    ]


def redis_need() -> Need:
    """The message broker."""
    return Need("Redis", _program("redis-server"), _named("redis-server"))


def browser_needs() -> list[Need]:
    """What only tests need: a browser and Khmer letters for it. Ubuntu has no package of Chromium."""
    fonts = Need("Khmer fonts", lambda: any(FONTS.glob("**/*Khmer*")), _named("fonts-khmeros"))
    browser = Need("Chromium", lambda: chromium() is not None, _named("chromium"))
    return [fonts] if is_ubuntu() else [fonts, browser]


def chromium() -> str | None:
    """The installed Chromium or Chrome; Ubuntu's stub that calls snap does not count."""
    for name in ("chromium", "google-chrome", "chromium-browser"):
        path = shutil.which(name)
        if path and b"snap" not in Path(path).read_bytes()[:4096]:
            return path
    return None


def install_missing(needs: list[Need]) -> None:
    """Install what is missing, or name it and stop where that is not allowed."""
    missing = [need for need in needs if not need.present()]
    if missing:
        _install(missing)
    check_node()


def _install(missing: list[Need]) -> None:
    what = ", ".join(need.what for need in missing)
    has_apt = shutil.which("apt-get") is not None
    prefix = right_to_install() if has_apt else None
    if prefix is not None and _default_major() is None:
        say("fetching the lists of system packages")
        run([*prefix, "apt-get", "-q", "update"], "apt-get update failed:", let_finish=True)
    names = [name for need in missing for name in need.packages()]
    command = f"apt-get install --no-install-recommends {' '.join(names)}"
    if not has_apt:
        raise Trouble(f"missing: {what}. Install them by this system's package manager (Debian: {command}).")
    if prefix is None:
        raise Trouble(f"missing: {what}. Install them and start again: sudo {command}")
    say(f"installing system packages: {' '.join(names)}")
    run([*prefix, "sh", INSTALLER, *names], f"apt-get could not install {' '.join(names)}:", let_finish=True)
    if still := [need.what for need in missing if not need.present()]:
        raise Trouble(f"still missing after the installation: {', '.join(still)}.")


def right_to_install() -> list[str] | None:
    """How to become root: not at all (we are), sudo without a password, or None."""
    if os.getuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    asked = subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True)
    return ["sudo", "-n"] if asked.returncode == 0 else None


def check_node() -> None:
    """Refuse a Node.js that is too old to install the pages' files."""
    version = _printed("node", "--version").strip()
    major = re.match(r"v(\d+)", version)
    if not major or int(major[1]) < NODE_AT_LEAST:
        raise Trouble(f"Node.js {NODE_AT_LEAST} or newer is needed; this machine has {version or 'a broken one'}.")


def _named(*packages: str) -> Callable[[], tuple[str, ...]]:
    return lambda: packages


def _program(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name) is not None


def _libraries(*names: str) -> Callable[[], bool]:
    return lambda: all(ctypes.util.find_library(name) for name in names)


def _has_venv() -> bool:
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def is_ubuntu() -> bool:
    """Whether this machine is Ubuntu, whose packages are named a little differently."""
    try:
        return "ID=ubuntu" in Path("/etc/os-release").read_text().splitlines()
    except OSError:
        return False


def _has_postgis_package(major: int) -> bool:
    return bool(_printed("apt-cache", "show", f"postgresql-{major}-postgis-3").strip())


def _default_major() -> int | None:
    """The version the distribution's package `postgresql` stands for; None without package lists."""
    found = re.search(r"Depends: postgresql-(\d+)", _printed("apt-cache", "depends", "postgresql"))
    return int(found[1]) if found else None


def _printed(*command: str) -> str:
    """What a program prints; nothing when it is missing or fails."""
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
