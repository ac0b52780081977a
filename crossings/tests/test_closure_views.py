"""Pages of closing: what each person sees and may do, and that nothing typed is lost."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation

from borderwatch.models import Delivery
from crossings import actions, closures
from crossings.models import ClosureOrder, ClosureVisit, Crossing, ReopeningSign
from crossings.tests import closing
from crossings.tests.closing import Closing, corridor, in_days, seen
from units.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    User.objects.update(language="en")
    with translation.override("en"):
        yield


@pytest.fixture
def place(world: Any) -> Crossing:
    return corridor()


@pytest.fixture
def life(place: Crossing, province: Any, head: Any, moi: Any) -> Closing:
    return Closing(place, province=province, head=head, moi=moi)


@pytest.fixture
def open_as(signed_in: Callable[[Any], Client]) -> Callable[[Any], Client]:
    """A browser whose person reads English."""

    def sign_in(user: Any) -> Client:
        client = signed_in(user)
        client.cookies["django_language"] = "en"
        return client

    return sign_in


def text(answer: Any) -> str:
    found: str = answer.content.decode()
    return found


def told_of(page: str) -> str:
    """The page's words without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def typed(**changes: Any) -> dict[str, Any]:
    """A visit as a form sends it."""
    one = seen(photo=None)
    values = {
        "client_key": str(one.client_key), "at": closing_time(one.at), "accuracy_m": "១៥",
        "point": f"{one.point.y:.5f}, {one.point.x:.5f}", "measures": ["barrier"], "text": "របារឈើ", "photo_kept": "",
    }  # fmt: skip
    return {**values, **changes}


def closing_time(at: Any) -> str:
    from django.utils import timezone

    return timezone.localtime(at).strftime("%d/%m/%Y %H:%M")


# --- ordering -------------------------------------------------------------------------------------------------


def order_form(place: Crossing, **changes: Any) -> dict[str, Any]:
    values = {
        "crossing": place.slug, "number": "០៤៧ សសរ", "scope": ["people", "goods"], "measures": ["trench"],
        "responsible_unit": closing.POST, "due_on": in_days(9).strftime("%d/%m/%Y"), "text": "បិទទាំងស្រុង",
    }  # fmt: skip
    return {**values, **changes}


def test_a_province_orders_a_closure_on_the_page(open_as: Any, province: Any, place: Crossing, told: Any) -> None:
    client = open_as(province)
    page = text(client.get(f"/crossings/closures/new/?crossing={place.slug}"))
    assert place.name_en in page
    assert "Issue the order" in page
    scan = SimpleUploadedFile("ដីកា.pdf", b"%PDF-1.7 x", "application/pdf")
    answer = client.post(
        f"/crossings/closures/new/?crossing={place.slug}", {**order_form(place, scan=scan), "issue": "1"}
    )
    order = ClosureOrder.objects.get()
    assert answer.status_code == 302
    assert answer.url == f"/crossings/closures/{order.pk}/"
    assert (order.state, order.number, order.scope, order.scan_name) == (
        "issued",
        "០៤៧ សសរ",
        ["people", "goods"],
        "ដីកា.pdf",
    )
    assert "head" in told("closure_issued")
    got = client.get(f"/crossings/closures/{order.pk}/scan/")
    assert got["Content-Disposition"].startswith("attachment")
    assert got["X-Content-Type-Options"] == "nosniff"
    assert b"".join(got.streaming_content) == b"%PDF-1.7 x"


def test_an_order_without_a_number_keeps_everything_typed_and_no_draft(
    open_as: Any, province: Any, place: Crossing
) -> None:
    client = open_as(province)
    scan = SimpleUploadedFile("order.pdf", b"%PDF-1.7 x", "application/pdf")
    answer = client.post("/crossings/closures/new/", {**order_form(place, number="", scan=scan), "issue": "1"})
    page = text(answer)
    assert answer.status_code == 422
    assert "enter it first" in page
    assert "បិទទាំងស្រុង" in page
    assert not ClosureOrder.objects.exists()
    kept = re.search(r'name="scan_kept" value="([^"]+)"', page)
    assert kept
    again = client.post(
        "/crossings/closures/new/", {**order_form(place), "scan_kept": kept[1], "issue": "1"}
    )  # fmt: skip
    assert again.status_code == 302
    assert ClosureOrder.objects.get().scan_name == "order.pdf"


def test_a_draft_is_kept_changed_and_issued(open_as: Any, province: Any, place: Crossing) -> None:
    client = open_as(province)
    client.post("/crossings/closures/new/", {**order_form(place, number=""), "draft": "1"})
    order = ClosureOrder.objects.get()
    assert order.state == "drafted"
    here = f"/crossings/closures/{order.pk}/"
    assert "Change the draft" in text(client.get(here))
    assert "បិទទាំងស្រុង" in text(client.get(f"{here}change/"))
    refused = client.post(f"{here}issue/")
    assert refused.status_code == 422
    assert "enter it first" in text(refused)
    assert client.post(f"{here}change/", order_form(place, number="12")).status_code == 302
    assert client.post(f"{here}issue/").status_code == 302
    order.refresh_from_db()
    assert (order.state, order.number) == ("issued", "12")
    # A page left open: the form is not shown, and says why.
    left = client.get(f"{here}change/", follow=True)
    assert "this cannot be done now" in text(left)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"due_on": "soon"}, "Write the day as 25/12/2026."),
        ({"due_on": "01/01/2020"}, "This day has passed"),
        ({"scope": []}, "Say what is closed"),
        ({"measures": []}, "Say by which measures"),
        ({"crossing": "nowhere"}, "nowhere"),
        ({"scan": SimpleUploadedFile("a.pdf", b"MZ program")}, "neither a PDF nor a photo"),
        ({"scan": SimpleUploadedFile("a.pdf", b"")}, "neither a PDF nor a photo"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(
    open_as: Any, province: Any, place: Crossing, changes: dict[str, Any], words: str
) -> None:
    answer = open_as(province).post("/crossings/closures/new/", {**order_form(place, **changes), "issue": "1"})
    assert answer.status_code == 422
    assert words in told_of(text(answer))
    assert not ClosureOrder.objects.exists()


def test_a_second_order_is_refused_on_the_page_by_the_name_of_the_first(
    open_as: Any, life: Closing, place: Crossing
) -> None:
    client = open_as(life.province)
    address = f"/crossings/closures/new/?crossing={place.slug}"
    life.issue()
    answer = client.post(address, {**order_form(place, number="2"), "issue": "1"})
    assert answer.status_code == 422
    assert "047/26 សសរ" in told_of(text(answer))


def test_a_corridor_of_another_province_is_unknown(open_as: Any, province2: Any, place: Crossing) -> None:
    client = open_as(province2)
    assert client.get(f"/crossings/closures/new/?crossing={place.slug}").status_code == 404
    assert place.name_en not in text(client.get("/crossings/closures/new/"))


# --- on the spot ----------------------------------------------------------------------------------------------


def test_the_head_reports_from_his_telephone_and_the_photo_need_not_be_sent_twice(open_as: Any, life: Closing) -> None:
    order, client = life.issue(), open_as(life.head)
    here = f"/crossings/closures/{order.pk}/"
    page = text(client.get(here))
    assert 'capture="environment"' in page
    assert "Report that it is closed" in page
    far = client.post(f"{here}report/", typed(point="13.80000, 107.50000", photo=closing.upload()))
    assert far.status_code == 422
    assert "at most 820 m" in told_of(text(far))
    kept = re.search(r'name="photo_kept" value="([^"]+)"', text(far))
    assert kept
    assert "របារឈើ" in text(far)
    assert client.post(f"{here}report/", typed(photo_kept=kept[1])).status_code == 302
    visit = ClosureVisit.objects.get()
    assert (visit.accuracy_m, visit.photo_name) == (15, "រូបថត.jpg")
    shown = client.get(f"{here}visits/{visit.pk}/photo/?display=1")
    assert shown["Content-Type"] == "image/jpeg"
    original = client.get(f"{here}visits/{visit.pk}/photo/")
    assert original["Content-Disposition"].startswith("attachment")
    assert b"".join(original.streaming_content) == closing.picture()


def test_a_report_without_a_photo_or_with_no_photo_comes_back(open_as: Any, life: Closing) -> None:
    order, client = life.issue(), open_as(life.head)
    here = f"/crossings/closures/{order.pk}/report/"
    for given, words in (
        (typed(), "A visit brings a photo"),
        (typed(photo=SimpleUploadedFile("a.jpg", b"no photo")), "not a readable photo"),
        (typed(photo_kept="forged"), "A visit brings a photo"),
        (typed(photo=closing.upload(), point=""), "Give the place"),
        (typed(photo=closing.upload(), measures=[]), "Say by what it is closed now"),
        (typed(photo=closing.upload(), at="yesterday"), "25/12/2026 14:30"),
    ):
        answer = client.post(here, given)
        assert answer.status_code == 422
        assert words in told_of(text(answer)), words
    order.refresh_from_db()
    assert order.state == "issued"


def test_who_reported_reads_why_he_may_not_verify(open_as: Any, life: Closing) -> None:
    order = life.report()
    here = f"/crossings/closures/{order.pk}/"
    page = told_of(text(open_as(life.head).get(here)))
    assert "a second person must verify it" in page
    assert "Verify it on the spot" not in page
    refused = open_as(life.head).post(f"{here}verify/", typed(photo=closing.upload(), finding="closed"))
    assert refused.status_code == 403
    assert "second person" in told_of(text(refused))


def test_a_second_person_verifies_or_sends_back(open_as: Any, life: Closing, moi: Any) -> None:
    order = life.report()
    here, client = f"/crossings/closures/{order.pk}/", open_as(moi)
    assert "Verify it on the spot" in text(client.get(here))
    bare = client.post(f"{here}verify/", typed(photo=closing.upload(), finding="passable"))
    assert bare.status_code == 422
    assert "Give the unit a new day" in text(bare)
    assert "Say why it goes back" in text(bare)
    sent = typed(photo=closing.upload(), finding="passable", due_on=in_days(8).strftime("%d/%m/%Y"), reason="A gap")
    assert client.post(f"{here}verify/", sent).status_code == 302
    order.refresh_from_db()
    assert (order.state, order.due_on) == ("issued", in_days(8))
    life.report(order)
    done = client.post(f"{here}verify/", typed(photo=closing.upload("red"), finding="closed"), follow=True)
    assert "closed and verified" in text(done)
    order.refresh_from_db()
    assert order.state == "verified"


def test_a_page_left_open_says_that_it_is_too_late(open_as: Any, life: Closing) -> None:
    order = life.verify()
    answer = open_as(life.province).post(
        f"/crossings/closures/{order.pk}/verify/", typed(photo=closing.upload(), finding="closed")
    )
    assert answer.status_code == 422
    assert "this cannot be done now" in told_of(text(answer))
    assert "របារឈើ" in text(answer), "what was typed stays"


# --- signs ----------------------------------------------------------------------------------------------------


def test_a_sign_is_confirmed_on_the_page(open_as: Any, life: Closing, told: Any) -> None:
    order = life.verify()
    life_look = open_as(life.head).post(
        f"/crossings/closures/{order.pk}/follow-up/", typed(photo=closing.upload(), finding="reopened")
    )
    assert life_look.status_code == 302
    sign, client = ReopeningSign.objects.get(), open_as(life.province)
    here = f"/crossings/closures/{order.pk}/"
    page = text(client.get(here))
    assert "Later look on" in page
    assert f"#visit-{sign.cause_key}" in page
    refused = client.post(f"{here}signs/{sign.pk}/confirm/", {"due_on": "", "reason": "Cart tracks"})
    assert refused.status_code == 422
    assert "Cart tracks" in text(refused)
    sent = {"due_on": in_days(6).strftime("%d/%m/%Y"), "reason": "Cart tracks"}
    assert client.post(f"{here}signs/{sign.pk}/confirm/", sent).status_code == 302
    order.refresh_from_db()
    assert (order.state, order.times_reopened) == ("issued", 1)
    assert "moi" in told("closure_reopened")
    assert client.post(f"{here}signs/{sign.pk}/confirm/", sent).status_code == 422
    assert client.post(f"{here}signs/0/confirm/", sent).status_code == 404


def test_a_cause_one_may_not_see_tells_nothing_of_itself(open_as: Any, life: Closing, mfaic: Any) -> None:
    order = life.verify()
    sign = life.sign(order)
    page = told_of(text(open_as(mfaic).get(f"/crossings/closures/{order.pk}/")))
    assert "a cause you may not see" in page
    assert "120 m from the crossing" not in page
    assert "Confirm the reopening" not in page
    answer = open_as(life.province).post(
        f"/crossings/closures/{order.pk}/signs/{sign.pk}/dismiss/", {"reason": "Cattle of the village"}
    )
    assert answer.status_code == 302
    sign.refresh_from_db()
    assert sign.state == "dismissed"


def test_lifting_and_withdrawing_on_the_page(open_as: Any, life: Closing) -> None:
    client, draft = open_as(life.province), life.draft()
    assert client.post(f"/crossings/closures/{draft.pk}/withdraw/", {"reason": ""}).status_code == 422
    assert client.post(f"/crossings/closures/{draft.pk}/withdraw/", {"reason": "Wrong path"}).status_code == 302
    order = life.issue()
    here = f"/crossings/closures/{order.pk}/"
    bare = client.post(f"{here}lift/", {"reason": "As decided", "status": "open"})
    assert bare.status_code == 422
    assert "Name the decision" in text(bare)
    sent = {"reason": "As decided", "status": "restricted", "legal_reference": "Decision 7"}
    assert client.post(f"{here}lift/", sent).status_code == 302
    page = told_of(text(client.get(here)))
    assert "lifted" in page
    assert "What you can do" not in page


# --- board and list -------------------------------------------------------------------------------------------


def test_the_board_counts_each_step_with_those_that_are_further(
    open_as: Any, life: Closing, province: Any, head: Any, moi: Any
) -> None:
    life.verify()
    for number, (north, state) in enumerate([(13.80, "issue"), (13.81, "report"), (13.82, "draft")], start=2):
        spot = Point(107.40, north, srid=4326)
        other = Closing(corridor(name_en=f"Path {number}", point=spot), province=province, head=head, moi=moi)
        order = other.draft(number=str(number), responsible_unit=life.crossing.responsible_unit)
        if state != "draft":
            order = actions.issue_closure(actor=province, order=order)
        if state == "report":
            other.report(order, point=spot)
    ClosureOrder.objects.filter(number="2").update(due_on=in_days(-1))
    whole, rows = closures.progress(province)
    assert len(rows) == 1
    assert (whole.found, whole.ordered, whole.carried_out, whole.verified) == (4, 3, 2, 1)
    assert (whole.overdue, whole.not_ordered, whole.times_reopened) == (1, 1, 0)
    assert [state for state, _left, _width in whole.parts] == ["verified", "carried_out", "issued", "none"]
    page = told_of(text(open_as(province).get("/crossings/closures/")))
    assert "4 found" in page
    assert "1 overdue" in page
    assert "Path 3" in page


def test_the_months_come_from_the_dated_register(life: Closing, province: Any) -> None:
    order = life.verify()
    months = closures.months(province)
    assert len(months) == 12
    assert (months[-1].found, months[-1].verified, months[-1].issued) == (1, 1, 1)
    assert (months[-2].found, months[-2].verified) == (1, 0)
    sign = life.sign(order)
    actions.confirm_reopening(actor=province, sign=sign, reason="Open", due_on=in_days(4))
    last = closures.months(province)[-1]
    assert (last.reopened, last.verified, last.confirmed) == (1, 0, 1)
    assert [state for state, _left, _width in last.bars] == ["reopened"]


def test_others_count_and_find_nothing_of_it(open_as: Any, life: Closing, province2: Any, mfaic: Any) -> None:
    order = life.issue()
    client = open_as(province2)
    assert client.get(f"/crossings/closures/{order.pk}/").status_code == 404
    assert "Test stream ford" not in text(client.get("/crossings/closures/"))
    assert "Test stream ford" not in text(client.get("/crossings/closures/orders/"))
    assert closures.progress(province2)[0].found == 0
    assert closures.months(province2)[-1].found == 0
    assert "Test stream ford" in text(open_as(mfaic).get("/crossings/closures/orders/"))


def test_the_list_is_narrowed_by_what_is_asked(open_as: Any, life: Closing, moi: Any) -> None:
    order, client = life.issue(), open_as(moi)

    def found(query: str) -> bool:
        return "Test stream ford" in text(client.get(f"/crossings/closures/orders/?{query}"))

    assert found("state=issued&province=16&unit=POST-1607-1&overdue=false&reopened=false")
    for query in ("state=verified", "province=01", "overdue=true", "reopened=true", "unit=nothing", "number=999"):
        assert not found(query), query
    ClosureOrder.objects.filter(pk=order.pk).update(due_on=in_days(-1))
    assert found("overdue=true")
    page = told_of(text(client.get("/crossings/closures/orders/?state=nonsense")))
    assert "A filter could not be read" in page


def test_a_board_of_one_province_is_the_ministry_s_choice(open_as: Any, life: Closing, moi: Any) -> None:
    life.issue()
    client = open_as(moi)
    assert "Test stream ford" in text(client.get("/crossings/closures/?province=16"))
    assert "Test stream ford" not in text(client.get("/crossings/closures/?province=01"))
    wrong = client.get("/crossings/closures/?province=xx")
    assert wrong.status_code == 422
    assert "two digits" in text(wrong)


def test_the_layer_shows_what_the_board_counts(open_as: Any, life: Closing, province: Any, province2: Any) -> None:
    order = life.issue()
    data = open_as(province).get("/layers/closures.geojson").json()
    (feature,) = data["features"]
    assert feature["properties"]["stage"] == "issued"
    assert feature["properties"]["url"] == f"/crossings/closures/{order.pk}/"
    assert open_as(province2).get("/layers/closures.geojson").json()["features"] == []
    assert open_as(province).get("/layers/closures.geojson?province=01").json()["features"] == []
    sign = life.sign(life.verify(life.report(order)))
    actions.confirm_reopening(actor=province, sign=sign, reason="Open", due_on=in_days(4))
    (feature,) = open_as(province).get("/layers/closures.geojson").json()["features"]
    assert feature["properties"]["stage"] == "reopened"


def test_the_crossing_s_page_leads_to_its_closing(open_as: Any, life: Closing, place: Crossing, moi: Any) -> None:
    page = text(open_as(life.province).get(f"/crossings/{place.slug}/"))
    assert f"/crossings/closures/new/?crossing={place.slug}" in page
    assert "Order its closure" not in text(open_as(moi).get(f"/crossings/{place.slug}/"))
    order = life.issue()
    page = text(open_as(moi).get(f"/crossings/{place.slug}/"))
    assert f"/crossings/closures/{order.pk}/" in page
    assert "Order 047/26 សសរ" in told_of(page)


def test_notices_lead_to_the_order(open_as: Any, life: Closing) -> None:
    order = life.issue()
    notice, client = Delivery.objects.get(topic="closure_issued", user=life.head), open_as(life.head)
    assert "close Test stream ford by" in text(client.get("/notices/"))
    assert client.post(f"/notices/{notice.pk}/").url == f"/crossings/closures/{order.pk}/"


# --- how much is asked of the database -----------------------------------------------------------------------


def test_pages_ask_little_of_the_database(
    open_as: Any, life: Closing, province: Any, head: Any, moi: Any, django_assert_max_num_queries: Any
) -> None:
    order = life.sign(life.verify()).order
    for number in range(5):
        spot = Point(107.40, 13.80 + number / 100, srid=4326)
        other = Closing(corridor(name_en=f"Path {number}", point=spot), province=province, head=head, moi=moi)
        other.issue(number=f"N{number}", responsible_unit=life.crossing.responsible_unit)
        actions.follow_up_closure(actor=head, order=order, seen=seen(), finding="closed")
    client = open_as(province)
    for address, most in (
        ("/crossings/closures/", 28),
        ("/crossings/closures/orders/", 20),
        (f"/crossings/closures/{order.pk}/", 34),
        ("/crossings/closures/new/", 24),
        ("/layers/closures.geojson", 10),
        ("/api/v1/closure-orders/", 10),
        (f"/api/v1/closure-orders/{order.pk}/", 14),
    ):
        with django_assert_max_num_queries(most):
            assert client.get(address).status_code == 200
