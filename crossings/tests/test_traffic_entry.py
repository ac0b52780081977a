"""The sheet of a day: both directions at once, cells that are refused, corrections, somebody who was faster."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from borderwatch.khmer import khmer_digits
from crossings import actions, sheets
from crossings.counts import Line
from crossings.models import Crossing, TrafficSheet
from units.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english(world: Any) -> None:
    """Pages are compared by their English words."""
    User.objects.update(language="en")


@pytest.fixture
def o_yadav(world: Any) -> Crossing:
    return Crossing.objects.get(slug="vn-o-yadav")


@pytest.fixture
def yesterday() -> date:
    return timezone.localdate() - timedelta(days=1)


@pytest.fixture
def there(yesterday: date) -> str:
    return reverse("traffic:day", args=["vn-o-yadav", yesterday])


@pytest.fixture
def typed() -> Callable[..., dict[str, Any]]:
    """What a person types into the sheet; name what differs (`__` for a dash)."""

    def make(**changes: Any) -> dict[str, Any]:
        values = {
            "version-in": 0, "version-out": 0, "hours-in": "12", "hours-out": "6:00-18:00", "method": "counted",
            "observer": "Sok Dara", "in-passengers-khmer-": "120", "out-passengers-khmer-": "៩៥",
            "in-vehicles-truck-": "14", "in-refused--": "0",
        }  # fmt: skip
        return {**values, **{name.replace("__", "-"): value for name, value in changes.items()}}

    return make


def test_both_directions_are_entered_at_once(
    signed_in: Any, district: Any, there: str, typed: Any, yesterday: date
) -> None:
    browser = signed_in(district)
    page = browser.get(there).content.decode()
    assert 'name="in-passengers-khmer-"' in page
    assert 'inputmode="numeric"' in page
    answer = browser.post(there, typed())
    assert answer.status_code == 302, answer.content.decode()
    into, out = TrafficSheet.objects.order_by("direction")
    assert (into.passengers, into.vehicles, into.refused, into.searches) == (120, 14, 0, None)
    assert (out.passengers, out.vehicles, out.observed_minutes) == (95, None, 720)
    assert into.source == "page"
    page = browser.get(answer["Location"]).content.decode()
    assert "data-saved" in page
    assert "2 directions of the day are entered." in page


def test_one_direction_alone_may_be_entered(signed_in: Any, district: Any, there: str, typed: Any) -> None:
    signed_in(district).post(there, typed(out__passengers__khmer__=""))
    assert [row.direction for row in TrafficSheet.objects.all()] == ["in"]


def test_goods_are_entered_with_tonnes_and_value(signed_in: Any, district: Any, there: str, typed: Any) -> None:
    goods = {
        "goods": "4", "goods-0-class": "cassava", "goods-0-currency": "KHR", "goods-0-tonnes-in": "1,204.5",
        "goods-0-value-in": khmer_digits("84 000 000"), "goods-2-class": "rice", "goods-2-tonnes-out": "3",
    }  # fmt: skip
    answer = signed_in(district).post(there, {**typed(), **goods})
    assert answer.status_code == 302, answer.content.decode()
    into, out = TrafficSheet.objects.order_by("direction")
    line = into.lines.get(kind="goods")
    assert (float(line.tonnes), float(line.value), line.currency) == (1204.5, 84_000_000, "KHR")
    assert float(out.tonnes) == 3
    page = signed_in(district).get(there).content.decode()
    assert 'value="1204.5"' in page


def test_more_lines_of_goods_are_given_without_losing_anything(
    signed_in: Any, district: Any, there: str, typed: Any
) -> None:
    page = signed_in(district).post(there, {**typed(), "goods": "2", "more": "1"})
    assert page.status_code == 200
    assert 'name="goods-4-class"' in page.content.decode()
    assert 'value="120"' in page.content.decode()
    assert not TrafficSheet.objects.exists()


@pytest.mark.parametrize(
    ("changes", "cell", "words"),
    [
        ({"in__passengers__khmer__": "many"}, "in-passengers-khmer-", "“many” is no number"),
        ({"in__passengers__khmer__": "1.234"}, "in-passengers-khmer-", "1234 for the thousand"),
        ({"in__passengers__khmer__": "-4"}, "in-passengers-khmer-", "below zero"),
        ({"out__passengers__khmer__": "100001"}, "out-passengers-khmer-", "100,000"),
        ({"in__vehicles__truck__": "2.5"}, "in-vehicles-truck-", "no whole number"),
        ({"hours__in": "all day"}, "hours-in", "no time watched"),
        ({"hours__out": ""}, "hours-out", "at most 24 hours"),
        ({"hours__in": "25"}, "hours-in", "at most 24 hours"),
        ({"observer": ""}, "observer", "This field is required"),
        ({"apart": "on", "observer__out": "", "method__out": "camera"}, "observer-out", "Name who watched"),
        ({"goods": "2", "goods__0__tonnes__in": "5"}, "goods-0-class", "Name the class"),
        (
            {"goods": "2", "goods__0__class": "rice", "goods__0__value__in": "5"}, "goods-0-currency",
            "Give the currency",
        ),
        (
            {"goods": "2", "goods__0__class": "rice", "goods__0__tonnes__in": "5", "goods__1__class": "rice",
             "goods__1__tonnes__in": "6"}, "goods-1-class", "counted twice",
        ),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_is_marked_and_nothing_typed_is_lost(
    signed_in: Any, district: Any, there: str, typed: Any, changes: Any, cell: str, words: str
) -> None:
    sent = typed(**changes)
    answer = signed_in(district).post(there, sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    marked = page[page.index(f'name="{cell}"') :]
    marked = marked[: marked.index(">")]
    assert 'aria-invalid="true"' in marked
    assert f'aria-describedby="id_{cell}_error"' in marked
    assert f'id="id_{cell}_error"' in page
    assert 'value="14"' in page or "in__vehicles__truck__" in changes
    assert not TrafficSheet.objects.exists()


def test_an_empty_sheet_is_asked_about(signed_in: Any, district: Any, there: str) -> None:
    answer = signed_in(district).post(there, {"hours-in": "12", "method": "counted", "observer": "Sok"})
    assert answer.status_code == 422
    assert "Write 0 where you watched and nobody came" in answer.content.decode()


def test_a_change_of_what_is_in_force_is_a_correction_shown_old_beside_new(
    signed_in: Any, district: Any, there: str, typed: Any
) -> None:
    browser = signed_in(district)
    browser.post(there, typed())
    page = browser.get(there).content.decode()
    assert "Correct the day" in page
    assert 'name="version-in" value="1"' in page
    changed = typed(version__in=1, version__out=1, in__passengers__khmer__="130")
    asked = browser.post(there, changed)
    assert asked.status_code == 422
    text = asked.content.decode()
    assert "Say why it is corrected" in text
    assert "What would change" in text
    assert "<strong>130</strong>" in text
    done = browser.post(there, {**changed, "reason": "Recounted"})
    assert done.status_code == 302
    assert TrafficSheet.objects.filter(direction="in", current=True).get().version == 2
    # The direction that was not touched stays as it was.
    assert TrafficSheet.objects.filter(direction="out").get().version == 1
    versions = browser.get(reverse("traffic:versions", args=["vn-o-yadav", sheets.today() - timedelta(days=1)]))
    text = versions.content.decode()
    assert "version 2" in text
    assert "version 1" in text
    assert "“Recounted”" in text


def test_what_is_typed_again_unchanged_changes_nothing(signed_in: Any, district: Any, there: str, typed: Any) -> None:
    browser = signed_in(district)
    browser.post(there, typed())
    answer = browser.post(there, typed(version__in=1, version__out=1), follow=True)
    assert "nothing has changed" in answer.content.decode()
    assert TrafficSheet.objects.count() == 2


def test_somebody_who_was_faster_is_shown_beside_and_nothing_is_half_saved(
    signed_in: Any, district: Any, province: Any, there: str, typed: Any, o_yadav: Crossing, yesterday: date
) -> None:
    actions.record_sheet(
        actor=province, crossing=o_yadav, day=yesterday, direction="in", observed_minutes=600, method="counted",
        observer="Other", lines=[Line("passengers", nationality="khmer", number=7)],
    )  # fmt: skip
    browser = signed_in(district)
    late = browser.post(there, typed())
    page = late.content.decode()
    assert late.status_code == 422
    assert "meanwhile" in page
    assert "Somebody was faster" in page
    assert 'value="120"' in page
    assert 'name="version-in" value="1"' in page
    # The other direction is not saved either.
    assert TrafficSheet.objects.count() == 1
    done = browser.post(there, typed(version__in=1, reason="We counted at the barrier itself"))
    assert done.status_code == 302
    assert TrafficSheet.objects.get(direction="in", current=True).passengers == 120
    assert TrafficSheet.objects.get(direction="in", current=False).passengers == 7


def test_a_day_in_force_cannot_be_emptied(signed_in: Any, district: Any, there: str, typed: Any) -> None:
    browser = signed_in(district)
    browser.post(there, typed())
    empty = {name: "" for name in typed() if name.startswith("in-")}
    answer = browser.post(there, {**typed(version__in=1, version__out=1, reason="Wrong"), **empty})
    assert answer.status_code == 422
    assert "into Cambodia: Nothing is counted yet" in answer.content.decode()


def test_the_directions_may_be_watched_by_different_people(
    signed_in: Any, district: Any, there: str, typed: Any
) -> None:
    browser = signed_in(district)
    apart = {"apart": "on", "observer-out": "Chan", "method-out": "camera", "note-out": "Rain"}
    browser.post(there, {**typed(), **apart})
    into, out = TrafficSheet.objects.order_by("direction")
    assert (into.observer, into.method, into.note) == ("Sok Dara", "counted", "")
    assert (out.observer, out.method, out.note) == ("Chan", "camera", "Rain")
    page = browser.get(there).content.decode()
    assert 'name="apart" id="id_apart" checked' in page or 'name="apart" class' in page


def test_a_closed_day_asks_whether_it_was_so(
    signed_in: Any, district: Any, province: Any, there: str, typed: Any, o_yadav: Crossing
) -> None:
    since = timezone.now() - timedelta(days=10)
    actions.set_crossing_status(
        actor=province, crossing=o_yadav, status="suspended", since=since, flows=["people"], reason="Flood"
    )
    browser = signed_in(district)
    assert "holds this crossing shut" in browser.get(there).content.decode()
    refused = browser.post(there, typed())
    assert refused.status_code == 422
    assert "The register holds this crossing shut on that day for: people" in refused.content.decode()
    assert browser.post(there, typed(although_closed="on")).status_code == 422
    done = browser.post(there, typed(although_closed="on", note="Let through for the hospital"))
    assert done.status_code == 302
    assert TrafficSheet.objects.filter(although_closed=True).count() == 2
    assert "counted although closed" in browser.get(there).content.decode()


def test_who_only_reads_sees_the_counts_and_no_sheet(
    signed_in: Any, district: Any, auditor: Any, there: str, typed: Any
) -> None:
    signed_in(district).post(there, typed())
    page = signed_in(auditor).get(there).content.decode()
    assert "day-form" not in page
    assert ">120<" in page
    assert signed_in(auditor).post(there, typed()).status_code == 403


def test_days_that_cannot_be_entered_are_not_there(signed_in: Any, district: Any, province2: Any, there: str) -> None:
    browser = signed_in(district)
    for day in ("1990-01-01", "2026-13-01", (timezone.localdate() + timedelta(days=2)).isoformat()):
        assert browser.get(f"/crossings/traffic/vn-o-yadav/{day}/").status_code == 404, day
    assert browser.get(reverse("traffic:enter", args=["vn-o-yadav"]))["Location"].endswith(f"/{sheets.today()}/")
    assert signed_in(province2).get(there).status_code == 404


def test_classes_counted_lately_stand_first_and_odd_lines_are_not_lost(
    signed_in: Any, district: Any, there: str, typed: Any, o_yadav: Crossing, yesterday: date
) -> None:
    actions.record_sheet(
        actor=district, crossing=o_yadav, day=yesterday, direction="in", observed_minutes=720, method="counted",
        observer="Sok Dara",
        lines=[
            Line("refused", nationality="khmer", document="none", number=3),
            Line("passengers", nationality="neighbour", document="border_pass", number=44),
        ],
    )  # fmt: skip
    browser = signed_in(district)
    page = browser.get(there).content.decode()
    assert 'name="in-refused-khmer-none" value="3"' in page
    sent = {
        "version-in": 1, "version-out": 0, "hours-in": "12", "hours-out": "12", "method": "counted",
        "observer": "Sok Dara", "in-refused-khmer-none": "3", "in-passengers-neighbour-border_pass": "44",
    }  # fmt: skip
    assert "nothing has changed" in browser.post(there, sent, follow=True).content.decode()


def test_the_page_asks_few_questions(
    signed_in: Any, district: Any, there: str, typed: Any, django_assert_max_num_queries: Any
) -> None:
    browser = signed_in(district)
    browser.post(there, typed())
    browser.get(there)
    with django_assert_max_num_queries(26):
        browser.get(there)


def test_the_strip_tells_what_is_entered(signed_in: Any, district: Any, there: str, typed: Any) -> None:
    browser = signed_in(district)
    browser.post(there, typed(out__passengers__khmer__=""))
    page = browser.get(there).content.decode()
    assert "day-in" in page
    assert "one direction entered" in page
    assert "not entered" in page
