"""Restarts a worker that is alive but takes nothing (a known failure of Celery after its broker restarts).

A task writes a heartbeat every 30 s; `/healthz` tells its age. "The process is up" is not health.
"""

from __future__ import annotations

import http.client
import json
import math
import os
import sys
import time
import xmlrpc.client
from typing import Any

from .ports import LOOPBACK

TOO_OLD_S = 120.0
WORKER = "borderwatch:worker"
LOOK_EVERY_S = 15.0


def heartbeat_age(port: int) -> float | None:
    """Seconds since the worker's last heartbeat, infinite when it never had one.

    None when the pages do not tell, or when Redis is away: then no worker can have a heartbeat, and restarting it
    would only disturb it.
    """
    line = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
    try:
        line.request("GET", "/healthz")
        told = json.loads(line.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        line.close()
    if not isinstance(told, dict) or not told.get("redis") or "worker_heartbeat_age_s" not in told:
        return None
    age = told["worker_heartbeat_age_s"]
    return math.inf if age is None else float(age)


def supervisor(path: str) -> xmlrpc.client.ServerProxy:
    """supervisord's interface behind its unix socket."""
    from supervisor.xmlrpc import SupervisorTransport

    return xmlrpc.client.ServerProxy("http://127.0.0.1", SupervisorTransport(serverurl=f"unix://{path}"))


def process_info(orders: xmlrpc.client.ServerProxy) -> dict[str, Any]:
    """What supervisord knows of the worker: `statename`, `pid`, `start` and `now` in seconds of the clock."""
    info = orders.supervisor.getProcessInfo(WORKER)
    return info if isinstance(info, dict) else {"statename": "UNKNOWN"}


def restart_if_stuck(orders: xmlrpc.client.ServerProxy, age: float | None, too_old_s: float = TOO_OLD_S) -> bool:
    """Restart the worker when its heartbeat is too old and it has run long enough to have written one."""
    if age is None or age <= too_old_s:
        return False
    info = process_info(orders)
    if info["statename"] != "RUNNING":
        return False
    if info["now"] - info["start"] <= too_old_s:
        return False  # just started: it gets as long to write its first heartbeat
    print(f"the worker's last heartbeat is {age:.0f} s old: restarting it", flush=True)
    orders.supervisor.stopProcess(WORKER)
    orders.supervisor.startProcess(WORKER)
    return True


def main() -> None:
    """Look, restart when needed, wait, for ever; trouble with supervisord itself is told and survived."""
    port, path = int(os.environ["BORDERWATCH_PORT"]), os.environ["BORDERWATCH_SUPERVISOR"]
    while True:
        time.sleep(LOOK_EVERY_S)
        try:
            restart_if_stuck(supervisor(path), heartbeat_age(port))
        except (OSError, xmlrpc.client.Error, http.client.HTTPException) as error:
            print(f"the worker could not be restarted: {error}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
