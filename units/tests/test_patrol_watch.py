"""The watch: patrols that did not go, that fell short, ground unseen in time; each told once, to the unit and above."""

from datetime import timedelta

import pytest
from django.utils import translation

from borderwatch import topics
from borderwatch.models import Delivery
from units import actions, coverage
from units.actions.coverage import watch_patrols
from units.choices import PatrolState, Role
from units.models import Sector
from units.tasks import watch_patrols as task
from units.tests.walked import along, days_ago, patrol, track

NOTHING = {"missed": 0, "short": 0, "unseen": 0}


@pytest.fixture
def post(world):
    return world["post-1607-1"]


def planned(unit, *, ends=0.1, **more):
    times = {"planned_from": days_ago(ends + 0.25), "planned_to": days_ago(ends), "state": PatrolState.PLANNED}
    return patrol(unit, **{**times, "started_at": None, "finished_at": None, **more})


def test_a_patrol_that_did_not_set_out_is_marked_and_told_once(post, head, told, audited):
    late = planned(post)
    planned(post, ends=-1)
    assert watch_patrols() == {**NOTHING, "missed": 1}
    late.refresh_from_db()
    assert late.state == PatrolState.MISSED
    # Battalion and command have nobody posted: the next above who can be told is the province, by name and by mail.
    assert told("patrol_missed") == {"head", "province", "province-16/email"}
    assert audited("mark_missed", late.ref).actor_id is None
    assert watch_patrols() == NOTHING
    assert Delivery.objects.filter(topic="patrol_missed").count() == 3


def test_the_superior_with_somebody_posted_is_told_and_not_the_one_above(post, world, moi2, told):
    actions.post_person(
        actor=None, user=moi2, unit=world["battalion-16"], role=Role.COMMANDER, since=days_ago(9), reason="test"
    )
    planned(post)
    watch_patrols()
    assert told("patrol_missed") == {"head", "moi2"}


def test_one_that_set_out_or_was_called_off_is_left_alone(post, untouched):
    planned(post, state=PatrolState.CANCELLED)
    planned(post, state=PatrolState.UNDER_WAY, started_at=days_ago(0.2))
    with untouched():
        assert watch_patrols() == NOTHING


def test_a_patrol_shorter_than_half_its_plan_is_told_once(post, told):
    end = days_ago(0.1)
    times = {"planned_from": end - timedelta(hours=9), "planned_to": end}
    brief = patrol(post, ended=end, **times)
    track(brief, along(Sector.objects.get(code="S-1607-1"), 0, 0.1))
    long_enough = patrol(post, ended=end, planned_from=end - timedelta(hours=8), planned_to=end)
    assert watch_patrols() == {**NOTHING, "short": 1}
    assert told("patrol_short", key=str(brief.pk)) == {"head", "province", "province-16/email"}
    assert told("patrol_short", key=str(long_enough.pk)) == set()
    assert watch_patrols() == NOTHING


def test_a_missing_track_has_its_day(post, told):
    patrol(post, ended=days_ago(0.9))
    assert watch_patrols() == NOTHING
    without = patrol(post, ended=days_ago(1.1))
    patrol(post, ended=days_ago(30))
    assert watch_patrols() == {**NOTHING, "short": 1}
    assert told("patrol_short", key=str(without.pk)) == {"head", "province", "province-16/email"}
    assert watch_patrols() == NOTHING


def test_ground_unseen_in_time_is_told_once_in_each_period_and_not_while_it_is_seen(post, told):
    sector = Sector.objects.get(code="S-1607-1")
    coverage.lay(sector)
    target = actions.set_target(
        actor=None, unit=post, sector_code=sector.code, every_days=7, since=days_ago(8), reason="Order"
    )
    assert task() == {**NOTHING, "unseen": 1}
    assert task() == NOTHING
    assert told("ground_unseen") == {"head", "province", "province-16/email"}
    first = set(Delivery.objects.values_list("event", flat=True))
    # A week on, still unseen: another period, another notice.
    target.period = (days_ago(15), None)
    target.save(update_fields=["period"])
    assert task() == {**NOTHING, "unseen": 1}
    assert len(set(Delivery.objects.values_list("event", flat=True)) - first) == 1
    coverage.see(track(patrol(post), along(sector, 0, 0.9)))
    target.period = (days_ago(22), None)
    target.save(update_fields=["period"])
    assert task() == NOTHING


def test_a_target_has_its_first_period_to_be_reached(post, untouched):
    coverage.lay(Sector.objects.get(code="S-1607-1"))
    actions.set_target(actor=None, unit=post, sector_code="S-1607-1", every_days=7, since=days_ago(6), reason="Order")
    with untouched():
        assert watch_patrols() == NOTHING


def test_ground_that_cannot_be_measured_is_not_told_as_unseen(post, untouched):
    sector = Sector.objects.get(code="S-1607-1")
    sector.patches.all().delete()
    actions.set_target(actor=None, unit=post, sector_code=sector.code, every_days=7, since=days_ago(60), reason="Order")
    with untouched():
        assert watch_patrols() == NOTHING


def test_the_notices_are_worded_in_the_language_of_their_reader(post):
    coverage.lay(Sector.objects.get(code="S-1607-1"))
    actions.set_target(actor=None, unit=post, sector_code="S-1607-1", every_days=7, since=days_ago(30), reason="Order")
    planned(post)
    end = days_ago(2)
    patrol(post, ended=end, planned_from=end - timedelta(hours=20), planned_to=end)
    assert watch_patrols() == {"missed": 1, "short": 2, "unseen": 1}
    for delivery in Delivery.objects.all():
        with translation.override("en"):
            text = topics.render(delivery)
            assert post.name_en in text.subject
            assert "/patrols/" in text.body
        with translation.override("km"):
            assert post.name_km in topics.render(delivery).subject
    with translation.override("en"):
        bodies = " ".join(topics.render(one).body for one in Delivery.objects.filter(topic="patrol_short"))
        unseen = topics.render(Delivery.objects.filter(topic="ground_unseen")[0])
    assert "less than half" in bodies
    assert "No track" in bodies
    assert "0 %" in unseen.body
    assert "80 %" in unseen.body


def test_a_notice_opens_the_page_it_speaks_of(post, head, signed_in):
    late = planned(post)
    watch_patrols()
    notice = Delivery.objects.get(topic="patrol_missed", user=head)
    assert signed_in(head).post(f"/notices/{notice.pk}/").url == late.get_absolute_url()


def test_a_round_costs_the_same_for_one_and_for_many(post, world, django_assert_max_num_queries):
    for number in range(6):
        patrol([post, world["post-1607-2"]][number % 2], ended=days_ago(2))
    with django_assert_max_num_queries(16):
        assert watch_patrols()["short"] == 6
    with django_assert_max_num_queries(6):
        watch_patrols()
