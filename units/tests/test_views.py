"""Pages of the register and the choice of language."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.gis.geos import Point

from units.actions import raise_register_defect
from units.models import Unit


@pytest.fixture(autouse=True)
def _english(world: Any) -> None:
    from units.models import User

    User.objects.update(language="en")


def test_the_tree_shows_what_a_person_may_see(signed_in: Any, province: Any, province2: Any, outsider: Any) -> None:
    for person, seen, unseen in ((province, "post-1607-1", "province-01"), (province2, "province-01", "post-1607-1")):
        text = signed_in(person).get("/units/").content.decode()
        assert f"/units/{seen}/" in text
        assert f"/units/{unseen}/" not in text
    assert "no unit is shown" in signed_in(outsider).get("/units/").content.decode()


def test_a_unit_shows_its_heads_over_time_and_its_sectors(signed_in: Any, province: Any, world: Any) -> None:
    unit = world["post-1607-1"]
    text = signed_in(province).get("/units/post-1607-1/").content.decode()
    assert unit.tenures.count() > 1
    for tenure in unit.tenures.all():
        assert tenure.head_name_en in text
    for sector in unit.sectors.all():
        assert sector.code in text


def test_an_invisible_unit_is_not_there(signed_in: Any, client: Any, province2: Any, outsider: Any) -> None:
    for person in (province2, outsider):
        assert signed_in(person).get("/units/post-1607-1/").status_code == 404
    assert client.get("/units/post-1607-1/").status_code == 302


def test_faults_of_the_register_are_for_those_who_can_mend_or_decide(signed_in: Any, world: Any, request: Any) -> None:
    raise_register_defect(
        kind="gap", found_by="RTK-2026-000001", moment=datetime(2026, 1, 1, tzinfo=UTC),
        point=Point(107.4, 13.8, srid=4326), units=[world["command-16"]],
    )  # fmt: skip
    for name in ("province", "keeper", "moi"):
        answer = signed_in(request.getfixturevalue(name)).get("/units/command-16/")
        assert "RTK-2026-000001" in answer.content.decode(), name
    answer = signed_in(request.getfixturevalue("auditor")).get("/units/command-16/")
    assert answer.status_code == 200
    assert "RTK-2026-000001" not in answer.content.decode()


def test_the_language_is_kept_with_the_account(signed_in: Any, province: Any, client: Any, audited: Any) -> None:
    browser = signed_in(province)
    answer = browser.post("/language/", {"language": "km", "next": "/units/"})
    assert (answer.status_code, answer["Location"]) == (302, "/units/")
    province.refresh_from_db()
    assert province.language == "km"
    assert 'lang="km"' in browser.get("/units/").content.decode()
    assert audited("choose_language").actor == province
    assert client.post("/language/", {"language": "en", "next": "/accounts/login/"}).status_code == 302
    assert browser.post("/language/", {"language": "xx"}).status_code == 302
    province.refresh_from_db()
    assert province.language == "km"


def test_the_language_never_leads_away_from_the_site(signed_in: Any, province: Any) -> None:
    answer = signed_in(province).post("/language/", {"language": "km", "next": "https://evil.example/"})
    assert "evil" not in answer["Location"]


def test_the_tree_takes_few_queries(signed_in: Any, moi: Any, django_assert_max_num_queries: Any) -> None:
    browser = signed_in(moi)
    with django_assert_max_num_queries(10):
        answer = browser.get("/units/")
    assert len(answer.content) > 10 * Unit.objects.count()


def test_accounts_are_made_in_the_administration_by_the_verb(signed_in: Any, admin: Any, audited: Any) -> None:
    browser = signed_in(admin)
    said = {
        "username": "newcomer", "name_en": "New Comer", "rank": "captain", "language": "km",
        "password": "a long first password", "reason": "Order 12",
    }  # fmt: skip
    assert browser.post("/admin/units/user/add/", said).status_code == 302
    assert audited("create_user", "newcomer").actor == admin
    assert browser.get("/admin/auth/group/").status_code == 404


def test_reference_data_is_changed_on_record(signed_in: Any, admin: Any, audited: Any) -> None:
    from units.models import BorderSection

    section = BorderSection.objects.first()
    assert section is not None
    browser, page = signed_in(admin), f"/admin/units/bordersection/{section.pk}/change/"
    form = browser.get(page).context["adminform"].form
    said = {name: form.initial.get(name) or "" for name in form.fields} | {"note_en": "Looked at again"}
    assert browser.post(page, said).status_code == 302
    assert audited("edit_reference", section.audit_key).after == {"note_en": "Looked at again"}
