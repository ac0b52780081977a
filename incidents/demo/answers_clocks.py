"""The demo's clocks."""

from datetime import datetime

from incidents.demo.replay import Replay
from incidents.demo.staff import Staff


def plan(replay: Replay, staff: Staff, now: datetime) -> None:
    """Plan them into the replay."""
