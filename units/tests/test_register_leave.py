"""Leave: three tenures out of one, the acting head's posting, and the way back."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from units import actions, policy
from units.choices import Role
from units.models import CommandTenure, Leave, Posting

DAY = timedelta(days=1)


@pytest.fixture
def post(world):
    return world["post-1607-1"]


@pytest.fixture
def tenure(post):
    return post.tenures.at(timezone.now()).get()


@pytest.fixture
def away(keeper, tenure):
    """Put a leave on record, in days from now; name what differs."""

    def grant(since, until, /, **changes):
        now = timezone.now()
        said = {
            "actor": keeper, "tenure": tenure, "since": now + since * DAY, "until": now + until * DAY,
            "acting_name_en": "Acting One", "acting_rank": "captain", "reason": "leave order 4",
        }  # fmt: skip
        return actions.grant_leave(**(said | changes))

    return grant


def names(post):
    """The chain of heads from the oldest to the newest, of those not over."""
    rows = post.tenures.filter(period__endswith__gt=timezone.now()) | post.tenures.filter(period__endswith=None)
    return [(row.head_name_en, row.acting) for row in rows.order_by("period")]


def head_at(post, moment):
    return CommandTenure.objects.head_of(post.pk, moment).head_name_en


def test_the_head_goes_the_acting_head_answers_and_the_head_is_back(away, post, tenure, keeper, audited):
    leave = away(-1, 2)
    now, head = timezone.now(), tenure.head_name_en
    assert head_at(post, leave.since - timedelta(microseconds=1)) == head
    assert head_at(post, leave.since) == "Acting One"
    assert head_at(post, leave.until - timedelta(microseconds=1)) == "Acting One"
    assert head_at(post, leave.until) == head
    assert leave.acting.acting
    assert (leave.resumed.person, leave.resumed.rank, leave.resumed.until) == (tenure.person, tenure.rank, None)
    assert (leave.granted_by, leave.posting) == (keeper, None)
    assert Leave.objects.at(now).get(unit=post) == leave
    entry = audited("grant_leave", post.code)
    assert (entry.after["acting"], entry.reason) == ("Acting One", "leave order 4")


def test_an_incident_filed_before_keeps_its_head_and_a_new_one_names_the_acting_head(away, file, tenure):
    old = file()
    away(-1, 2)
    new = file()
    old.refresh_from_db()
    assert old.attributions.get().head_name_en == tenure.head_name_en
    frozen = new.attributions.get()
    assert (frozen.head_name_en, frozen.head_acting) == ("Acting One", True)


def test_an_acting_head_with_an_account_can_answer_just_for_that_time(away, post, outsider):
    leave = away(-1, 2, acting_person=outsider)
    assert (leave.posting.since, leave.posting.until) == (leave.since, leave.until)
    assert leave.posting.unit_role.role == Role.COMMANDER
    assert post.pk in policy.unit_ids(outsider, policy.ANSWER)
    assert leave.acting.person == outsider


def test_one_who_may_answer_there_anyway_is_not_posted_twice(away, post, outsider):
    actions.post_person(actor=None, user=outsider, unit=post, role=Role.COMMANDER, since=timezone.now() - 30 * DAY)
    assert away(-1, 2, acting_person=outsider).posting is None
    assert Posting.objects.filter(user=outsider).count() == 1


def test_a_posting_that_holds_for_part_of_the_time_is_said_at_the_field(away, post, outsider, untouched):
    actions.post_person(actor=None, user=outsider, unit=post, role=Role.COMMANDER, since=timezone.now() + DAY)
    with untouched(), pytest.raises(ValidationError) as refused:
        away(-1, 2, acting_person=outsider)
    assert "acting_person" in refused.value.error_dict
    assert names(post) == [(post.tenures.at(timezone.now()).get().head_name_en, False)]


@pytest.mark.parametrize(("since", "until", "field"), [(2, 1, "until"), (1, 1, "until"), (-9000, 1, "since")])
def test_a_leave_lies_inside_the_tenure(away, post, since, until, field, untouched):
    with untouched(), pytest.raises(ValidationError) as refused:
        away(since, until)
    assert field in refused.value.error_dict


def test_a_leave_ends_no_later_than_the_tenure(away, tenure, keeper, post, untouched):
    actions.end_tenure(actor=keeper, tenure=tenure, at=timezone.now() + 5 * DAY, reason="moves on")
    for since, until, field in ((6, 7, "since"), (1, 6, "until")):
        with untouched(), pytest.raises(ValidationError) as refused:
            away(since, until)
        assert field in refused.value.error_dict


def test_nobody_acts_for_one_who_acts(away, untouched):
    leave = away(-1, 5)
    with untouched(), pytest.raises(ValidationError):
        away(1, 2, tenure=leave.acting)


def test_a_second_leave_may_come_before_or_after_the_first(away, post, tenure):
    first = away(10, 20)
    earlier = away(1, 5)
    first.refresh_from_db()
    assert first.tenure == earlier.resumed
    later = away(30, 40, tenure=first.resumed)
    head = (tenure.head_name_en, False)
    acting = ("Acting One", True)
    assert names(post) == [head, acting, head, acting, head, acting, head]
    assert later.resumed.until is None


def test_the_head_is_back_early(away, post, tenure, keeper, outsider, audited):
    leave = away(-3, 5, acting_person=outsider)
    at = timezone.now() - DAY
    actions.end_leave(actor=keeper, leave=leave, at=at, reason="recovered")
    leave.refresh_from_db()
    assert (leave.until, leave.acting.until, leave.resumed.since, leave.posting.until) == (at, at, at, at)
    assert head_at(post, at) == tenure.head_name_en
    assert policy.unit_ids(outsider, policy.ANSWER) == frozenset()
    assert audited("end_leave", post.code).reason == "recovered"


def test_the_head_is_back_early_from_a_leave_that_was_to_last_to_the_end(away, post, tenure, keeper):
    end = timezone.now() + 5 * DAY
    actions.end_tenure(actor=keeper, tenure=tenure, at=end, reason="moves on")
    leave = away(-1, 0, until=end)
    assert leave.resumed is None
    actions.end_leave(actor=keeper, leave=leave, at=timezone.now(), reason="back")
    leave.refresh_from_db()
    assert (leave.resumed.head_name_en, leave.resumed.until) == (tenure.head_name_en, end)


def test_the_end_of_a_leave_lies_inside_it(away, keeper, untouched):
    leave = away(1, 5)
    for days in (0, 1, 5, 6):
        at = leave.since - DAY + days * DAY
        if leave.since < at < leave.until:
            continue
        with untouched(), pytest.raises(ValidationError) as refused:
            actions.end_leave(actor=keeper, leave=leave, at=at, reason="x")
        assert "at" in refused.value.error_dict


def test_a_leave_to_come_is_called_off_and_the_tenure_is_whole_again(away, post, tenure, keeper, outsider, audited):
    leave = away(1, 5, acting_person=outsider)
    later = away(10, 12, tenure=leave.resumed)
    actions.call_off_leave(actor=keeper, leave=leave, reason="he stays")
    later.refresh_from_db()
    tenure.refresh_from_db()
    assert (tenure.until, later.tenure) == (later.since, tenure)
    assert not Posting.objects.filter(user=outsider).exists()
    assert not outsider.groups.exists()
    assert audited("call_off_leave", post.code).before["acting"] == "Acting One"
    actions.call_off_leave(actor=keeper, leave=later, reason="he stays")
    assert names(post) == [(tenure.head_name_en, False)]


def test_a_leave_that_has_begun_is_not_called_off(away, keeper, untouched):
    leave = away(-1, 5)
    with untouched(), pytest.raises(ValidationError):
        actions.call_off_leave(actor=keeper, leave=leave, reason="x")


def test_dates_set_by_a_leave_are_changed_by_the_leave_alone(away, tenure, keeper, untouched):
    leave = away(1, 5)
    now = timezone.now()
    for row, since, until in (
        (leave.tenure, leave.tenure.since, now),
        (leave.acting, leave.since, leave.until - DAY),
        (leave.resumed, leave.until + DAY, None),
    ):
        with untouched(), pytest.raises(ValidationError):
            actions.correct_tenure(actor=keeper, tenure=row, since=since, until=until, reason="x")
    with untouched():
        with pytest.raises(ValidationError):
            actions.end_tenure(actor=keeper, tenure=tenure, at=now, reason="x")
        with pytest.raises(ValidationError):
            actions.end_tenure(actor=keeper, tenure=leave.acting, at=leave.since + DAY, reason="x")
        with pytest.raises(ValidationError):
            actions.withdraw_tenure(actor=keeper, tenure=leave.acting, reason="x")


def test_a_head_transferred_during_his_leave_does_not_come_back(away, post, keeper, outsider):
    """The return is taken back, the acting head's time and posting end, a new head takes over."""
    leave = away(-3, 5, acting_person=outsider)
    actions.withdraw_tenure(actor=keeper, tenure=leave.resumed, reason="transferred")
    leave.refresh_from_db()
    assert leave.resumed is None
    now = timezone.now()
    actions.end_tenure(actor=keeper, tenure=leave.acting, at=now, reason="a new head comes")
    leave.refresh_from_db()
    assert (leave.until, leave.posting.until) == (now, now)
    actions.appoint_head(actor=keeper, unit=post, name_en="New Head", since=now, reason="order 21")
    assert head_at(post, now) == "New Head"
    assert policy.unit_ids(outsider, policy.ANSWER) == frozenset()


@pytest.mark.parametrize("who", ["head", "province", "moi", "admin", "outsider", "disabled"])
def test_nobody_but_the_keeper_may(who, away, request, untouched):
    person = request.getfixturevalue(who)
    with untouched(), pytest.raises(PermissionDenied):
        away(1, 5, actor=person)
    leave = away(1, 5)
    with untouched():
        with pytest.raises(PermissionDenied):
            actions.end_leave(actor=person, leave=leave, at=leave.since + DAY, reason="x")
        with pytest.raises(PermissionDenied):
            actions.call_off_leave(actor=person, leave=leave, reason="x")
