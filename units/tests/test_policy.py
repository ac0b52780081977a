"""Who may do what: the roles table, dated postings, and grants that follow the tree of units."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from units import actions, policy
from units.choices import Role
from units.models import Sector, Unit, UnitGroupPermission, UnitUserPermission, UnresolvedArea


def ids(world, *codes):
    return {world[code].pk for code in codes}


def test_every_role_and_verb_uses_the_allow_list():
    assert set(policy.ROLES) == set(Role.values)
    assert set().union(*policy.ROLES.values()) <= policy.CODENAMES
    assert set(policy.VERBS.values()) <= policy.CODENAMES


def test_the_codenames_are_exactly_the_permissions_of_a_unit(world):
    real = Permission.objects.filter(content_type__app_label="units", content_type__model="unit")
    assert set(real.values_list("codename", flat=True)) == policy.CODENAMES
    held = UnitGroupPermission.objects.values_list("permission__codename", flat=True).distinct()
    assert set(held) <= policy.CODENAMES


def test_another_codename_is_refused_loudly(moi):
    with pytest.raises(ValueError, match="allow-list"):
        policy.unit_ids(moi, "delete_everything")


@pytest.mark.parametrize(
    ("who", "sees", "not_"),
    [
        ("district", ["district-1607"], ["province-16", "post-1607-1", "district-1601"]),
        ("province", ["province-16", "district-1607", "command-16", "post-1607-1"], ["province-01", "moi"]),
        ("head", ["post-1607-1"], ["post-1607-2", "battalion-16"]),
        ("moi", ["moi", "province-01", "province-16", "post-1607-1"], ["mfaic", "ssba"]),
        ("mfaic", ["mfaic"], ["moi", "province-16", "ssba"]),
        ("auditor", ["moi", "province-16"], ["mfaic"]),
    ],
)
def test_a_posting_gives_the_unit_and_everything_under_it(who, sees, not_, world, request):
    held = policy.unit_ids(request.getfixturevalue(who), policy.VIEW)
    assert ids(world, *sees) <= held
    assert not ids(world, *not_) & held


@pytest.mark.parametrize("who", ["admin", "disabled", "outsider", "former_head"])
@pytest.mark.parametrize("codename", sorted(policy.CODENAMES))
def test_nobody_without_a_posting_of_today_has_anything(who, codename, request):
    assert policy.unit_ids(request.getfixturevalue(who), codename) == frozenset()


def test_anonymous_has_nothing(world):
    assert policy.unit_ids(AnonymousUser(), policy.VIEW) == frozenset()
    assert policy.unit_ids(None, policy.VIEW) == frozenset()
    assert policy.roles_of(AnonymousUser()) == []


def test_the_group_alone_gives_nothing_without_the_dated_posting(former_head, world):
    """A membership left behind by a dead process must not outlive the posting."""
    group = former_head.postings.get().unit_role.group
    former_head.groups.add(group)
    assert policy.unit_ids(former_head, policy.VIEW) == frozenset()


def test_a_posting_begins_and_ends_by_the_clock(outsider, world):
    now = timezone.now()
    posting = actions.post_person(
        actor=None, user=outsider, unit=world["province-16"], role=Role.FILER, since=now + timedelta(hours=1)
    )
    assert policy.unit_ids(outsider, policy.FILE) == frozenset()
    posting.period = (now - timedelta(hours=1), now + timedelta(hours=1))
    posting.save()
    assert world["district-1607"].pk in policy.unit_ids(outsider, policy.FILE)
    posting.period = (now - timedelta(hours=1), now - timedelta(seconds=1))
    posting.save()
    assert policy.unit_ids(outsider, policy.FILE) == frozenset()


def test_a_direct_grant_counts_too_and_only_for_active_people(outsider, world):
    permission = Permission.objects.get(codename=policy.VIEW, content_type__model="unit")
    UnitUserPermission.objects.create(user=outsider, permission=permission, content_object=world["moi"])
    assert policy.unit_ids(outsider, policy.VIEW) == {world["moi"].pk}
    outsider.is_active = False
    assert policy.unit_ids(outsider, policy.VIEW) == frozenset()


def test_a_new_unit_is_covered_by_the_grants_above_it_at_once(world, province, moi, mfaic):
    unit = actions.create_unit(
        actor=None, code="new-post", kind="border_police_post", name_en="New", parent=world["battalion-16"]
    )
    assert unit.pk in policy.unit_ids(province, policy.ESCALATE)
    assert unit.pk in policy.unit_ids(moi, policy.REVIEW)
    assert unit.pk not in policy.unit_ids(mfaic, policy.VIEW)
    assert unit.pk not in policy.unit_ids(moi, policy.ESCALATE)


def test_it_costs_one_query(moi, django_assert_num_queries):
    with django_assert_num_queries(1):
        policy.unit_ids(moi, policy.VIEW)


def test_may_and_demand(province, world):
    ours, theirs = world["post-1607-1"].pk, world["post-0107-1"].pk
    assert policy.may(province, "escalate", [None, theirs, ours])
    assert not policy.may(province, "escalate", [theirs, None])
    assert not policy.may(province, "escalate", [])
    policy.demand(province, "escalate", [ours])
    with pytest.raises(PermissionDenied):
        policy.demand(province, "escalate", [theirs])


# --- what each sees of the register ---------------------------------------------------------------------------


def test_units_seen_are_those_of_ones_province_and_the_institutions(district, province2, outsider, disabled):
    seen = {unit.code for unit in Unit.objects.visible_to(district)}
    assert seen == {*Unit.objects.filter(province__code="16").values_list("code", flat=True), "moi", "mfaic", "ssba"}
    assert "post-1607-1" in seen
    assert "post-1607-1" not in {unit.code for unit in Unit.objects.visible_to(province2)}
    assert not Unit.objects.visible_to(outsider)
    assert not Unit.objects.visible_to(disabled)


def test_institutions_look_at_every_unit(mfaic):
    assert Unit.objects.visible_to(mfaic).count() == Unit.objects.count()


def test_sectors_of_ones_province_are_seen_and_no_others(district, moi, mfaic, outsider):
    provinces = set(Sector.objects.visible_to(district).values_list("unit__province__code", flat=True))
    assert provinces == {"16"}
    assert Sector.objects.visible_to(moi).count() == Sector.objects.visible_to(mfaic).count() == Sector.objects.count()
    assert not Sector.objects.visible_to(outsider)


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("district", set()),
        ("head", set()),
        ("auditor", set()),
        ("outsider", set()),
        ("disabled", set()),
        ("admin", set()),
        ("province", {"pak-nhai-white-zone"}),
        ("moi", None),
        ("mfaic", None),
        ("ssba", None),
    ],
)
def test_unresolved_areas_are_for_deciders_only(who, sees, request):
    seen = {area.code for area in UnresolvedArea.objects.visible_to(request.getfixturevalue(who))}
    everything = {area.code for area in UnresolvedArea.objects.all()}
    if sees is None:
        assert seen == everything
    else:
        assert seen >= sees
        assert bool(seen) == bool(sees)
        assert seen < everything
