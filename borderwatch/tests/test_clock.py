"""One clock: the database's, and only tests and the demo may set it back."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from borderwatch import clock
from borderwatch.models import Delivery


def test_now_is_aware_and_the_databases(db):
    assert clock.now().tzinfo is not None
    assert abs(clock.now() - timezone.now()) < timedelta(seconds=5)


def test_it_moves_within_one_transaction(db):
    assert clock.now() < clock.now()


def test_a_workers_own_clock_does_not_matter(db, time_machine):
    real = clock.now()
    time_machine.move_to(datetime(2001, 1, 1, tzinfo=UTC))
    assert timezone.now().year == 2001
    assert clock.now() - real < timedelta(minutes=1)
    assert not Delivery.objects.due().exists()


def test_replaying_sets_both_clocks_and_ends_with_its_block(db):
    past = datetime(2015, 6, 1, tzinfo=UTC)
    with clock.replaying(past):
        assert clock.now() == past
        assert clock.sql_now().value == past
    assert clock.now().year > 2015


def test_replaying_is_refused_outside_the_demo_and_the_tests(settings):
    settings.DEMO = settings.TEST = False
    with pytest.raises(RuntimeError, match="replay the past"), clock.replaying(datetime(2015, 6, 1, tzinfo=UTC)):
        pass
