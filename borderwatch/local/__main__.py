"""The way in: `python3 borderwatch/local <command>`, by any Python, before anything is installed."""

import sys
import types
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - somebody's python3 may well be older
    sys.exit(
        f"borderwatch: Python 3.11 or newer is needed, {sys.executable} is {sys.version.split()[0]}. "
        "Install one and name it: make run PYTHON=python3.11"
    )

if "borderwatch" not in sys.modules:
    # The package file of `borderwatch` loads Celery, which is not installed yet: stand in for it.
    package = types.ModuleType("borderwatch")
    package.__path__ = [str(Path(__file__).resolve().parent.parent)]
    sys.modules["borderwatch"] = package
    # Only absolute imports from here on: this folder's names must not hide the library's.
    sys.path.pop(0)

from borderwatch.local.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
