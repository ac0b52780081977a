"""The verbs of the register: effect, audit, and who may."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.hashers import check_password
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from borderwatch.models import AuditEntry
from units import actions, policy
from units.choices import DefectKind, MachineChannel, Rank, Role
from units.models import CommandTenure, Endpoint, RegisterDefect, Sector, Unit, User

START = datetime(2030, 1, 1, tzinfo=UTC)
SQUARE = MultiPolygon(Polygon.from_bbox((104.0, 12.0, 104.1, 12.1)), srid=4326)
# Verbs that concern a unit, each as a call that succeeds for one who keeps its register.
REGISTER = {
    "create_unit": lambda actor, unit, person: actions.create_unit(
        actor=actor, code="new-post", kind="border_police_post", name_en="New Post", parent=unit, reason="order 1"
    ),
    "post_person": lambda actor, unit, person: actions.post_person(
        actor=actor, user=person, unit=unit, role=Role.FILER, since=START, reason="order 2"
    ),
    "appoint_head": lambda actor, unit, person: actions.appoint_head(
        actor=actor,
        unit=unit,
        name_en="New Head",
        rank=Rank.MAJOR,
        since=datetime(2001, 1, 1, tzinfo=UTC),
        until=datetime(2002, 1, 1, tzinfo=UTC),
        reason="order 3",
    ),
    "draw_sector": lambda actor, unit, person: actions.draw_sector(
        actor=actor, unit=unit, code="NEW-1", area=SQUARE, since=START, reason="order 4"
    ),
}


@pytest.fixture
def post(world):
    return world["post-1607-2"]


@pytest.mark.parametrize("verb", REGISTER)
def test_the_register_keeper_of_the_province_may_and_it_is_on_record(verb, keeper, post, outsider):
    REGISTER[verb](keeper, post, outsider)
    entry = AuditEntry.objects.latest("id")
    assert (entry.verb, entry.actor, entry.actor_name) == (verb, keeper, keeper.record_name)
    assert entry.reason.startswith("order")
    assert "s3cret" not in str((entry.before, entry.after, entry.label))


@pytest.mark.parametrize("who", ["district", "head", "province", "moi", "auditor", "admin", "disabled", "outsider"])
@pytest.mark.parametrize("verb", REGISTER)
def test_nobody_else_may(verb, who, post, request, untouched):
    person = request.getfixturevalue(who)
    with untouched(), pytest.raises(PermissionDenied):
        REGISTER[verb](person, post, person)


@pytest.mark.parametrize("verb", REGISTER)
def test_the_keeper_of_one_province_has_no_hand_in_another(verb, keeper, world, outsider, untouched):
    with untouched(), pytest.raises(PermissionDenied):
        REGISTER[verb](keeper, world["post-0107-1"], outsider)


def test_ending_needs_the_keeper_too(world, province, keeper, head, untouched):
    post = world["post-1607-1"]
    tenure, sector, posting = (
        post.tenures.at(timezone.now()).get(),
        post.sectors.at(timezone.now()).get(),
        head.postings.get(),
    )
    at = timezone.now()
    with untouched():
        with pytest.raises(PermissionDenied):
            actions.end_tenure(actor=province, tenure=tenure, at=at, reason="x")
        with pytest.raises(PermissionDenied):
            actions.end_sector(actor=province, sector=sector, at=at, reason="x")
        with pytest.raises(PermissionDenied):
            actions.end_posting(actor=province, posting=posting, at=at, reason="x")
    assert actions.end_tenure(actor=keeper, tenure=tenure, at=at, reason="moved").until == at
    assert actions.end_sector(actor=keeper, sector=sector, at=at, reason="redrawn").until == at
    assert actions.end_posting(actor=keeper, posting=posting, at=at, reason="moved").until == at
    verbs = list(AuditEntry.objects.order_by("-id").values_list("verb", "reason")[:3])
    assert verbs == [("end_posting", "moved"), ("end_sector", "redrawn"), ("end_tenure", "moved")]


def test_an_ended_posting_gives_nothing_and_a_transfer_takes_no_answering_away(world, head):
    post = world["post-1607-1"]
    actions.end_posting(actor=None, posting=head.postings.get(), at=timezone.now(), reason="moved")
    assert policy.unit_ids(head, policy.VIEW) == frozenset()
    assert not head.groups.exists()
    assert CommandTenure.objects.head_of(post.pk, timezone.now()).person == head


@pytest.mark.parametrize("verb", ["end_tenure", "end_sector", "end_posting"])
def test_nothing_ends_before_it_began(verb, world, head):
    post = world["post-1607-1"]
    row = {
        "end_tenure": ("tenure", post.tenures.at(timezone.now()).get()),
        "end_sector": ("sector", post.sectors.at(timezone.now()).get()),
        "end_posting": ("posting", head.postings.get()),
    }[verb]
    with pytest.raises(ValidationError):
        getattr(actions, verb)(actor=None, **{row[0]: row[1]}, at=row[1].since, reason="x")


def test_a_unit_has_one_head_at_a_time(post):
    now = timezone.now()
    held = CommandTenure.objects.at(now).get(unit=post)
    with pytest.raises(ValidationError):
        actions.appoint_head(actor=None, unit=post, name_en="Second", since=now)
    assert CommandTenure.objects.at(now).get(unit=post) == held
    actions.end_tenure(actor=None, tenure=held, at=now, reason="moved")
    successor = actions.appoint_head(actor=None, unit=post, name_en="Second", since=now)
    assert CommandTenure.objects.head_of(post.pk, now) == successor
    assert CommandTenure.objects.head_of(post.pk, now - timedelta(microseconds=1)) == held


def test_the_database_itself_refuses_two_heads(post):
    held = CommandTenure.objects.at(timezone.now()).get(unit=post)
    with pytest.raises(IntegrityError, match="a_unit_has_one_head_at_a_time"), transaction.atomic():
        CommandTenure.objects.create(unit=post, head_name_en="x", period=(held.since, None))


def test_a_person_holds_a_role_at_a_unit_once_at_a_time(district, world):
    with pytest.raises(ValidationError):
        actions.post_person(
            actor=None, user=district, unit=world["district-1607"], role=Role.FILER, since=timezone.now()
        )


def test_there_is_no_other_role(outsider, post):
    with pytest.raises(ValidationError):
        actions.post_person(actor=None, user=outsider, unit=post, role="king", since=START)


def test_a_sector_has_one_shape_at_a_time_and_a_whole_one(post):
    bow = MultiPolygon(Polygon(((0, 0), (1, 1), (1, 0), (0, 1), (0, 0))), srid=4326)
    with pytest.raises(ValidationError):
        actions.draw_sector(actor=None, unit=post, code="BOW", area=bow, since=START)
    with pytest.raises(ValidationError):
        actions.draw_sector(actor=None, unit=post, code="S-1607-2", area=SQUARE, since=START)
    assert Sector.objects.filter(code__in=("BOW", "S-1607-2")).count() == 1


def test_an_account_begins_without_any_posting(world):
    user = actions.create_user(actor=None, username="new", password="a-long-password", name_en="New Person")
    assert check_password("a-long-password", user.password)
    assert policy.roles_of(user) == []
    assert AuditEntry.objects.latest("id").verb == "create_user"
    assert "a-long-password" not in str(AuditEntry.objects.latest("id").after)


@pytest.mark.parametrize("who", ["province", "keeper", "moi", "outsider"])
def test_accounts_are_made_by_staff_only(who, request, untouched):
    with untouched(), pytest.raises(PermissionDenied):
        actions.create_user(
            actor=request.getfixturevalue(who), username="new", password="a-long-password", name_en="New"
        )
    assert not User.objects.filter(username="new").exists()


def test_staff_make_accounts(admin):
    made = {"username": "new", "password": "a-long-password", "name_en": "New"}
    with pytest.raises(ValidationError):
        actions.create_user(actor=admin, **made)
    assert actions.create_user(actor=admin, reason="order 5", **made).pk


def test_a_person_chooses_his_language(district):
    actions.choose_language(actor=district, language="en")
    district.refresh_from_db()
    assert district.language == "en"
    entry = AuditEntry.objects.latest("id")
    assert (entry.verb, entry.before, entry.after) == ("choose_language", {"language": "km"}, {"language": "en"})
    with pytest.raises(ValidationError):
        actions.choose_language(actor=district, language="fr")


def test_a_webhook_needs_a_secret(world):
    with pytest.raises((ValidationError, IntegrityError)), transaction.atomic():
        actions.add_endpoint(
            actor=None, unit=world["moi"], channel=MachineChannel.WEBHOOK, address="https://x.example.org/"
        )
    assert not Endpoint.objects.filter(unit=world["moi"]).exists()


def test_a_defect_is_raised_once_for_each_finding(world):
    def raise_(found_by):
        return actions.raise_register_defect(
            kind=DefectKind.GAP,
            found_by=found_by,
            moment=START,
            point=Point(104, 12, srid=4326),
            units=[world["command-16"]],
        )

    assert raise_("RTK-1").pk == raise_("RTK-1").pk
    raise_("RTK-2")
    assert RegisterDefect.objects.count() == 2
    assert AuditEntry.objects.filter(verb="raise_register_defect").count() == 2


def test_the_tree_of_the_world(world):
    post = Unit.objects.with_tree_fields().get(code="post-1607-1")
    codes = [Unit.objects.get(pk=pk).code for pk in post.tree_path]
    assert codes == ["moi", "province-16", "command-16", "battalion-16", "post-1607-1"]


def test_memberships_are_put_in_step_with_postings(district, former_head, world):
    group = former_head.postings.get().unit_role.group
    assert actions.settle_memberships() in ([], [f"user {former_head.pk} left group {group.pk}"])
    assert actions.settle_memberships() == []
    former_head.groups.add(group)
    district.groups.clear()
    notes = actions.settle_memberships()
    assert len(notes) == 2
    assert district.groups.count() == 1
    assert not former_head.groups.exists()
