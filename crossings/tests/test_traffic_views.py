"""The pages that look at traffic: who sees them, what they say of gaps, and how an unusual day is judged there."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from crossings import contradictions, open_hours, security, traffic
from crossings.actions.outliers import find_unusual
from crossings.models import Crossing, CrossingStatus, TrafficOutlier
from crossings.tests.counted import crossing, days, sheet

DAY = timedelta(days=1)


@pytest.fixture
def english(world):
    from units.models import User

    User.objects.update(language="en")


@pytest.fixture
def today(world):
    return traffic.today()


@pytest.fixture
def gate(english):
    CrossingStatus.objects.filter(crossing__slug__in=("vn-o-yadav", "th-poipet")).delete()
    return crossing()


@pytest.fixture
def unusual(gate, today):
    """An unusual day of three days ago among twelve usual weeks."""
    day = today - 3 * DAY
    for n in range(1, 13):
        sheet(day - 7 * n * DAY, passengers=44)
    (found,) = find_unusual([sheet(day, passengers=412)])
    return found


def text_of(answer):
    """What can be read, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


# --- a crossing -----------------------------------------------------------------------------------------------


def test_a_crossings_page_tells_gap_zero_and_figure_apart(gate, province, signed_in, today):
    sheet(today - 3 * DAY, passengers=0)
    sheet(today - 2 * DAY, passengers=1234)
    answer = signed_in(province).get("/crossings/traffic/vn-o-yadav/")
    assert answer.status_code == 200
    row = {r.span.first: r for r in answer.context["rows"]}
    assert row[today - 3 * DAY].words.endswith("into Cambodia: 0; out of Cambodia: not observed")
    assert "into Cambodia: 1,234" in row[today - 2 * DAY].words
    assert "into Cambodia: not observed" in row[today - DAY].words
    html = answer.content.decode()
    assert html.count('class="zero in"') == 1
    assert html.count('class="counted in"') == 1
    assert 'class="gap in"' in html
    assert "watched, and none came (0)" in html
    assert 'style="' not in html
    # Today is not over and counts once it has been counted.
    assert "days counted: 2, days open: 89" in text_of(answer)


def test_days_the_register_holds_it_shut_are_shaded_and_said(gate, province, signed_in, today):
    since = open_hours.midnight(today - 10 * DAY)
    CrossingStatus.objects.create(
        crossing=gate, side="kh", flow="people", status="closed", period=(since, None), set_at=since
    )
    sheet(today - 12 * DAY, passengers=3)
    answer = signed_in(province).get("/crossings/traffic/vn-o-yadav/")
    html = answer.content.decode()
    assert html.count('<rect class="shut"') == 1
    assert "held shut by the register" in html
    assert "held shut" in {r.span.first: r for r in answer.context["rows"]}[today - 5 * DAY].words


@pytest.mark.parametrize("by", ["day", "week", "month"])
@pytest.mark.parametrize("measure", traffic.MEASURES)
def test_every_measure_by_day_week_and_month(gate, province, signed_in, today, by, measure):
    sheet(today - 2 * DAY, **{measure: Decimal("2.5") if measure == "tonnes" else 2})
    answer = signed_in(province).get("/crossings/traffic/vn-o-yadav/", {"by": by, "measure": measure})
    assert answer.status_code == 200
    assert answer.context["series"].by == by
    assert answer.context["series"].ins.value in (2, Decimal("2.5"))


def test_a_week_is_named_from_day_to_day(gate, province, signed_in):
    sheet(date(2025, 3, 4), passengers=7)
    asked = {"by": "week", "since": "03/03/2025", "until": "16/03/2025"}
    answer = signed_in(province).get("/crossings/traffic/vn-o-yadav/", asked)
    assert [row.label for row in answer.context["rows"]] == ["03/03–09/03/2025", "10/03–16/03/2025"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"since": "01/02/2025", "until": "01/01/2025"}, "until"),
        ({"since": "yesterday"}, "since"),
        ({"since": "01/01/2020", "until": "01/01/2025"}, "since"),
        ({"since": "01/01/1850", "by": "month"}, "since"),
        ({"measure": "goats"}, "measure"),
        ({"by": "hour"}, "by"),
        ({"until": "32/13/2025"}, "until"),
    ],
)
def test_what_cannot_be_drawn_is_said_at_its_field_and_kept(gate, province, signed_in, asked, field):
    answer = signed_in(province).get("/crossings/traffic/vn-o-yadav/", asked)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    for name, value in asked.items():
        if name in ("since", "until"):
            assert f'value="{value}"' in answer.content.decode()


def test_what_could_be_read_beside_it_is_drawn(gate, province, signed_in):
    asked = {"since": "yesterday", "by": "week", "measure": "vehicles"}
    series = signed_in(province).get("/crossings/traffic/vn-o-yadav/", asked).context["series"]
    assert (series.by, series.measure) == ("week", "vehicles")


def test_khmer_digits_are_understood(gate, province, signed_in):
    answer = signed_in(province).get("/crossings/traffic/vn-o-yadav/", {"since": "០១/០៣/២០២៥", "until": "៣១/០៣/២០២៥"})
    assert answer.status_code == 200
    assert answer.context["series"].since == date(2025, 3, 1)


def test_the_axes_bear_the_readers_digits(gate, province, signed_in, today):
    sheet(today - 2 * DAY, passengers=1500)
    browser = signed_in(province)
    english = browser.get("/crossings/traffic/vn-o-yadav/")
    assert ">2,000</text>" in english.content.decode()
    province.language = "km"
    province.save(update_fields=["language"])
    khmer = browser.get("/crossings/traffic/vn-o-yadav/")
    scale = re.findall(r"<text[^>]*>([^<]+)</text>", khmer.content.decode())
    assert "២,០០០" in scale
    assert not any(set(text) & set("0123456789") for text in scale)


def test_days_ahead_are_not_drawn(gate, province, signed_in, today):
    answer = signed_in(province).get("/crossings/traffic/vn-o-yadav/", {"until": "31/12/2199"})
    assert answer.context["series"].until == today


def test_the_page_says_what_is_usual_or_that_there_are_too_few_days(gate, province, signed_in, unusual):
    browser = signed_in(province)
    text = text_of(browser.get("/crossings/traffic/vn-o-yadav/"))
    assert "usual 21–67 (median 44 of 12 such days)" in text
    assert "▲" in text
    sheet(traffic.today() - 2 * DAY, "out", passengers=4)
    assert "too few days to judge: 0 of the 6 needed" in text_of(browser.get("/crossings/traffic/vn-o-yadav/"))


def test_a_year_by_day_costs_few_questions(gate, province, signed_in, today, django_assert_max_num_queries):
    for day in days(today - 360 * DAY, today - DAY):
        sheet(day, passengers=5, gate=gate)
    browser = signed_in(province)
    asked = {"since": (today - 365 * DAY).strftime("%d/%m/%Y")}
    browser.get("/crossings/traffic/vn-o-yadav/", asked)
    with django_assert_max_num_queries(20):
        assert browser.get("/crossings/traffic/vn-o-yadav/", asked).status_code == 200


# --- the overview ---------------------------------------------------------------------------------------------


def test_the_overview_has_silent_crossings_first_and_says_how_much_was_watched(gate, moi, signed_in, today):
    other = Crossing.objects.get(slug="th-poipet")
    sheet(today - 2 * DAY, passengers=50, gate=other, minutes=1440)
    sheet(today - 9 * DAY, passengers=7)
    TrafficOutlier.objects.create(
        crossing=gate, day=today - 8 * DAY, direction="", measure="", why="silent", found_at=timezone.now(),
        basis={"last": (today - 9 * DAY).isoformat(), "days": 20, "gap": 1},
    )  # fmt: skip
    answer = signed_in(moi).get("/crossings/traffic/")
    rows = answer.context["rows"]
    assert [row.crossing.slug for row in rows] == ["vn-o-yadav", "th-poipet"]
    assert [row.silent for row in rows] == [True, False]
    (figure,) = rows[1].figures
    assert figure[0] == "passengers"
    assert (figure[2].value, figure[2].days) == (50, 1)
    assert figure[2].percent == 1
    assert "Nothing has been counted since" in text_of(answer)


def test_a_month_by_province_for_who_sees_several(gate, moi, province, signed_in, today):
    sheet(date(2025, 3, 5), passengers=40)
    answer = signed_in(moi).get("/crossings/traffic/", {"month": "2025-03"})
    month = answer.context["month"]
    assert (month["first"], month["until"]) == (date(2025, 3, 1), date(2025, 3, 31))
    mine = next(figures for row, figures in month["rows"] if row.province.code == "16")
    assert mine[0][1].value == 40
    assert mine[1][1].value is None
    assert [] in [figures for row, figures in month["rows"] if row.province.code == "01"]
    assert signed_in(province).get("/crossings/traffic/", {"month": "2025-03"}).context["month"] is None


@pytest.mark.parametrize("text", ["2025-13", "soon", "2199-01", "០", "-"])
def test_a_month_that_cannot_be_read_is_the_running_one(gate, moi, signed_in, today, text):
    month = signed_in(moi).get("/crossings/traffic/", {"month": text}).context["month"]
    assert month["first"] == (today - DAY).replace(day=1)


def test_the_overview_is_searched_in_both_scripts(gate, province, signed_in, today):
    sheet(today - DAY, passengers=1)
    browser = signed_in(province)
    for words, found in (("yadav", 1), (gate.name_km, 1), ("poipet", 0)):
        assert len(browser.get("/crossings/traffic/", {"q": words}).context["rows"]) == found, words


def test_the_overview_asks_few_questions_however_many_crossings(
    gate, moi, signed_in, today, django_assert_max_num_queries
):
    for one in Crossing.objects.all():
        sheet(today - 2 * DAY, passengers=3, gate=one)
    browser = signed_in(moi)
    browser.get("/crossings/traffic/")
    with django_assert_max_num_queries(20):
        assert browser.get("/crossings/traffic/").status_code == 200


# --- comparing ------------------------------------------------------------------------------------------------


def test_crossings_are_set_side_by_side_by_one_scale(gate, moi, signed_in, today):
    other = Crossing.objects.get(slug="th-poipet")
    sheet(today - 2 * DAY, passengers=100, gate=other)
    sheet(today - 2 * DAY, passengers=10)
    answer = signed_in(moi).get("/crossings/traffic/compare/", {"c": ["vn-o-yadav", "th-poipet"]})
    found = {one.crossing.slug: chart for _n, one, chart, _slots in answer.context["found"]}
    tall, low = (
        next(bar.height for bar in found[slug].bars if bar.kind == "counted") for slug in ("th-poipet", "vn-o-yadav")
    )
    assert tall == pytest.approx(10 * low, rel=0.02)
    assert answer.content.decode().count('role="img"') == 2


def test_an_index_sets_each_against_its_own_mean(gate, moi, signed_in, today):
    other = Crossing.objects.get(slug="th-poipet")
    for n, value in ((2, 100), (3, 300)):
        sheet(today - n * DAY, passengers=value, gate=other)
        sheet(today - n * DAY, passengers=value // 10)
    asked = {"c": ["vn-o-yadav", "th-poipet"], "scale": "index"}
    found = signed_in(moi).get("/crossings/traffic/compare/", asked).context["found"]
    heights = [[bar.height for bar in chart.bars if bar.kind == "counted"] for _n, _one, chart, _slots in found]
    assert heights[0] == heights[1]


def test_at_most_six_and_none_that_one_does_not_see(gate, moi, province2, signed_in):
    slugs = list(Crossing.objects.values_list("slug", flat=True)[:7])
    answer = signed_in(moi).get("/crossings/traffic/compare/", {"c": slugs})
    assert answer.status_code == 422
    assert "at most 6" in text_of(answer)
    answer = signed_in(province2).get("/crossings/traffic/compare/", {"c": "vn-o-yadav"})
    assert answer.status_code == 422
    assert "O Yadav" not in text_of(answer)


def test_six_crossings_cost_few_questions(gate, moi, signed_in, django_assert_max_num_queries):
    slugs = list(Crossing.objects.values_list("slug", flat=True)[:6])
    browser = signed_in(moi)
    browser.get("/crossings/traffic/compare/", {"c": slugs})
    with django_assert_max_num_queries(14):
        assert browser.get("/crossings/traffic/compare/", {"c": slugs, "by": "week"}).status_code == 200


# --- who sees what --------------------------------------------------------------------------------------------


def test_who_does_not_see_the_traffic_finds_no_page(unusual, request, signed_in):
    addresses = ["/crossings/traffic/vn-o-yadav/", f"/crossings/traffic/outliers/{unusual.pk}/"]
    for who, status in (("province", 200), ("district", 200), ("moi", 200), ("province2", 404), ("outsider", 404)):
        for address in addresses:
            assert signed_in(request.getfixturevalue(who)).get(address).status_code == status, (who, address)
    for who in ("province2", "outsider"):
        for address in (
            "/crossings/traffic/",
            "/crossings/traffic/outliers/",
            "/crossings/traffic/outliers/?state=all",
        ):
            text = text_of(signed_in(request.getfixturevalue(who)).get(address))
            assert "412" not in text
            assert "O Yadav" not in text


# --- unusual days ---------------------------------------------------------------------------------------------


def test_the_list_has_what_waits_and_filters_the_rest(unusual, province, signed_in):
    browser = signed_in(province)
    assert [row.pk for row, _words in browser.get("/crossings/traffic/outliers/").context["rows"]] == [unusual.pk]
    for asked, found in (
        ({"state": "real"}, 0), ({"state": "all"}, 1), ({"why": "low"}, 0), ({"crossing": "vn-o-yadav"}, 1),
        ({"measure": "tonnes"}, 0), ({"state": "replaced"}, 0), ({"state": "odd"}, 1),
    ):  # fmt: skip
        answer = browser.get("/crossings/traffic/outliers/", asked)
        assert answer.status_code == 200
        assert len(answer.context["rows"]) == found, asked
    unusual.sheet.current = False
    unusual.sheet.save(update_fields=["current"])
    assert not browser.get("/crossings/traffic/outliers/").context["rows"]
    assert len(browser.get("/crossings/traffic/outliers/", {"state": "replaced"}).context["rows"]) == 1


def test_the_list_asks_few_questions(unusual, province, signed_in, today, django_assert_max_num_queries):
    for n in range(60):
        TrafficOutlier.objects.create(
            crossing=unusual.crossing, day=today - n * DAY, direction="out", measure="vehicles", why="low",
            sheet=None, found_at=timezone.now(), basis=unusual.basis,
        )  # fmt: skip
    browser = signed_in(province)
    browser.get("/crossings/traffic/outliers/")
    with django_assert_max_num_queries(10):
        answer = browser.get("/crossings/traffic/outliers/")
    assert len(answer.context["rows"]) == 50
    older = browser.get("/crossings/traffic/outliers/" + answer.context["page"].older)
    assert len(older.context["rows"]) == 11


def test_a_real_day_is_put_on_record_on_its_page(unusual, province, signed_in):
    page = reverse("traffic:outlier", args=[unusual.pk])
    browser = signed_in(province)
    assert "412 on a" in text_of(browser.get(page))
    answer = browser.post(page, {"state": "real", "reason": "Pchum Ben"})
    assert answer.status_code == 302
    assert answer.url == "/crossings/traffic/outliers/"
    unusual.refresh_from_db()
    assert (unusual.state, unusual.reason) == ("real", "Pchum Ben")
    text = text_of(browser.get(page))
    assert "Pchum Ben" in text
    assert "Unusual day judged" in text


def test_a_mistake_leads_to_the_day_that_is_to_be_corrected(unusual, province, signed_in):
    page = reverse("traffic:outlier", args=[unusual.pk])
    answer = signed_in(province).post(page, {"state": "mistake", "reason": "One nought too many"})
    assert answer.url == f"/crossings/traffic/vn-o-yadav/{unusual.day.isoformat()}/"


def test_a_refused_judgement_keeps_what_was_typed(unusual, province, signed_in, untouched):
    page = reverse("traffic:outlier", args=[unusual.pk])
    browser = signed_in(province)
    with untouched():
        answer = browser.post(page, {"state": "mistake", "reason": ""})
        assert answer.status_code == 422
        assert "checked" in answer.content.decode()
        answer = browser.post(page, {"reason": "A nought"})
    assert answer.status_code == 422
    assert "A nought" in answer.content.decode()
    assert "state" in answer.context["form"].errors


def test_a_judgement_that_comes_too_late_is_refused_at_the_form(unusual, province, signed_in):
    unusual.sheet.current = False
    unusual.sheet.save(update_fields=["current"])
    answer = signed_in(province).post(reverse("traffic:outlier", args=[unusual.pk]), {"state": "real", "reason": "So"})
    assert answer.status_code == 422
    assert "has been corrected since" in text_of(answer)
    assert "So" in answer.content.decode()


def test_who_sees_and_may_not_judge_is_refused(unusual, request, signed_in, untouched):
    page = reverse("traffic:outlier", args=[unusual.pk])
    for who, status in (("district", 403), ("moi", 403), ("auditor", 403), ("province2", 404)):
        browser = signed_in(request.getfixturevalue(who))
        with untouched():
            assert browser.post(page, {"state": "real", "reason": "x"}).status_code == status, who
        assert 'name="reason"' not in browser.get(page).content.decode()


def test_a_silence_has_its_own_words(gate, province, signed_in, today):
    found = TrafficOutlier.objects.create(
        crossing=gate, day=today - 8 * DAY, direction="", measure="", why="silent", found_at=timezone.now(),
        basis={"last": (today - 9 * DAY).isoformat(), "days": 20, "gap": 1},
    )  # fmt: skip
    text = text_of(signed_in(province).get(reverse("traffic:outlier", args=[found.pk])))
    assert "the days are still to be entered" in text
    assert "watched on 20 of 28 days" in text


# --- on the crossing's page -----------------------------------------------------------------------------------


def test_the_crossings_page_shows_the_last_sixty_days_to_who_may_see_them(gate, province, province2, signed_in, today):
    sheet(today - 2 * DAY, passengers=77)
    seen = signed_in(province).get("/crossings/vn-o-yadav/")
    assert "The last 60 days" in text_of(seen)
    assert "77" in text_of(seen)
    assert reverse("traffic:crossing", args=["vn-o-yadav"]) in seen.content.decode()
    hidden = signed_in(province2).get("/crossings/vn-o-yadav/")
    assert hidden.status_code == 200
    assert "The last 60 days" not in text_of(hidden)


# --- what traffic tells the register --------------------------------------------------------------------------


def found_by(rule, user):
    visible = Crossing.objects.visible_to(user).with_state()
    return [one for r, findings in contradictions.find(user, visible) if r.slug == rule for one in findings]


def shut(gate, since, until=None, flow="people"):
    CrossingStatus.objects.create(
        crossing=gate, side="kh", flow=flow, status="closed", period=(since, until), set_at=timezone.now()
    )


def test_a_closed_gate_at_which_people_were_counted_contradicts_itself(gate, province, today):
    shut(gate, open_hours.midnight(today - 10 * DAY))
    sheet(today - 11 * DAY, passengers=5)
    sheet(today - 8 * DAY, passengers=5)
    sheet(today - 8 * DAY, "out", passengers=5)
    sheet(today - 3 * DAY, passengers=5, although_closed=True)
    (one,) = found_by("closed_but_traffic", province)
    assert one.crossing == gate
    assert "on 2 days of the last 180" in str(one.words)
    assert one.url == f"/crossings/traffic/vn-o-yadav/{(today - 3 * DAY).isoformat()}/"


@pytest.mark.parametrize(
    "values",
    [
        {"passengers": 0}, {"vehicles": 9}, {"tonnes": Decimal(3)}, {"refused": 4}, {"searches": 4},
        {"passengers": 5, "current": False},
    ],
)  # fmt: skip
def test_nothing_else_contradicts_a_gate_closed_for_people(gate, province, today, values):
    shut(gate, open_hours.midnight(today - 10 * DAY))
    sheet(today - 8 * DAY, **values)
    assert found_by("closed_but_traffic", province) == []


def test_noon_decides(gate, province, today):
    shut(gate, open_hours.midnight(today - 4 * DAY) + timedelta(hours=13))
    sheet(today - 4 * DAY, passengers=5)
    assert found_by("closed_but_traffic", province) == []
    CrossingStatus.objects.all().filter(crossing=gate).delete()
    shut(gate, open_hours.midnight(today - 4 * DAY) + timedelta(hours=12))
    assert len(found_by("closed_but_traffic", province)) == 1


def test_old_counts_and_other_provinces_are_left_alone(gate, province, province2, today):
    shut(gate, open_hours.midnight(today - 300 * DAY))
    sheet(today - 181 * DAY, passengers=5)
    assert found_by("closed_but_traffic", province) == []
    sheet(today - 180 * DAY, passengers=5)
    assert len(found_by("closed_but_traffic", province)) == 1
    assert found_by("closed_but_traffic", province2) == []


def test_the_rule_asks_few_questions(gate, moi, today, django_assert_max_num_queries):
    from crossings.rules_traffic import closed_but_traffic

    for one in Crossing.objects.all():
        CrossingStatus.objects.filter(crossing=one).delete()
        shut(one, open_hours.midnight(today - 10 * DAY))
        sheet(today - 8 * DAY, passengers=5, gate=one)
    visible = Crossing.objects.visible_to(moi).with_state()
    with django_assert_max_num_queries(6):
        assert len(closed_but_traffic(moi, visible)) == Crossing.objects.count()


def test_the_security_record_counts_days_and_leaves_out_what_nobody_counted(gate, today):
    sheet(today - 5 * DAY, passengers=10, refused=2)
    sheet(today - 5 * DAY, "out", passengers=5)
    sheet(today - 40 * DAY, passengers=1000)
    since, until = open_hours.midnight(today - 30 * DAY), timezone.now()
    drawn = security.draw(gate, since, until)
    assert {slug: drawn[slug] for slug in drawn if slug.startswith("traffic_")} == {
        "traffic_days": 1, "traffic_passengers": 15, "traffic_refused": 2,
    }  # fmt: skip
    assert {slug for slug in drawn if slug.startswith("traffic_")} <= set(security.words())
