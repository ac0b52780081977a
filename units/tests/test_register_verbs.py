"""Verbs that keep the tree, heads and postings: effect, record, and what is refused without a trace."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import get_resolver, reverse
from django.utils import timezone

from units import actions, policy
from units.actions.tree import RESERVED
from units.choices import Role, UnitKind
from units.models import CommandTenure, Unit

START = datetime(2030, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def post(world):
    return world["post-1607-1"]


@pytest.fixture
def tenure(post):
    return post.tenures.at(timezone.now()).get()


@pytest.fixture
def moi_keeper(world, outsider):
    """A keeper of the whole register."""
    actions.post_person(actor=None, user=outsider, unit=world["moi"], role=Role.REGISTER_KEEPER, since=timezone.now())
    return outsider


# --- reasons ----------------------------------------------------------------------------------------------------


def test_a_person_gives_a_reason_for_every_change(keeper, post, tenure, head, district, world, untouched):
    now = timezone.now()
    calls = [
        lambda why: actions.create_unit(
            actor=keeper, code="x", kind="border_police_post", name_en="X", parent=post, reason=why
        ),
        lambda why: actions.update_unit(actor=keeper, unit=post, name_en="X", reason=why),
        lambda why: actions.move_unit(actor=keeper, unit=post, parent=world["command-16"], reason=why),
        lambda why: actions.appoint_head(actor=keeper, unit=post, name_en="X", since=START, reason=why),
        lambda why: actions.end_tenure(actor=keeper, tenure=tenure, at=now, reason=why),
        lambda why: actions.correct_tenure(actor=keeper, tenure=tenure, since=now, until=None, reason=why),
        lambda why: actions.withdraw_tenure(actor=keeper, tenure=tenure, reason=why),
        lambda why: actions.grant_leave(
            actor=keeper, tenure=tenure, since=now, until=now + DAY, acting_name_en="X", acting_rank="major", reason=why
        ),
        lambda why: actions.end_sector(actor=keeper, sector=post.sectors.get(), at=now, reason=why),
        lambda why: actions.post_person(
            actor=keeper, user=district, unit=post, role=Role.FILER, since=START, reason=why
        ),
        lambda why: actions.end_posting(actor=keeper, posting=head.postings.get(), at=now, reason=why),
    ]
    for call in calls:
        for why in ("", "  \n"):
            with untouched(), pytest.raises(ValidationError) as refused:
                call(why)
            assert "reason" in refused.value.error_dict


# --- the tree ---------------------------------------------------------------------------------------------------


def test_a_unit_gets_other_names_and_keeps_its_code(keeper, post, audited):
    actions.update_unit(actor=keeper, unit=post, name_en="New Name", name_km=post.name_km, reason="order 9")
    post.refresh_from_db()
    assert (post.name_en, post.code) == ("New Name", "post-1607-1")
    entry = audited("update_unit", post.code)
    assert (entry.after, entry.reason, entry.actor) == ({"name_en": "New Name"}, "order 9", keeper)


def test_names_that_say_nothing_new_or_nothing_at_all_are_refused(keeper, post, untouched):
    same = {"name_en": post.name_en, "name_km": post.name_km, "short_name": post.short_name}
    with untouched():
        with pytest.raises(ValidationError):
            actions.update_unit(actor=keeper, unit=post, reason="x", **same)
        with pytest.raises(ValidationError) as refused:
            actions.update_unit(actor=keeper, unit=post, reason="x", **{**same, "name_en": ""})
    assert "name_en" in refused.value.error_dict


def test_no_unit_takes_a_word_of_the_addresses_for_its_code(keeper, world, untouched):
    for word in RESERVED:
        with untouched(), pytest.raises(ValidationError) as refused:
            actions.create_unit(
                actor=keeper, code=word, kind="border_police_post", name_en="X", parent=world["command-16"], reason="x"
            )
        assert "code" in refused.value.error_dict


def test_every_word_of_the_addresses_is_reserved():
    words = set()
    for included in get_resolver().url_patterns:
        if str(included.pattern) == "units/":
            words |= {str(one.pattern).split("/")[0] for one in included.url_patterns}
    assert {word for word in words if word and "<" not in word} <= RESERVED
    # A page called "new" under a unit comes after the pages of these words.
    assert reverse("units:new", args=["post-1607-1"]) == "/units/post-1607-1/new/"


def test_a_moved_unit_takes_its_people_above_with_it(moi_keeper, world, province, head, audited):
    """The officer of the province loses what leaves his province's tree; the head of the unit itself keeps his."""
    battalion, post = world["battalion-16"], world["post-1607-1"]
    aside = actions.create_unit(actor=None, code="aside", kind=UnitKind.ARMY, name_en="Aside", parent=world["moi"])
    reviews = policy.unit_ids(province, policy.REVIEW)
    assert {battalion.pk, post.pk} <= reviews
    actions.move_unit(actor=moi_keeper, unit=battalion, parent=aside, reason="order 11")
    assert policy.unit_ids(province, policy.REVIEW).isdisjoint({battalion.pk, post.pk})
    assert post.pk in policy.unit_ids(head, policy.ANSWER)
    assert post.pk in policy.unit_ids(moi_keeper, policy.REGISTER)
    entry = audited("move_unit", "battalion-16")
    assert (entry.before, entry.after) == ({"parent": "command-16"}, {"parent": "aside"})
    actions.move_unit(actor=moi_keeper, unit=battalion, parent=world["command-16"], reason="order 12")
    assert policy.unit_ids(province, policy.REVIEW) == reviews


def test_whoever_has_a_role_above_the_new_place_gains_what_comes(world, outsider, keeper):
    """A battalion's filer sees a post that is put under the battalion."""
    actions.post_person(actor=None, user=outsider, unit=world["battalion-16"], role=Role.FILER, since=timezone.now())
    post = actions.create_unit(
        actor=keeper, code="loose", kind="border_police_post", name_en="Loose", parent=world["command-16"], reason="x"
    )
    assert post.pk not in policy.unit_ids(outsider, policy.FILE)
    actions.move_unit(actor=keeper, unit=post, parent=world["battalion-16"], reason="x")
    assert post.pk in policy.unit_ids(outsider, policy.FILE)


def test_the_tree_stays_a_tree(moi_keeper, world, untouched):
    battalion = world["battalion-16"]
    wrong = (battalion, world["post-1607-1"], world["command-16"], world["command-01"])
    for parent in wrong:  # itself, under itself, where it stands, another province
        with untouched(), pytest.raises(ValidationError) as refused:
            actions.move_unit(actor=moi_keeper, unit=battalion, parent=parent, reason="x")
        assert "parent" in refused.value.error_dict


def test_a_move_needs_the_register_on_all_three_sides(keeper, world, province, untouched):
    with untouched():
        for actor, unit, parent in (
            (keeper, world["post-1607-1"], world["moi"]),  # the gaining one
            (keeper, world["province-16"], world["command-16"]),  # the losing one
            (keeper, world["post-0107-1"], world["battalion-16"]),  # the unit itself
            (province, world["post-1607-1"], world["command-16"]),
            (keeper, world["post-1607-1"], None),
        ):
            with pytest.raises(PermissionDenied):
                actions.move_unit(actor=actor, unit=unit, parent=parent, reason="x")


# --- heads ------------------------------------------------------------------------------------------------------


def test_wrong_dates_are_corrected_on_record_and_old_incidents_keep_who_answered(keeper, file, post, tenure, audited):
    incident = file()
    frozen = incident.attributions.get()
    since = tenure.since - 3 * DAY
    before = post.tenures.get(period__endswith=tenure.since)
    actions.correct_tenure(actor=keeper, tenure=before, since=before.since, until=since, reason="order 7 was misread")
    actions.correct_tenure(actor=keeper, tenure=tenure, since=since, until=tenure.until, reason="order 7 was misread")
    assert CommandTenure.objects.head_of(post.pk, since) == tenure
    assert audited("correct_tenure", post.code, after__head=tenure.head_name_en).reason == "order 7 was misread"
    again = incident.attributions.get()
    assert (again.head_name_en, again.number) == (frozen.head_name_en, 1)


def test_a_correction_neither_overlaps_nor_vanishes(keeper, tenure, untouched):
    for since, until in ((tenure.since - 900 * DAY, None), (tenure.since, tenure.since)):
        with untouched(), pytest.raises(ValidationError):
            actions.correct_tenure(actor=keeper, tenure=tenure, since=since, until=until, reason="x")


def test_what_is_over_is_not_brought_back_by_ending_it_again(keeper, post, tenure, former_head, untouched):
    over = post.tenures.get(period__endswith=tenure.since)
    with untouched():
        with pytest.raises(ValidationError):
            actions.end_tenure(actor=keeper, tenure=over, at=timezone.now(), reason="x")
        with pytest.raises(ValidationError):
            actions.end_posting(actor=keeper, posting=former_head.postings.get(), at=timezone.now(), reason="x")


def test_a_tenure_to_come_is_taken_back_and_one_that_has_begun_is_not(keeper, post, tenure, audited, untouched):
    with untouched(), pytest.raises(ValidationError):
        actions.withdraw_tenure(actor=keeper, tenure=tenure, reason="x")
    actions.end_tenure(actor=keeper, tenure=tenure, at=START, reason="moves on")
    planned = actions.appoint_head(actor=keeper, unit=post, name_en="Planned", since=START, reason="order 8")
    actions.withdraw_tenure(actor=keeper, tenure=planned, reason="order 8 was changed")
    assert not post.tenures.filter(head_name_en="Planned").exists()
    assert audited("withdraw_tenure", post.code).before["head"] == "Planned"


def test_a_tenure_needs_some_time(keeper, post, untouched):
    with untouched(), pytest.raises(ValidationError) as refused:
        actions.appoint_head(actor=keeper, unit=post, name_en="X", since=START, until=START, reason="x")
    assert "until" in refused.value.error_dict


@pytest.mark.parametrize("verb", ["correct_tenure", "withdraw_tenure", "update_unit"])
@pytest.mark.parametrize("who", ["head", "province", "moi", "admin", "auditor", "outsider", "disabled"])
def test_nobody_but_the_keeper_may(verb, who, post, tenure, request, untouched):
    more = {
        "correct_tenure": {"tenure": tenure, "since": START, "until": None},
        "withdraw_tenure": {"tenure": tenure},
        "update_unit": {"unit": post, "name_en": "X"},
    }[verb]
    with untouched(), pytest.raises(PermissionDenied):
        getattr(actions, verb)(actor=request.getfixturevalue(who), reason="x", **more)


# --- postings ---------------------------------------------------------------------------------------------------


def test_nobody_posts_himself(keeper, post, untouched):
    with untouched(), pytest.raises(ValidationError) as refused:
        actions.post_person(actor=keeper, user=keeper, unit=post, role=Role.COMMANDER, since=START, reason="x")
    assert "person" in refused.value.error_dict


@pytest.mark.parametrize("role", sorted(policy.ROLES_OF_INSTITUTIONS))
def test_a_province_gives_no_role_that_reads_or_rules_beyond_it(role, keeper, world, outsider, untouched):
    with untouched(), pytest.raises(ValidationError) as refused:
        actions.post_person(actor=keeper, user=outsider, unit=world["province-16"], role=role, since=START, reason="x")
    assert "role" in refused.value.error_dict


def test_an_account_out_of_use_is_not_posted(keeper, disabled, post, untouched):
    with untouched(), pytest.raises(ValidationError):
        actions.post_person(actor=keeper, user=disabled, unit=post, role=Role.FILER, since=START, reason="x")


def test_a_new_role_reaches_units_made_before_and_after_it(keeper, world, outsider):
    actions.post_person(
        actor=keeper, user=outsider, unit=world["command-16"], role=Role.FILER, since=timezone.now(), reason="x"
    )
    made = actions.create_unit(
        actor=keeper, code="later", kind="border_police_post", name_en="Later", parent=world["battalion-16"], reason="x"
    )
    assert {world["post-1607-1"].pk, made.pk} <= policy.unit_ids(outsider, policy.FILE)
    assert Unit.objects.get(code="later").parent == world["battalion-16"]


def test_a_head_who_goes_loses_his_rights_at_the_unit_when_that_is_asked_for(keeper, head, world, audited):
    unit, now = world["post-1607-1"], timezone.now()
    tenure = unit.tenures.at(now).get()
    actions.end_tenure(actor=keeper, tenure=tenure, at=now, reason="transferred", with_posting=True)
    assert policy.unit_ids(head, policy.ANSWER) == frozenset()
    assert audited("end_posting", head.username).reason == "transferred"


def test_without_it_his_posting_stays_as_it_was(keeper, head, world):
    unit, now = world["post-1607-1"], timezone.now()
    actions.end_tenure(actor=keeper, tenure=unit.tenures.at(now).get(), at=now, reason="a new order follows")
    assert unit.pk in policy.unit_ids(head, policy.ANSWER)
