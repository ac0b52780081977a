"""Assessments and proposals in the demo world."""

from datetime import datetime

from incidents.demo.replay import Replay
from incidents.demo.staff import Staff


def plan(replay: Replay, staff: Staff, now: datetime) -> None:
    """Plan what happened."""
