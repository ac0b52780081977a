"""The weights the score began with; what the ministry publishes afterwards stays as it is."""

from datetime import datetime
from pathlib import Path

from borderwatch import clock
from crossings.models import Weights
from units.reference import rows

FIXTURES = Path(__file__).parent / "fixtures"


def load_weights() -> None:
    """Load the first set, once: a register that has any set of weights is left alone."""
    if Weights.objects.exists():
        return
    for row in rows("weights", FIXTURES):
        since = datetime.fromisoformat(row["since"])
        Weights.objects.create(
            name=row["name"],
            values=row["values"],
            reason=row["reason"],
            period=(since, None),
            published_at=clock.now(),
        )
