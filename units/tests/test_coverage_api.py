"""Coverage for machines: the same figures as the pages, for those who see the unit's patrols."""

from datetime import timedelta

import pytest
from django.contrib.gis.geos import LineString, MultiLineString
from django.utils import timezone

from units import coverage, ground
from units.models import Patch, Sector


@pytest.fixture
def sector(world):
    """The head's sector with a border line of some 11 km, a fifth of it seen yesterday."""
    one = Sector.objects.get(unit=world["post-1607-1"])
    one.border = MultiLineString(LineString((107.4, 13.7), (107.4, 13.8)), srid=4326)
    one.save(update_fields=["border"])
    coverage.lay(one)
    patches = list(Patch.objects.filter(sector=one).order_by("number"))
    seen = [patch.pk for patch in patches[: len(patches) // 5]]
    Patch.objects.filter(pk__in=seen).update(last_seen_at=timezone.now() - timedelta(days=1))
    return one


@pytest.fixture
def ask(signed_in):
    def get(who, address, status=200):
        answer = signed_in(who).get(f"/api/v1/{address}")
        assert answer.status_code == status, answer.content
        return answer.json()

    return get


def test_the_share_is_the_one_of_the_page(ask, head, sector):
    row = ask(head, "coverage/?unit=post-1607-1")["results"][0]
    page = next(one for one in ground.of_sectors(head, 30) if one.code == sector.code)
    assert row["code"] == sector.code
    assert row["share"] == pytest.approx(page.share, abs=0.06)
    assert row["share"] == pytest.approx(20, abs=2)
    assert row["measure"] == pytest.approx(11_064, rel=0.01)


def test_older_visits_count_when_more_days_are_asked_for(ask, head, sector):
    Patch.objects.filter(sector=sector).update(last_seen_at=timezone.now() - timedelta(days=40))
    assert ask(head, "coverage/?unit=post-1607-1")["results"][0]["share"] == 0
    assert ask(head, "coverage/?unit=post-1607-1&days=60")["results"][0]["share"] == 100


def test_one_ground_by_kilometre(ask, head, sector):
    body = ask(head, f"coverage/{sector.code}/")
    assert [km["number"] for km in body["kilometres"]] == list(range(1, 13))
    assert body["kilometres"][0]["days_since"] == 1
    assert body["kilometres"][-1]["days_since"] is None


def test_nobody_else_sees_it(ask, head, district, province2, mfaic, sector):
    for stranger in (province2, mfaic, district):
        rows = ask(stranger, "coverage/?limit=200")["results"]
        assert sector.code not in {row["code"] for row in rows}
        ask(stranger, f"coverage/{sector.code}/", status=404)


def test_unresolved_areas_are_for_those_who_decide(ask, head, province):
    assert ask(head, "coverage/?ground=unresolved_area")["results"] == []
    codes = {row["code"] for row in ask(province, "coverage/?ground=unresolved_area")["results"]}
    assert "pak-nhai-white-zone" in codes


@pytest.mark.parametrize(("address", "at"), [("coverage/?days=0", "days"), ("coverage/?ground=x", "ground")])
def test_what_cannot_be_read_is_said_at_its_parameter(ask, head, address, at):
    assert at in str(ask(head, address, status=400)["errors"])


def test_few_queries(head, signed_in, sector, django_assert_max_num_queries):
    client = signed_in(head)
    with django_assert_max_num_queries(9):
        client.get("/api/v1/coverage/")
