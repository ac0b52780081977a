"""Numbers without gaps: per office, direction and year of Phnom Penh, given under the counter's row lock.

The counter moves in the transaction that gives the number: if that is rolled back, so is the counter, and the next
letter takes the same number. Nobody else has seen it meanwhile.
"""

from datetime import datetime

from django.utils import timezone

from incidents.models import LetterCounter
from units.models import Unit


def take(office: Unit, direction: str, at: datetime) -> tuple[int, int]:
    """(year, serial) of the next number; belongs into the transaction that writes the letter."""
    year = timezone.localdate(at).year
    key = {"office": office, "direction": direction, "year": year}
    # Made first when it is missing, so that there is always a row to lock.
    LetterCounter.objects.bulk_create([LetterCounter(**key)], ignore_conflicts=True)
    counter = LetterCounter.objects.select_for_update().get(**key)
    counter.last += 1
    counter.save(update_fields=["last"])
    return year, counter.last
