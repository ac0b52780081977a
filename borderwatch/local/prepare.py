"""Between the servers' start and the first page: translations, migrations, reference data, the demo world."""

from __future__ import annotations

from collections.abc import Mapping

from .packages import PYTHON
from .places import ROOT
from .processes import run
from .trouble import say


def compile_messages() -> None:
    """Compile every translation that is newer than its compiled form."""
    for source in sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            run(["msgfmt", "--check-format", "-o", target, source], f"{source} has an error:")


def database(env: Mapping[str, str], *, demo: bool) -> None:
    """Tables, reference data and, once, the demo world."""
    say("bringing the database up to date" + (" and making the demo world, unless it is there" if demo else ""))
    run(
        [PYTHON, ROOT / "manage.py", "prepare", *(["--demo"] if demo else [])],
        "the database cannot be brought up to date:",
        env=env,
        cwd=ROOT,
    )
