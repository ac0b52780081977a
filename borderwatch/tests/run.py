"""Run the tests: all of them in two halves side by side, or, with arguments, pytest with just these.

Each half has a database and a Redis of its own, so that two cores are busy; the second half is printed after the first.
"""

import os
import subprocess
import sys
import tempfile
from urllib.parse import urlsplit, urlunsplit

HALVES = (("borderwatch", "units"), ("crossings", "incidents"))


def environment(number: int) -> dict[str, str]:
    """The environment of a half: the first keeps what is given, the next ones get a database and Redis number more."""
    if number == 0:
        return dict(os.environ)
    redis = urlsplit(os.environ["REDIS_URL"])
    given = os.environ.get("BORDERWATCH_TEST_DB") or "test_borderwatch"
    return {
        **os.environ,
        "BORDERWATCH_TEST_DB": f"{given}_{number}",
        "REDIS_URL": urlunsplit(redis._replace(path=f"/{number}")),
    }


def main(arguments: list[str]) -> int:
    """The worst of the halves' exit codes."""
    pytest = [sys.executable, "-m", "pytest"]
    if arguments:
        return subprocess.call([*pytest, *arguments])
    first, second = HALVES
    with tempfile.TemporaryFile() as said:
        beside = subprocess.Popen([*pytest, *second], env=environment(1), stdout=said, stderr=subprocess.STDOUT)
        try:
            code = subprocess.call([*pytest, *first], env=environment(0))
            code = max(code, beside.wait())
        finally:
            # Ctrl-C ends both.
            beside.terminate()
            beside.wait()
        said.seek(0)
        sys.stdout.buffer.write(said.read())
        sys.stdout.flush()
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
