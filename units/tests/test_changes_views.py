"""Pages of proposed changes: propose by file and by hand, the dry run, the map, apply and abandon."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from borderwatch import jobs, sealed
from borderwatch.models import Job
from units import actions
from units.forms_changes import corners, outline
from units.models import RegisterChange, Sector
from units.tests.register_files import feature, geojson, square

NEW = "/units/changes/new/"
HAND = f"{NEW}?by=hand"


@pytest.fixture(autouse=True)
def _english(world: Any) -> None:
    from units.models import User

    User.objects.update(language="en")


@pytest.fixture
def upload(tmp_path: Path) -> Callable[..., SimpleUploadedFile]:
    """A GeoJSON file of features as a browser sends it."""

    def make(*features: Any, name: str = "sectors.geojson") -> SimpleUploadedFile:
        return SimpleUploadedFile(name, geojson(tmp_path / "up.geojson", features).read_bytes())

    return make


def sector_of(unit: Any) -> Sector:
    return Sector.objects.get(unit=unit, period__contains=timezone.now())


@pytest.fixture
def handed(world: Any, keeper: Any) -> RegisterChange:
    """A draft by hand: the sector of post-1607-1 goes to post-1607-2."""
    old = sector_of(world["post-1607-1"])
    return actions.propose_sector(
        actor=keeper, title="Handed over", code=old.code, unit=world["post-1607-2"], area=old.area,
        effective_from=timezone.now() + timedelta(days=7),
    )  # fmt: skip


def test_a_file_is_uploaded_read_seen_and_applied(
    signed_in: Any, keeper: Any, world: Any, upload: Any, audited: Any
) -> None:
    browser = signed_in(keeper)
    file = upload(
        feature(square(), sector_code="S-NEW", unit_code="post-1607-1"),
        feature(None, sector_code="S-NONE", unit_code="post-1607-1"),
    )
    form = {"title": "Sectors of 2027", "layer": "sector", "effective_from": "០១/០១/2027", "file": file, "source": "GD"}
    answer = browser.post(NEW, form)
    change = RegisterChange.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/units/changes/{change.pk}/")
    assert timezone.localtime(change.effective_from).isoformat() == "2027-01-01T00:00:00+07:00"
    there = answer["Location"]
    page = browser.get(there).content.decode()
    assert 'hx-trigger="every 1s"' in page
    job = jobs.latest(f"change:{change.pk}", "read_register_file")
    assert job is not None
    assert jobs.run(job.pk) == Job.State.DONE
    page = browser.get(there).content.decode()
    for text in ("S-NEW", "S-NONE", "The row has no shape.", "EPSG:4326", "sectors.geojson"):
        assert text in page, text
    refused = browser.post(f"{there}apply/", {"reason": "Order 7"})
    assert refused.status_code == 422
    assert "1 row is refused" in refused.content.decode()
    assert "Order 7" in refused.content.decode()
    done = browser.post(f"{there}apply/", {"reason": "Order 7", "without_refused": "on"})
    assert done.status_code == 302
    assert Sector.objects.get(code="S-NEW").unit.code == "post-1607-1"
    assert audited("apply_change").actor == keeper
    page = browser.get(there).content.decode()
    assert "Order 7" in page
    assert f"{there}apply/" not in page
    assert browser.post(f"{there}apply/", {"reason": "again", "without_refused": "on"}).status_code == 422


def test_the_dry_run_says_where_two_units_would_share_ground(signed_in: Any, keeper: Any, world: Any) -> None:
    taken = sector_of(world["post-1607-1"])
    change = actions.propose_sector(
        actor=keeper, title="Grown", code=sector_of(world["post-1607-2"]).code, unit=world["post-1607-2"],
        area=taken.area, effective_from=timezone.now() + timedelta(days=7),
    )  # fmt: skip
    there = f"/units/changes/{change.pk}/"
    page = signed_in(keeper).get(there).content.decode()
    assert f"lie in the sector {taken.code} of another unit too" in page
    # Nothing came from a file, so there is no row of a file to name.
    assert "Row of the file" not in page
    # Once applied it is a matter of the register check.
    assert signed_in(keeper).post(f"{there}apply/", {"reason": "Order 7"}).status_code == 302
    page = signed_in(keeper).get(there).content.decode()
    assert "of another unit too" not in page
    assert f"{there}whatif/" not in page


def test_handing_a_whole_sector_over_shares_no_ground(signed_in: Any, keeper: Any, handed: RegisterChange) -> None:
    assert "of another unit too" not in signed_in(keeper).get(f"/units/changes/{handed.pk}/").content.decode()


def test_refused_rows_are_not_drawn_as_proposed(signed_in: Any, keeper: Any, world: Any, upload: Any) -> None:
    browser = signed_in(keeper)
    file = upload(
        feature(square(), sector_code="S-NEW", unit_code="post-1607-1"),
        feature(square(), sector_code="S-NEW", unit_code="post-1607-1"),
    )
    form = {"title": "Twice", "layer": "sector", "effective_from": "01/01/2027", "file": file}
    there = browser.post(NEW, form)["Location"]
    jobs.run(Job.objects.get(kind="read_register_file").pk)
    drawn = browser.get(f"{there}rows.geojson").json()
    assert [one["properties"]["verdict"] for one in drawn["features"]] == ["added"]


def test_the_dry_run_of_a_file_that_cannot_be_taken_says_why(signed_in: Any, keeper: Any, upload: Any) -> None:
    browser = signed_in(keeper)
    file = upload(feature(square(48.8, 2.3), code="x"))
    form = {"title": "Wrong", "layer": "district", "effective_from": "01/01/2027", "file": file}
    there = browser.post(NEW, form)["Location"]
    job = Job.objects.get(kind="read_register_file")
    jobs.run(job.pk)
    page = browser.get(there).content.decode()
    assert "lies far from Cambodia" in page
    assert f"{there}abandon/" in page
    assert f"{there}apply/" not in page
    assert browser.post(f"{there}abandon/", {"reason": "Wrong file"}).status_code == 302


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": ""}, "title"),
        ({"effective_from": "31/02/2027"}, "effective_from"),
        ({"effective_from": "soon"}, "effective_from"),
        ({"layer": "moon"}, "layer"),
        ({"file": ""}, "file"),
        ({"file": SimpleUploadedFile("e.gpkg", b"")}, "file"),
    ],
)
def test_bad_input_is_shown_at_its_field_and_nothing_typed_is_lost(
    signed_in: Any, keeper: Any, upload: Any, wrong: dict[str, Any], field: str
) -> None:
    form = {"title": "Sectors", "layer": "sector", "effective_from": "01/01/2027", "file": upload(feature(square())),
            "source": "General Department", "crs": "EPSG:4326"} | wrong  # fmt: skip
    answer = signed_in(keeper).post(NEW, form)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    page = answer.content.decode()
    assert f'href="#id_{field}"' in page
    assert "General Department" in page
    assert not RegisterChange.objects.exists()


def test_a_file_that_is_too_large_is_refused_before_it_is_kept(
    signed_in: Any, keeper: Any, upload: Any, settings: Any
) -> None:
    settings.REGISTER_FILE_MAX_BYTES = 100
    form = {"title": "Sectors", "layer": "sector", "effective_from": "01/01/2027", "file": upload(feature(square()))}
    answer = signed_in(keeper).post(NEW, form)
    assert answer.status_code == 422
    assert "too large" in answer.content.decode()


def test_one_sector_by_hand(signed_in: Any, keeper: Any, world: Any) -> None:
    browser = signed_in(keeper)
    old = sector_of(world["post-1607-1"])
    page = browser.get(f"{HAND}&sector={old.code}")
    text = page.context["form"]["corners"].value()
    assert outline(text).equals_exact(old.area, 1e-5)
    form = {"title": "Hand over", "code": old.code, "unit": "post-1607-2 · Border Police Post 2", "corners": text,
            "effective_from": "01/01/2027"}  # fmt: skip
    answer = browser.post(HAND, form)
    assert answer.status_code == 302
    change = RegisterChange.objects.get()
    assert change.rows.get().verdict == "changed"
    assert "The unit that answers changes from post-1607-1 to post-1607-2." in browser.get(
        answer["Location"]
    ).content.decode()  # fmt: skip
    ended = browser.post(HAND, {"title": "End", "code": old.code, "ends": "on", "effective_from": "02/01/2027"})
    assert RegisterChange.objects.get(pk=ended["Location"].split("/")[-2]).rows.get().verdict == "ended"


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"corners": "13.5"}, "corners", "Line 1 is no position"),
        ({"corners": ""}, "corners", "Draw the outline"),
        ({"corners": "13.5, 107\n13.6, 107"}, "corners", "three corners"),
        ({"corners": "48, 2\n49, 2\n49, 3"}, "corners", "far from Cambodia"),
        ({"unit": "post-0105-1"}, "unit", "whose register you keep"),
        ({"unit": ""}, "unit", "whose register you keep"),
        ({"code": ""}, "code", "required"),
        ({"code": "S-NONE", "ends": "on"}, "code", "No sector of this code"),
    ],
)
def test_by_hand_bad_input_is_shown_at_its_field(
    signed_in: Any, keeper: Any, wrong: dict[str, str], field: str, words: str
) -> None:
    form = {"title": "x", "code": "S-NEW", "unit": "post-1607-1", "effective_from": "01/01/2027",
            "corners": "១៣.៥, 107.0\n13.5, 107.1\n13.6, 107.1"} | wrong  # fmt: skip
    answer = signed_in(keeper).post(HAND, form)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert words in answer.content.decode()
    assert form["title"] in answer.content.decode()
    assert not RegisterChange.objects.exists()


def test_corners_are_read_as_they_are_written() -> None:
    area = outline("១៣.៥, ១០៧.០\n13.5 107.1\n 13.6 ; 107.1 \n\n\n14, 107\n14, 107.1\n14.1, 107.1\n")
    assert area.extent == (107.0, 13.5, 107.1, 14.1)
    assert len(area) == 2
    assert outline(corners(area)).equals_exact(area, 1e-9)


def test_the_map_shows_both_shapes(signed_in: Any, keeper: Any, handed: RegisterChange) -> None:
    answer = signed_in(keeper).get(f"/units/changes/{handed.pk}/rows.geojson")
    assert answer["Content-Type"] == "application/geo+json"
    assert "private" in answer["Cache-Control"]
    body = json.loads(answer.content)
    assert [row["properties"]["what"] for row in body["features"]] == ["old", "new"]
    assert {row["properties"]["verdict"] for row in body["features"]} == {"changed"}
    assert body["features"][0]["geometry"]["type"] in ("Polygon", "MultiPolygon")


def test_the_file_is_handed_out_as_it_came_and_never_shown(
    signed_in: Any, keeper: Any, province: Any, outsider: Any, client: Any, upload: Any
) -> None:
    content = upload(feature(square())).read()
    file = sealed.keep(SimpleUploadedFile("../../x.html", content), max_bytes=10**6)
    change = actions.propose_file(actor=keeper, file=file, layer="sector", title="x",
                                  effective_from=timezone.now(), complete=False)  # fmt: skip
    there = f"/units/changes/{change.pk}/file/"
    answer = signed_in(keeper).get(there)
    assert b"".join(answer) == content
    assert re.match(r'attachment; filename="x.html"', answer["Content-Disposition"])
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "application/octet-stream"
    for person in (province, outsider):
        assert signed_in(person).get(there).status_code == 404
    assert client.get(there).status_code == 302


def test_a_stale_draft_offers_to_compare_anew(signed_in: Any, keeper: Any, world: Any, handed: RegisterChange) -> None:
    old = sector_of(world["post-1607-1"])
    actions.end_sector(actor=keeper, sector=old, at=timezone.now() + timedelta(days=1), reason="Order 1")
    browser, there = signed_in(keeper), f"/units/changes/{handed.pk}/"
    answer = browser.post(f"{there}apply/", {"reason": "Order 2"})
    assert answer.status_code == 422
    assert "The register has changed since" in answer.content.decode()
    assert answer.context["stale"]
    assert browser.post(f"{there}compare/").status_code == 302
    assert browser.post(f"{there}apply/", {"reason": "Order 2"}).status_code == 302


def test_who_may_not_see_a_change_finds_none(
    signed_in: Any, handed: RegisterChange, request: Any, client: Any, untouched: Any
) -> None:
    there = f"/units/changes/{handed.pk}/"
    for name in ("province", "province2", "head", "moi", "auditor", "admin", "outsider"):
        browser = signed_in(request.getfixturevalue(name))
        assert "Handed over" not in browser.get("/units/changes/").content.decode()
        assert browser.get(there).status_code == 404, name
        assert browser.get(NEW).status_code == 403, name
        with untouched():
            assert browser.post(f"{there}apply/", {"reason": "x"}).status_code == 404
            assert browser.post(f"{there}abandon/", {"reason": "x"}).status_code == 404
    assert client.get(there).status_code == 302


def test_lists_filter_page_and_stay_cheap(
    signed_in: Any, keeper: Any, world: Any, handed: RegisterChange, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        RegisterChange.objects.create(
            layer="sector", title=f"Change {number}", effective_from=timezone.now(), proposed_by=keeper,
            proposed_at=timezone.now() + timedelta(seconds=number),
        )  # fmt: skip
    browser = signed_in(keeper)
    with django_assert_max_num_queries(14):
        page = browser.get("/units/changes/")
    assert len(page.context["page"]) == 50
    older = browser.get("/units/changes/" + page.context["page"].older)
    assert "Handed over" in older.content.decode()
    actions.abandon_change(actor=keeper, change=handed, reason="No order came")
    only = browser.get("/units/changes/?state=abandoned")
    assert [change.pk for change in only.context["page"]] == [handed.pk]


def test_a_page_of_many_rows_stays_cheap(
    signed_in: Any, keeper: Any, handed: RegisterChange, django_assert_max_num_queries: Any
) -> None:
    row = handed.rows.get()
    for number in range(2, 80):
        row.pk, row.number, row.verdict, row.code = None, number, "refused", f"S-{number}"
        row.messages = [{"level": "error", "code": "no_shape", "params": {}}]
        row.save()
    browser = signed_in(keeper)
    with django_assert_max_num_queries(22):
        page = browser.get(f"/units/changes/{handed.pk}/")
    assert len(page.context["lines"]) == 50
    only = browser.get(f"/units/changes/{handed.pk}/?verdict=changed")
    assert len(only.context["lines"]) == 1
    assert 'class="count count-over">78<' in only.content.decode()
    further = browser.get(f"/units/changes/{handed.pk}/" + page.context["page"].older)
    assert len(further.context["lines"]) == 29
