"""The commands behind the Makefile: run, exec (test, bench, checks), services, redis, install, clean."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import signal
from pathlib import Path

from . import packages, ports, prepare, processes, supervise, system
from .places import ROOT, Places, data_folder, why, write_private
from .postgres import Postgres
from .processes import Stopped
from .services import Redis, Services
from .trouble import Trouble, complain, say


def main(arguments: list[str]) -> int:
    """Run one command; the exit code follows the shell's custom (130 after Ctrl-C)."""
    options = _parser().parse_args(arguments)
    processes.stop_on_signals()
    try:
        code: int = options.command(options)
    except Trouble as trouble:
        complain(str(trouble))
        return 1
    except Stopped as stopped:
        # Ctrl-C is the proper end of `make run`.
        return 0 if options.command is run and stopped.number == signal.SIGINT else 128 + stopped.number
    except OSError as error:
        complain(f"{error.filename or 'the machine'}: {why(error)}.")
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 borderwatch/local", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, command: object, text: str) -> argparse.ArgumentParser:
        found = commands.add_parser(name, help=text, description=text)
        found.set_defaults(command=command)
        return found

    add("run", run, "Everything, in the foreground, until Ctrl-C.")
    inside = add("exec", execute, "Run a command between the start and the stop of servers of its own.")
    inside.add_argument("--copy", choices=("test", "bench"), default="test", help="which data folder")
    inside.add_argument("--browser", action="store_true", help="the command needs Chromium")
    inside.add_argument("words", nargs=argparse.REMAINDER, help="the command and its arguments")
    add("services", services, "Start the test servers and leave them; writes <data>/test/env to source.")
    add("services-stop", services_stop, "Stop what `services` started.")
    redis = add("redis", redis_switch, "Stop or start the Redis of a running copy.")
    redis.add_argument("wish", choices=("start", "stop"))
    add("install", install, "System, Python and npm packages, for tests and linters too.")
    add("clean", clean, "Remove the data folder and everything kept in it.")
    return parser


def run(_options: argparse.Namespace) -> int:
    """`make run`: set up what is missing, start everything, stay until a signal, stop everything."""
    demo = _wanted("BORDERWATCH_DEMO")
    places = Places(data_folder())
    places.prepare()
    with places.lock():
        supervise.stop_leftovers(places)
        port = ports.web_port()
        _set_up(places)
        servers = Services(places)
        try:
            servers.start()
            env = _environment(places, servers) | _demo_environment(places, port, demo=demo)
            prepare.database(env, demo=demo)
            supervise.run(places, servers, env, port, receivers=demo and not os.environ.get("EMAIL_HOST"))
        finally:
            servers.stop(also_adopted=True)
            say("stopped.")
    return 0


def execute(options: argparse.Namespace) -> int:
    """`make test` and its like: a command between the start and the stop of servers of its own."""
    words = options.words[1:] if options.words[:1] == ["--"] else options.words
    if not words:
        raise Trouble("no command was given.")
    places = Places(data_folder() / options.copy)
    places.prepare()
    with places.lock():
        supervise.stop_leftovers(places)
        _set_up(places, dev=True, browser=options.browser)
        servers = Services(places, durable=options.copy == "bench")
        try:
            servers.start()
            env = _environment(places, servers) | _test_environment(places, options)
            return _foreground(words, env | {processes.MARK: str(places.data)})
        finally:
            processes.sweep(places.data)
            servers.stop()


def services(_options: argparse.Namespace) -> int:
    """`make services`: for developers who run pytest many times."""
    places = Places(data_folder() / "test")
    places.prepare()
    with places.lock():
        _set_up(places, dev=True, browser=True)
        servers = Services(places, durable=False)
        servers.start()
        env = servers.environment() | _own_environment(places) | {"BORDERWATCH_TEST": "1"}
        env |= _browser_environment()
        written = places.data / "env"
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in env.items()]
        write_private(written, "".join(lines))
    say(f"test servers run. Now: . {written}; .venv/bin/python -m pytest")
    return 0


def services_stop(_options: argparse.Namespace) -> int:
    """`make services-stop`."""
    places = Places(data_folder() / "test")
    if places.data.exists():
        with places.lock():
            Services(places, durable=False).stop(also_adopted=True)
    return 0


def redis_switch(options: argparse.Namespace) -> int:
    """`make redis-stop`, `make redis-start`: while `make run` runs, hence without its lock."""
    places = Places(data_folder())
    if os.environ.get("REDIS_URL") or not (places.data / "redis").exists():
        raise Trouble(f"there is no private Redis in {places.data}.")
    redis = Redis(places)
    if options.wish == "start":
        redis.start()
    else:
        redis.stop()
    say(f"Redis is {'running' if redis.pid() else 'stopped'}.")
    return 0


def install(_options: argparse.Namespace) -> int:
    """What linters and checks need; quick when it is there."""
    _packages(Places(data_folder()), dev=True, browser=False)
    return 0


def clean(_options: argparse.Namespace) -> int:
    """`make clean`: stop and remove the data of this copy; code and installed packages stay."""
    data = data_folder()
    for folder in (data / "test", data / "bench", data):
        places = Places(folder)
        if not folder.exists():
            continue
        with places.lock():
            processes.sweep(folder)
            postgres = Postgres(places)
            for server in (postgres, Redis(places)):
                server.stop()
            for path in (postgres.folder, postgres.socket_folder, places.run, folder):
                shutil.rmtree(path, ignore_errors=True)
    say(f"removed {data}.")
    return 0


def _set_up(places: Places, *, dev: bool = False, browser: bool = False) -> None:
    _packages(places, dev=dev, browser=browser)
    prepare.compile_messages()
    for name in ("media", "static"):
        places.folder(places.data / name)


def _packages(places: Places, *, dev: bool, browser: bool) -> None:
    needs = system.common_needs()
    if not os.environ.get("DATABASE_URL"):
        needs.append(system.server_need(made_with(places)))
    if not os.environ.get("REDIS_URL"):
        needs.append(system.redis_need())
    if browser:
        needs += system.browser_needs()
    system.install_missing(needs)
    packages.install(dev=dev)
    if browser and system.chromium() is None:
        packages.install_browser()


def made_with(places: Places) -> int | None:
    """The version of PostgreSQL that made this copy's cluster; None before there is one."""
    note = places.data / "postgres.path"
    folder = Path(note.read_text().strip()) if note.exists() else places.data / "postgres"
    try:
        return int((folder / "PG_VERSION").read_text())
    except (OSError, ValueError):
        return None


def _environment(places: Places, servers: Services) -> dict[str, str]:
    """What every child is told; what the person set himself goes before what is made up here."""
    env = _own_environment(places) | dict(os.environ) | servers.environment()
    return env | {"BORDERWATCH_DATA": str(places.data)}


def _own_environment(places: Places) -> dict[str, str]:
    return {
        "SECRET_KEY": places.secret("django"),
        "BORDERWATCH_DATA": str(places.data),
        "BORDERWATCH_WEBHOOK_SECRET": places.secret("webhook"),
        "MEDIA_ROOT": str(places.data / "media"),
        "PYTHONUNBUFFERED": "1",
    }


def _demo_environment(places: Places, port: int, *, demo: bool) -> dict[str, str]:
    """The demo's own receivers of mail and webhooks, at ports that stay from start to start."""
    env = {"BORDERWATCH_PORT": str(port), "BORDERWATCH_DEMO": "1" if demo else "0"}
    if demo and not os.environ.get("EMAIL_HOST"):
        receiver = ports.kept_port(places, "webhooks")
        env |= {"EMAIL_HOST": ports.LOOPBACK, "EMAIL_PORT": str(ports.kept_port(places, "mail"))}
        env |= {
            "BORDERWATCH_RECEIVER_PORT": str(receiver),
            "BORDERWATCH_RECEIVER_URL": f"http://{ports.LOOPBACK}:{receiver}",
        }
    return env


def _test_environment(places: Places, options: argparse.Namespace) -> dict[str, str]:
    env = {"BORDERWATCH_TEST": "1", "SECRET_KEY": places.secret("django")}
    return env | (_browser_environment() if options.browser else {})


def _browser_environment() -> dict[str, str]:
    """BORDERWATCH_CHROMIUM, the system's browser; where there is none Playwright finds the one it fetched."""
    found = system.chromium()
    browsers = {"PLAYWRIGHT_BROWSERS_PATH": str(packages.BROWSERS)}
    return {"BORDERWATCH_CHROMIUM": found} if found else browsers


def _foreground(words: list[str], env: dict[str, str]) -> int:
    """Run a command on this terminal; a signal is passed on as one SIGINT, so that it can tidy up."""
    path = f"{packages.VENV / 'bin'}{os.pathsep}{env.get('PATH', '')}"
    child = processes.start(words, env=env | {"PATH": path}, cwd=ROOT, dies_with_us=signal.SIGINT)
    try:
        return child.wait()
    except BaseException:
        processes.end_session(child, number=signal.SIGINT, patience=20)
        raise


def _wanted(name: str) -> bool:
    """A switch of the environment, on unless it says 0."""
    return os.environ.get(name, "1").strip().lower() not in {"0", "false", "no", "off"}
