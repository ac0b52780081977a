"""Dated rows laid over each other: nothing overlaps, nothing before or after the new row is lost."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from borderwatch import clock
from crossings import periods
from crossings.models import Crossing, CrossingStatus

START = datetime(2026, 1, 1, tzinfo=UTC)
STATUSES = ("open", "restricted", "suspended", "closed")


@pytest.fixture
def crossing(world):
    return Crossing.objects.get(slug="vn-o-yadav")


def lay(crossing, status, since, until):
    now = clock.now()
    row = CrossingStatus(crossing=crossing, side="kh", flow="goods", status=status, set_at=now)
    rows = CrossingStatus.objects.filter(crossing=crossing, side="kh", flow="goods")
    return periods.lay(rows, [row], START + timedelta(days=since), until and START + timedelta(days=until))


def told(crossing, day):
    row = CrossingStatus.objects.at(START + timedelta(days=day, hours=12)).filter(
        crossing=crossing, side="kh", flow="goods"
    )
    return row.values_list("status", flat=True).first()


def test_a_limited_row_lets_the_old_one_go_on_afterwards(crossing):
    CrossingStatus.objects.filter(crossing=crossing).delete()
    lay(crossing, "open", 0, None)
    touched = lay(crossing, "suspended", 10, 20)
    assert [row.status for row in touched] == ["open"]
    assert [told(crossing, day) for day in (5, 10, 19, 20, 300)] == ["open", "suspended", "suspended", "open", "open"]
    assert told(crossing, -1) is None


def test_a_row_that_begins_with_the_old_one_takes_its_place(crossing):
    CrossingStatus.objects.filter(crossing=crossing).delete()
    lay(crossing, "open", 0, 10)
    touched = lay(crossing, "closed", 0, 10)
    assert [row.status for row in touched] == ["open"]
    assert CrossingStatus.objects.filter(crossing=crossing, flow="goods").count() == 1
    assert told(crossing, 5) == "closed"


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(STATUSES),
            st.integers(min_value=0, max_value=30),
            st.one_of(st.none(), st.integers(min_value=1, max_value=12)),
        ),
        min_size=1,
        max_size=7,
    )
)
def test_the_last_word_on_each_day_holds(crossing, rows):
    """Against a plain list of days: each new row overwrites its days and no other."""
    CrossingStatus.objects.filter(crossing=crossing).delete()
    days: list[str | None] = [None] * 60
    for status, since, length in rows:
        until = None if length is None else since + length
        lay(crossing, status, since, until)
        for day in range(since, 60 if until is None else until):
            days[day] = status
    assert [told(crossing, day) for day in range(60)] == days
