"""The test bench: who would answer for a place at a moment, in words, for those whose business it is."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from borderwatch.models import AuditEntry, Delivery
from incidents.models import Incident
from incidents.tests.test_attribution import ratanakiri, square, squares  # noqa: F401 - fixtures
from units.models import RegisterDefect, Unit, User

PAGE = "/units/bench/"
PONDS = "13.786, 107.42"
PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")


@pytest.fixture(autouse=True)
def _english(world):
    User.objects.update(language="en")


@pytest.fixture
def ask(signed_in, keeper):
    def get(who=None, **said):
        return signed_in(who or keeper).get(PAGE, {"position": PONDS, "province": "16", **said})

    return get


def test_the_empty_form_asks_for_a_place(signed_in, keeper):
    answer = signed_in(keeper).get(PAGE)
    assert answer.status_code == 200
    assert "finding" not in answer.context
    assert "Move the map" in answer.content.decode()


def test_a_place_inside_a_sector(ask, world):
    answer = ask(accuracy="20")
    text = answer.content.decode()
    unit = world["post-1607-1"]
    assert answer.context["finding"].unit == unit
    for words in (unit.name_en, "S-1607-1", "that unit answers", answer.context["finding"].tenure.head_name_en):
        assert words in text


def test_the_moment_decides_who_headed_it(ask, world):
    tenures = list(world["post-1607-1"].tenures.order_by("period"))
    first = ask(at=tenures[0].since.astimezone(PHNOM_PENH).strftime("%d/%m/%Y %H:%M"))
    assert first.context["finding"].tenure == tenures[0]
    assert ask().context["finding"].tenure == tenures[-1]
    ahead = ask(at="1/1/2040 08:00")
    assert ahead.context["finding"].moment == datetime(2040, 1, 1, 8, tzinfo=PHNOM_PENH)


def test_accuracy_is_taken_from_the_writing_when_it_is_not_given(ask):
    assert ask(position="13.79, 107.42").context["finding"].accuracy_m > 500
    assert ask(position="13.79, 107.42", accuracy="២០").context["finding"].accuracy_m == 20


def test_contested_places_name_everybody_who_may_answer(squares, ask, world):  # noqa: F811
    answer = ask(position="12.05, 104.1", accuracy="30")
    text = answer.content.decode()
    assert "Contested: more than one unit may answer" in text
    assert "lies deepest" in text
    assert {squares["a"].name_en, squares["b"].name_en} <= {name for name in ("Square a", "Square b") if name in text}
    near = ask(position="12.05, 104.0999", accuracy="200").content.decode()
    assert "touches another unit" in near


def test_a_gap_says_that_the_command_answers(squares, ask, world):  # noqa: F811
    answer = ask(position="12.05, 104.5", accuracy="30")
    assert answer.context["finding"].unit == world["command-16"]
    assert "No sector covers the place" in answer.content.decode()


def test_looking_up_leaves_no_trace(squares, ask):  # noqa: F811
    before = [model.objects.count() for model in (Incident, AuditEntry, Delivery, RegisterDefect)]
    ask(position="12.05, 104.5")
    ask(position="12.05, 104.1")
    assert [model.objects.count() for model in (Incident, AuditEntry, Delivery, RegisterDefect)] == before


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"position": "nowhere"}, "position"),
        ({"position": ""}, "position"),
        ({"position": "48.85, 2.35"}, "position"),
        ({"accuracy": "-5"}, "accuracy"),
        ({"accuracy": "nan"}, "accuracy"),
        ({"accuracy": "1e300"}, "accuracy"),
        ({"at": "yesterday"}, "at"),
        ({"at": "1/1/9999 00:00"}, "at"),
        ({"at": "1/1/0001 00:00"}, "at"),
        ({"province": "99"}, "province"),
        ({"province": "\x00"}, "province"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field_and_kept(ask, said, field):
    answer = ask(**said)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    if said.get("position") == "nowhere":
        assert 'value="nowhere"' in answer.content.decode()


def test_a_province_without_any_command_is_said_at_its_field(ask, world, moi):
    from units.models import Province

    bare = Province.objects.get(code="02")
    Unit.objects.filter(pk=world["district-1607"].pk).update(province=bare)
    answer = ask(moi, position="9.6, 104.0", province="02")
    assert answer.status_code == 422
    assert "no command on record" in answer.content.decode()


def test_a_place_in_another_province_is_not_shown(ask, province2):
    answer = ask(province2, province="01")
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "outside the provinces you serve in" in text
    assert "post-1607-1" not in text


def test_who_may_use_the_bench(signed_in, request):
    for name, status in (
        ("keeper", 200), ("province", 200), ("moi", 200), ("auditor", 200), ("district", 403), ("head", 403),
        ("former_head", 403), ("admin", 403), ("outsider", 403),
    ):  # fmt: skip
        assert signed_in(request.getfixturevalue(name)).get(PAGE).status_code == status, name


def test_the_page_takes_few_queries(signed_in, keeper, django_assert_max_num_queries):
    browser, said = signed_in(keeper), {"position": PONDS, "province": "16"}
    with django_assert_max_num_queries(24):
        assert browser.get(PAGE, said).status_code == 200
