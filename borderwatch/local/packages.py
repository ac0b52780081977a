"""Python and npm packages, installed again only when the files that name them have changed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from . import system
from .places import ROOT, why
from .processes import run
from .trouble import Trouble, say

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NODE_MODULES = ROOT / "node_modules"
BROWSERS = VENV / "browsers"
REQUIREMENTS = ("requirements.txt",)
DEV_REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")


def install(*, dev: bool = False) -> None:
    """The virtual environment and `node_modules`, brought up to date. Needs no network when they are."""
    with _alone():
        try:
            _python_packages(DEV_REQUIREMENTS if dev else REQUIREMENTS)
            _npm_packages()
        except OSError as error:
            raise Trouble(f"cannot write into {ROOT}: {why(error)}.") from error


def unless_current(stamp: Path, files: list[Path], extra: str, work: Callable[[], None]) -> bool:
    """Do the work unless `stamp` says it was done with the same contents of `files`; whether it was done."""
    digest = hashlib.sha256(extra.encode())
    for path in files:
        digest.update(path.read_bytes())
    wanted = digest.hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    stamp.unlink(missing_ok=True)
    work()
    stamp.write_text(wanted)
    return True


def _python_packages(names: tuple[str, ...]) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if not _works(version):
        say("making the virtual environment")
        shutil.rmtree(VENV, ignore_errors=True)
        run([sys.executable, "-m", "venv", VENV], "the virtual environment cannot be made:")
    wanted = names[-1]
    stamp = VENV / f"{wanted}.installed"

    def work() -> None:
        say(f"installing Python packages ({wanted})")
        run(
            [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", ROOT / wanted],
            f"pip could not install {wanted}; is there a connection to a package index?",
            env={**os.environ, "PIP_USER": "0", "PIP_NO_INPUT": "1"},
            cwd=ROOT,
        )

    unless_current(stamp, [ROOT / name for name in names], version, work)


def _works(version: str) -> bool:
    """Whether the environment is there and made by this version of Python (that may be newer now)."""
    asked = "import sys, pip; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([PYTHON, "-c", asked], check=False, capture_output=True, text=True)
    except OSError:
        return False
    return answer.stdout.strip() == version


def _npm_packages() -> None:
    def work() -> None:
        say("installing npm packages")
        run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            "npm could not install package-lock.json; is there a connection to a registry?",
            cwd=ROOT,
        )

    named_in = [ROOT / name for name in ("package.json", "package-lock.json", ".npmrc")]
    unless_current(NODE_MODULES / ".installed", named_in, "", work)


@contextmanager
def _alone() -> Iterator[None]:
    """Two copies may start from one clone: the second waits until the first has installed."""
    with open(ROOT / "requirements.txt") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def install_browser() -> None:
    """Playwright's own Chromium, where the distribution has no package of one (Ubuntu)."""
    say("installing a browser for the tests")
    prefix = system.right_to_install()
    if prefix is not None:
        libraries: list[str | Path] = [*prefix, PYTHON, "-m", "playwright", "install-deps", "chromium"]
        run(libraries, "the browser's system libraries cannot be installed:", let_finish=True)
    run(
        [PYTHON, "-m", "playwright", "install", "chromium"],
        "no Chromium was found and none could be fetched; install one, e.g. the package chromium.",
        env={**os.environ, "PLAYWRIGHT_BROWSERS_PATH": str(BROWSERS)},
    )
