"""The private PostgreSQL of one copy: a cluster of its own, reached through a unix socket only.

The socket's folder is open to its owner alone, hence no password. The role `borderwatch` owns the cluster,
which is right for a demo and for tests (they create databases); a deployment brings its own.
As root the server runs as the system user `postgres`, because PostgreSQL refuses to run as root.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from .places import SOCKET_PATH_MAX, Places, why, write_private
from .processes import end_pids, is_alive
from .system import PROGRAMS, postgres_majors
from .trouble import Trouble, last_lines

USER = "postgres"
NAME = "borderwatch"
EXTENSIONS = ("postgis", "btree_gist", "pg_trgm")
SOCKET_NAME = "/.s.PGSQL.5432"
COMMON = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    # Emptying every table and building the demo world is one transaction over some thousand relations.
    "max_locks_per_transaction": "256",
    "shared_buffers": "128MB",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] '",
}
# A test's data may die with the machine.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "2GB"}


class Postgres:
    """One private cluster. `durable=False` trades safety against power loss for speed (tests)."""

    def __init__(self, places: Places, *, durable: bool = True) -> None:
        self.places = places
        self.durable = durable
        self.as_user = USER if os.getuid() == 0 else None
        self.folder = self._folder()
        self.socket_folder = self._socket_folder()

    @property
    def url(self) -> str:
        """The address in the form of DATABASE_URL."""
        return f"postgis://{NAME}@/{NAME}?host={quote(str(self.socket_folder))}"

    def pid(self) -> int | None:
        """The running postmaster of exactly this cluster."""
        try:
            pid = int((self.folder / "postmaster.pid").read_text().splitlines()[0])
            here = Path(f"/proc/{pid}/cwd").resolve()
        except (OSError, ValueError, IndexError):
            return None
        return pid if is_alive(pid) and here == self.folder.resolve() else None

    def crashed(self) -> bool:
        """Whether it died without cleaning up after itself."""
        return (self.folder / "postmaster.pid").exists() and self.pid() is None

    def start(self) -> bool:
        """Create the cluster when there is none, start it unless it runs; whether it was started now."""
        fresh = not (self.folder / "PG_VERSION").exists()
        if fresh:
            self._create()
        if self.pid() and self._answers():
            self._furnish()
            return False
        self._bury()
        self._open_socket_folder()
        self._configure()
        log = self.folder / "server.log"
        if log.exists() and log.stat().st_size > 10_000_000:
            log.replace(log.with_suffix(".log.1"))
        outcome = self._call([self._program("pg_ctl"), "start", "-w", "-s", "-t", "120", "-D", self.folder, "-l", log])
        if outcome.returncode != 0:
            written = log.read_text(errors="replace") if log.exists() else outcome.stdout
            raise Trouble(f"PostgreSQL does not start; its log {log} ends:{last_lines(written)}")
        self._furnish()
        return True

    def stop(self) -> None:
        """Stop it, ending open connections, and wait until it is gone."""
        pid = self.pid()
        if pid is None:
            return
        outcome = self._call([self._program("pg_ctl"), "stop", "-s", "-m", "fast", "-t", "30", "-D", self.folder])
        if outcome.returncode != 0:
            end_pids([pid])

    def _folder(self) -> Path:
        """Inside the data folder, or in the home of `postgres` when root's data is closed to that user."""
        inside = self.places.data / "postgres"
        note = self.places.data / "postgres.path"
        if note.exists():
            return Path(note.read_text().strip())
        if self.as_user is None or self._may_enter(self.places.data):
            return inside
        outside = Path(_person().pw_dir) / f"borderwatch-{self.places.fingerprint}"
        write_private(note, f"{outside}\n")
        return outside

    def _socket_folder(self) -> Path:
        """A folder of its own, because `postgres` must own it; short enough for a socket's path."""
        if self.folder.parent == self.places.data:
            inside = self.places.data / "pg"
        else:
            inside = self.folder.with_name(f"{self.folder.name}.socket")
        if len(os.fsencode(f"{inside}{SOCKET_NAME}")) <= SOCKET_PATH_MAX:
            return inside
        return Path(tempfile.gettempdir()) / f"borderwatch-pg-{os.getuid()}-{self.places.fingerprint}"

    def _may_enter(self, folder: Path) -> bool:
        """Whether the server's user can pass through that folder, whose last part is opened to that."""
        folder.chmod(0o711)
        return self._call(["test", "-x", folder]).returncode == 0

    def _own(self, folder: Path) -> None:
        """Make a folder private to the server's user."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.as_user:
                shutil.chown(folder, self.as_user)
        except OSError as error:
            raise Trouble(f"cannot make the folder {folder}: {why(error)}.") from error

    def _open_socket_folder(self) -> None:
        self._own(self.socket_folder)
        owner = _person().pw_uid if self.as_user else os.getuid()
        found = self.socket_folder.lstat()
        if found.st_uid != owner or self.socket_folder.is_symlink():
            raise Trouble(f"{self.socket_folder} is another user's; start as that user, or set BORDERWATCH_DATA.")

    def _program(self, name: str) -> Path:
        """The program of the version the cluster was made with, or of the newest installed."""
        made_with = self.folder / "PG_VERSION"
        major = int(made_with.read_text()) if made_with.exists() else max(postgres_majors(), default=0)
        program = PROGRAMS / str(major) / "bin" / name
        if not program.exists():
            raise Trouble(
                f"PostgreSQL {major or ''} is missing; install the packages postgresql-{major or 'NN'} and "
                f"postgresql-{major or 'NN'}-postgis-3."
            )
        return program

    def _call(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        """Run a command as the server's user, away from the terminal's signals."""
        person = _person() if self.as_user else None
        environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "LC_ALL": "C.UTF-8",
            "PGOPTIONS": "-c client_min_messages=warning",
        }
        with tempfile.TemporaryFile("w+") as printed:
            # A file, not a pipe: the server keeps its starter's output open.
            outcome = subprocess.run(
                [str(part) for part in command],
                check=False,
                cwd="/",
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=person.pw_uid if person else None,
                group=person.pw_gid if person else None,
                extra_groups=[] if person else None,
            )
            printed.seek(0)
            return subprocess.CompletedProcess(outcome.args, outcome.returncode, printed.read())

    def _create(self) -> None:
        """initdb, into a fresh folder; one that a signal interrupted half-way is made anew."""
        if self.folder.exists():
            shutil.rmtree(self.folder)
        self._own(self.folder)
        outcome = self._call([
            self._program("initdb"), "-D", self.folder, "--encoding=UTF8", "--locale=C.UTF-8", f"--username={NAME}",
            "--auth=trust", *(() if self.durable else ("--no-sync",)),
        ])  # fmt: skip
        if outcome.returncode != 0:
            raise Trouble(f"PostgreSQL cannot make its files in {self.folder}:{last_lines(outcome.stdout)}")

    def _configure(self) -> None:
        settings = COMMON | {"unix_socket_directories": f"'{self.socket_folder}'"}
        settings |= {} if self.durable else FORGETFUL
        ours = self.folder / "borderwatch.conf"
        ours.write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
        main = self.folder / "postgresql.conf"
        if "include 'borderwatch.conf'" not in main.read_text():
            with main.open("a") as out:
                out.write("\ninclude 'borderwatch.conf'\n")
        if self.as_user:
            shutil.chown(ours, self.as_user)

    def _answers(self) -> bool:
        return self._sql("postgres", "SELECT 1").returncode == 0

    def _sql(self, database: str, statement: str) -> subprocess.CompletedProcess[str]:
        return self._call([
            self._program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
            "-h", self.socket_folder, "-U", NAME, "-d", database, "-c", statement,
        ])  # fmt: skip

    def _bury(self) -> None:
        """Remove the pid file of a dead server whose parent has not taken notice of its death (a container's first
        process often does not): PostgreSQL takes such a process for a living one. Else it judges by itself."""
        try:
            pid = int((self.folder / "postmaster.pid").read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return
        if Path(f"/proc/{pid}").exists() and not is_alive(pid) and not any(_working_in(self.folder)):
            (self.folder / "postmaster.pid").unlink(missing_ok=True)
            Path(f"{self.socket_folder}{SOCKET_NAME}.lock").unlink(missing_ok=True)

    def _furnish(self) -> None:
        """Extensions into template1, so that every database (a test's too) has them, then our database."""
        wanted = " ".join(f"CREATE EXTENSION IF NOT EXISTS {name};" for name in EXTENSIONS)
        steps = [("template1", wanted)]
        if self._sql("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{NAME}'").stdout.strip() != "1":  # noqa: S608
            steps.append(("postgres", f"CREATE DATABASE {NAME}"))
        for database, statement in steps:
            outcome = self._sql(database, statement)
            if outcome.returncode != 0:
                raise Trouble(f"PostgreSQL refused to set up its database:{last_lines(outcome.stdout)}")


def _person() -> pwd.struct_passwd:
    """The system user the server runs as under root."""
    try:
        return pwd.getpwnam(USER)
    except KeyError as error:
        raise Trouble("the system user postgres is missing; install postgresql-common.") from error


def _working_in(folder: Path) -> Iterator[int]:
    """Living processes whose working folder is that one: a cluster's server and all its helpers."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and is_alive(int(entry.name)):
            with contextlib.suppress(OSError):
                if (entry / "cwd").resolve() == folder.resolve():
                    yield int(entry.name)
