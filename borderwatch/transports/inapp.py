"""In the application: the row itself is the notice, so handing over is nothing but saying so."""

from borderwatch.models import Delivery


def send(delivery: Delivery) -> str:
    """Always succeeds: the person's page reads the row."""
    return "in the person's list"
