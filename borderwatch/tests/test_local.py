"""`make run` and `make test`: places, ports, secrets, packages, the supervisor, and real servers."""

import errno
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import redis
from standardwebhooks.webhooks import Webhook
from supervisor.options import ServerOptions

from borderwatch.local import packages, ports, processes, supervise, system, watchdog
from borderwatch.local.logs import Logs
from borderwatch.local.places import ROOT, SOCKET_PATH_MAX, Places, why
from borderwatch.local.postgres import Postgres
from borderwatch.local.services import Redis, Services
from borderwatch.local.trouble import Trouble

LOCAL = str(ROOT / "borderwatch" / "local")


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    """A copy of its own. Its sockets may lie outside: a test's folder has a long path."""
    found = Places(tmp_path / "data")
    found.prepare()
    yield found
    shutil.rmtree(found.run, ignore_errors=True)


@pytest.fixture
def own_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if nobody had named servers: these tests start their own."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


def command(places: Places, *words: str, **more: str) -> subprocess.Popen[str]:
    """The real command line, by the system's way in, on a copy of its own."""
    unwanted = {"DATABASE_URL", "REDIS_URL", processes.MARK}
    env = {name: value for name, value in os.environ.items() if name not in unwanted}
    env |= {"BORDERWATCH_DATA": str(places.data), **more}
    return subprocess.Popen(
        [sys.executable, LOCAL, *words],
        env=env,
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


# --- places ------------------------------------------------------------------------------------------------------
def test_secrets_are_made_once_and_closed_to_others(places: Places) -> None:
    first = places.secret("django")
    assert len(first) >= 50
    assert places.secret("django") == first
    assert places.secret("redis") != first
    assert stat.S_IMODE((places.data / "secrets.json").stat().st_mode) == 0o600
    assert Webhook(places.secret("webhook"))


def test_sockets_stay_within_the_limit_of_their_path(tmp_path: Path) -> None:
    short, deep = Places(Path("/srv/b")), Places(tmp_path / ("long" * 30))
    deep.prepare()
    assert short.run == Path("/srv/b/run")
    for path in (f"{deep.run}/supervisor.sock.4194304", f"{Postgres(deep).socket_folder}/.s.PGSQL.5432"):
        assert len(path) <= SOCKET_PATH_MAX
    assert deep.run != Places(tmp_path / ("long" * 31)).run
    deep.run.rmdir()


def test_run_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    deep = Places(tmp_path / ("long" * 30))
    deep.run.symlink_to(tmp_path)
    with pytest.raises(Trouble, match="BORDERWATCH_DATA"):
        deep.prepare()


def test_full_disk_and_closed_folder_are_said_plainly(tmp_path: Path) -> None:
    assert "disk is full" in why(OSError(errno.ENOSPC, "No space left on device"))
    (tmp_path / "file").write_text("")
    with pytest.raises(Trouble, match="cannot make the folder"):
        Places(tmp_path / "file" / "data").prepare()


def test_second_start_on_the_same_data_is_told_so(places: Places) -> None:
    with places.lock():
        child = command(places, "run")
        _, told = child.communicate(timeout=60)
    assert child.returncode == 1
    assert "already in use" in told
    assert "BORDERWATCH_DATA" in told
    assert "Traceback" not in told


# --- ports -------------------------------------------------------------------------------------------------------
def test_port_is_kept_from_start_to_start_until_taken(places: Places) -> None:
    first = ports.kept_port(places, "mail")
    assert ports.is_free(first)
    assert ports.kept_port(places, "mail") == first
    assert ports.kept_port(places, "webhooks") != first
    with socket.create_server(("127.0.0.1", first)):
        assert ports.kept_port(places, "mail") != first


def test_taken_port_names_the_variable_to_set(places: Places, taken_port: int) -> None:
    child = command(places, "run", BORDERWATCH_PORT=str(taken_port))
    _, told = child.communicate(timeout=60)
    assert child.returncode == 1
    assert f"port {taken_port} is taken" in told
    assert "BORDERWATCH_PORT=" in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize("nonsense", ["http", "0", "70000", "80 00"])
def test_nonsense_is_no_port(nonsense: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BORDERWATCH_PORT", nonsense)
    with pytest.raises(Trouble, match="BORDERWATCH_PORT must be a number"):
        ports.web_port()


# --- packages ----------------------------------------------------------------------------------------------------
def test_missing_tool_without_the_right_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "right_to_install", lambda: None)
    need = system.Need("the tool", lambda: False, lambda: ("tool-package",))
    with pytest.raises(Trouble, match=r"missing: the tool\. .*sudo apt-get install .*tool-package"):
        system.install_missing([need])


def test_nothing_missing_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "_install", lambda _missing: pytest.fail("went to install"))
    system.install_missing([system.Need("Python", lambda: True, lambda: ("python3",))])


def test_cluster_needs_the_version_that_made_it() -> None:
    assert system.server_need(None).present()
    need = system.server_need(9)
    assert not need.present()
    assert need.packages() == ("postgresql-9", "postgresql-9-postgis-3")


def test_installer_is_a_proper_script() -> None:
    subprocess.run(["sh", "-n", str(system.INSTALLER)], check=True)


def test_work_is_done_again_only_when_its_files_changed(tmp_path: Path) -> None:
    listed, stamp, done = tmp_path / "list", tmp_path / "stamp", []
    listed.write_text("one")
    for expected in (True, False):
        assert packages.unless_current(stamp, [listed], "", lambda: done.append(1)) is expected
    listed.write_text("two")
    assert packages.unless_current(stamp, [listed], "", lambda: done.append(1))
    assert len(done) == 2


def test_work_that_failed_is_done_again(tmp_path: Path) -> None:
    def fail() -> None:
        raise Trouble("no network")

    for _ in range(2):
        with pytest.raises(Trouble):
            packages.unless_current(tmp_path / "stamp", [], "", fail)


def test_second_start_needs_no_network(places: Places) -> None:
    nowhere = "http://127.0.0.1:9"
    deaf = {"http_proxy": nowhere, "https_proxy": nowhere, "PIP_INDEX_URL": nowhere, "npm_config_registry": nowhere}
    assert command(places, "install").wait(300) == 0
    child = command(places, "install", **deaf)
    said, told = child.communicate(timeout=60)
    assert (child.returncode, said, told) == (0, "", "")


# --- processes ---------------------------------------------------------------------------------------------------
def test_only_processes_of_this_copy_are_ended(places: Places, tmp_path: Path) -> None:
    def sleeper(data: Path) -> subprocess.Popen[str]:
        return processes.start(["sleep", "60"], env={**os.environ, processes.MARK: str(data)})

    ours, others = sleeper(places.data), sleeper(tmp_path / "other")
    try:
        assert processes.marked(places.data) == [ours.pid]
        assert processes.sweep(places.data) == 1
        assert ours.wait(5) == -signal.SIGTERM
        assert others.poll() is None
    finally:
        processes.end_session(others, patience=5)


def test_missing_program_is_said_plainly() -> None:
    with pytest.raises(Trouble, match="no-such-program is missing"):
        processes.run(["no-such-program"], "")


def test_failing_command_shows_its_last_words() -> None:
    with pytest.raises(Trouble, match="it failed:\n    last word"):
        processes.run(["sh", "-c", "echo last word; exit 3"], "it failed:")


def test_logs_are_shown_through_rotation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "web.log"
    path.write_text("from before\n")
    logs = Logs({"web": path, "sweeper": tmp_path / "sweeper.log"})
    with path.open("a") as out:
        out.write("first\nhalf")
    logs.show()
    with path.open("a") as out:
        out.write(" a line\n")
    path.rename(tmp_path / "web.log.1")
    path.write_text("second\n")
    (tmp_path / "sweeper.log").write_text("swept\n")
    logs.show()
    shown = capsys.readouterr().out.splitlines()
    assert shown == ["web     | first", "web     | half a line", "web     | second", "sweeper | swept"]


# --- supervisor --------------------------------------------------------------------------------------------------
def test_supervisor_reads_its_configuration(tmp_path: Path) -> None:
    places = Places(tmp_path / "a name with spaces")
    places.prepare()
    conf = places.data / "supervisord.conf"
    conf.write_text(supervise.configuration(places, supervise.programs(places, 8123, receivers=True)))
    options = ServerOptions()
    options.realize(["-c", str(conf)])
    (group,) = options.process_group_configs
    found = {program.name: program for program in group.process_configs}
    assert set(found) == {"web", "worker", "beat", "sweeper", "recorder", "watchdog", "receivers"}
    assert "127.0.0.1:8123" in found["web"].command
    for name, program in found.items():
        assert program.stdout_logfile == str(places.log / f"{name}.log")
        assert program.autorestart
        assert program.killasgroup
        assert program.redirect_stderr
    assert places.secret("django") not in conf.read_text()
    shutil.rmtree(places.run)


def test_path_with_a_meaning_to_a_server_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="holds the sign '%'"):
        Places(tmp_path / "50% done").prepare()


def test_receivers_run_in_the_demo_only(places: Places) -> None:
    names = {program.name for program in supervise.programs(places, 8000, receivers=False)}
    assert names == {"web", "worker", "beat", "sweeper", "recorder", "watchdog"}


@pytest.mark.faults
def test_watchdog_restarts_a_worker_without_heartbeat(places: Places) -> None:
    conf = places.data / "supervisord.conf"
    conf.write_text(supervise.configuration(places, [supervise.Program("worker", ["sleep", "60"])]))
    env = {**os.environ, processes.MARK: str(places.data)}
    child = processes.start([sys.executable, "-m", "supervisor.supervisord", "-n", "-c", conf], env=env, out=-3)
    try:
        before = _running(places)
        orders = watchdog.supervisor(str(supervise.socket_path(places)))
        assert not watchdog.restart_if_stuck(orders, None)
        assert not watchdog.restart_if_stuck(orders, 30.0)
        assert not watchdog.restart_if_stuck(orders, 1000.0)  # it has only just started
        assert watchdog.restart_if_stuck(orders, 1000.0, too_old_s=1.0)
        assert _running(places) != before
    finally:
        processes.end_session(child, patience=10)
    assert processes.marked(places.data) == []


def _running(places: Places, patience: float = 20) -> int:
    """The worker's process once supervisord calls it running."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            info = watchdog.process_info(watchdog.supervisor(str(supervise.socket_path(places))))
        except OSError:
            info = {}
        if info.get("statename") == "RUNNING":
            return int(str(info["pid"]))
        time.sleep(0.1)
    return pytest.fail("supervisord does not run the worker")


# --- servers -----------------------------------------------------------------------------------------------------
@pytest.mark.faults
def test_redis_is_private_adopted_and_revived(places: Places, own_servers: None) -> None:
    services = Services(places)
    services.postgres = None
    try:
        services.start()
        assert services.redis
        server, pid = services.redis, services.redis.pid()
        assert pid
        with redis.from_url(server.url) as client:
            assert client.ping()
            assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
            assert client.config_get("appendonly")["appendonly"] == "yes"
        with redis.Redis(port=server.port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        assert stat.S_IMODE(server.conf.stat().st_mode) == 0o600

        later = Redis(places)
        assert not later.start()
        assert (later.pid(), later.port) == (pid, server.port)

        os.kill(pid, signal.SIGKILL)
        assert not processes.wait_gone([pid], 5)
        assert server.crashed()
        services.revive()
        again = server.pid()
        assert again
        assert again != pid
    finally:
        services.stop()
    assert not processes.wait_gone([again], 5)
    assert not server.crashed()
    services.revive()
    assert server.pid() is None  # stopped on purpose: stays stopped


@pytest.mark.faults
def test_servers_come_and_go_around_a_command(places: Places) -> None:
    """exec: exit code handed on, extensions in every new database, no process left, also after SIGTERM."""
    script = (
        "import os, psycopg2; from urllib.parse import parse_qs, urlsplit;"
        "host = parse_qs(urlsplit(os.environ['DATABASE_URL']).query)['host'][0];"
        "line = psycopg2.connect(host=host, user='borderwatch', dbname='borderwatch').cursor();"
        "line.execute('SELECT count(*) FROM pg_extension WHERE extname IN (%s, %s, %s)',"
        " ('postgis', 'btree_gist', 'pg_trgm'));"
        "raise SystemExit(40 + line.fetchone()[0])"
    )
    try:
        child = command(places, "exec", "--", "python", "-c", script)
        said, told = child.communicate(timeout=120)
        assert child.returncode == 43, said + told
        test = Places(places.data / "test")
        assert Postgres(test).pid() is None
        assert Redis(test).pid() is None

        child = command(places, "exec", "--", "sh", "-c", "echo go; sleep 60")
        assert child.stdout
        while child.stdout.readline() != "go\n":
            assert child.poll() is None
        assert Postgres(test).pid()
        child.send_signal(signal.SIGTERM)
        child.send_signal(signal.SIGTERM)
        assert child.wait(60) == 128 + signal.SIGTERM
        assert Postgres(test).pid() is None
        assert processes.marked(test.data) == []
    finally:
        child = command(places, "clean")
        assert child.wait(60) == 0
    assert not places.data.exists()


@pytest.mark.faults
def test_postgres_survives_a_crash_and_explains_a_refusal(places: Places, own_servers: None) -> None:
    server = Postgres(places, durable=False)
    try:
        assert server.start()
        pid = server.pid()
        assert pid
        assert not Postgres(places, durable=False).start()  # adopted
        with psycopg2.connect(host=str(server.socket_folder), user="borderwatch", dbname="borderwatch") as line:
            line.cursor().execute("CREATE TABLE kept (number int)")
        line.close()
        os.kill(pid, signal.SIGKILL)
        assert not processes.wait_gone([pid], 10)
        assert server.crashed()
        time.sleep(0.5)  # its children notice that it is gone
        assert server.start()
        server.stop()
        assert server.pid() is None

        with (server.folder / "postgresql.conf").open("a") as out:
            out.write("\nno_such_setting = 1\n")
        with pytest.raises(Trouble, match=r"(?s)does not start; its log .*no_such_setting"):
            server.start()
    finally:
        server.stop()
        assert command(places, "clean").wait(60) == 0
