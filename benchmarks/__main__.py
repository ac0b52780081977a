"""`make bench`: prints a table and writes JSON to <data>/bench.json.

Works in a database of its own, `borderwatch_bench`, on the server of DATABASE_URL; it is dropped afterwards
unless --keep is given (a second run with --keep then skips the loading).
"""

import argparse
import json
import os
import platform
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "borderwatch.settings")
os.environ["BORDERWATCH_TEST"] = "1"
os.environ["LOG_LEVEL"] = "ERROR"
NAME = "borderwatch_bench"


def main() -> int:
    """Run the chosen figures."""
    options = _options()
    server = urlsplit(os.environ["DATABASE_URL"])
    _create_database(server.geturl())
    os.environ["DATABASE_URL"] = urlunsplit(server._replace(path=f"/{NAME}"))

    import django

    django.setup()
    figures = _measure(options)
    _print(figures)
    folder = Path(os.environ.get("BORDERWATCH_DATA", ".local"))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.json").write_text(
        json.dumps(
            {"machine": platform.processor() or platform.machine(), "cores": os.cpu_count(), "figures": figures},
            indent=1,
        )
    )
    if not options.keep:
        from django.db import connections

        connections.close_all()
        _drop_database(server.geturl())
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…")
    parser.add_argument("--incidents", type=int, default=1_000_000, help="rows for the list figures")
    parser.add_argument("--counts", type=int, default=10_000_000, help="rows of traffic for its figures")
    parser.add_argument(
        "--only",
        default="",
        help="comma-separated: filing, coverage, duties, letters, webhooks, list, attribution, whatif, traffic, "
        "recorder",
    )
    parser.add_argument("--keep", action="store_true", help="keep the bench database for the next run")
    return parser.parse_args()


def _measure(options: argparse.Namespace) -> list[dict[str, object]]:
    """The chosen figures, one after the other."""
    from benchmarks import (
        attribution,
        coverage,
        duties,
        filing,
        letters,
        listing,
        recorder,
        traffic,
        webhooks,
        whatif,
        world,
    )

    world.prepare()
    chosen = set(options.only.split(",")) - {""}
    figures = []
    for name, run in (
        ("filing", filing.run),
        ("coverage", coverage.run),
        ("duties", duties.run),
        ("letters", letters.run),
        ("webhooks", webhooks.run),
        ("list", lambda: listing.run(options.incidents)),
        # These fill the ground with sectors and incidents of their own: last, so that they disturb nothing else.
        ("attribution", attribution.run),
        ("whatif", whatif.run),
        ("traffic", lambda: traffic.run(options.counts)),
        # Looks at every incident there is, so it begins by removing all others.
        ("recorder", lambda: recorder.run(options.incidents)),
    ):
        if not chosen or name in chosen:
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            figures += run()
    return figures


def _admin(url: str):  # type: ignore[no-untyped-def]
    import psycopg2

    connection = psycopg2.connect(url.replace("postgis://", "postgresql://"))
    connection.autocommit = True
    return connection


def _create_database(url: str) -> None:
    with _admin(url).cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
        if not cursor.fetchone():
            cursor.execute(f"CREATE DATABASE {NAME}")


def _drop_database(url: str) -> None:
    with _admin(url).cursor() as cursor:
        cursor.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def _print(figures: list[dict[str, object]]) -> None:
    rows = [("what", "reached", "against", "ratio", "wanted", "")]
    for one in figures:
        good = {True: "ok", False: "SHORT", None: ""}[one.get("met")]  # type: ignore[index]
        rows.append(
            (
                str(one["what"]),
                str(one["reached"]),
                str(one.get("against", "")),
                str(one.get("ratio", "")),
                str(one["wanted"]),
                good,
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(6)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    raise SystemExit(main())
