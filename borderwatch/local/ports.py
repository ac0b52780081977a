"""Free and taken ports on the loopback address."""

from __future__ import annotations

import json
import os
import socket

from .places import Places, write_private
from .trouble import Trouble

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen on that port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Any free port, chosen by the kernel."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def kept_port(places: Places, name: str) -> int:
    """The port this copy used for `name` before when it is still free, else a new one, which is kept."""
    path = places.data / "ports.json"
    known: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    port = known.get(name)
    taken = set(known.values()) - {port}
    while port is None or port in taken or not is_free(port):
        port = free_port()
    if known.get(name) != port:
        write_private(path, json.dumps({**known, name: port}, indent=1))
    return port


def web_port() -> int:
    """The port of the pages, from BORDERWATCH_PORT; refused when it is nonsense or taken."""
    text = os.environ.get("BORDERWATCH_PORT") or "8000"
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise Trouble(f"BORDERWATCH_PORT must be a number from 1 to 65535, not {text!r}.")
    port = int(text)
    if port < 1024 and os.getuid() != 0:
        raise Trouble(f"port {port} needs root; set BORDERWATCH_PORT to one above 1023, e.g. 8000.")
    if not is_free(port):
        raise Trouble(f"port {port} is taken; set another one, e.g. BORDERWATCH_PORT={port + 1} make run")
    return port
