"""Words and figures for people, in both languages."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.template import Context, Template
from django.utils.translation import override

from borderwatch.models import Delivery
from borderwatch.templatetags import words

NOON = datetime(2024, 11, 3, 5, 0, tzinfo=UTC)  # 12:00 in Phnom Penh


def test_long_date_in_both_languages() -> None:
    with override("km"):
        assert words.long_date(date(2024, 11, 3)) == "ថ្ងៃទី០៣ ខែវិច្ឆិកា ឆ្នាំ២០២៤"
    with override("en"):
        assert words.long_date(date(2024, 11, 3)) == "3 November 2024"


def test_long_date_is_the_local_day() -> None:
    with override("km"):
        assert words.long_date(datetime(2024, 11, 2, 18, 0, tzinfo=UTC)) == "ថ្ងៃទី០៣ ខែវិច្ឆិកា ឆ្នាំ២០២៤"


def test_moment_says_zone_and_iso() -> None:
    with override("en"):
        html = words.moment(NOON)
    assert 'datetime="2024-11-03T12:00:00+07:00"' in html
    assert "(Asia/Phnom_Penh)" in html
    assert ">03/11/2024 12:00</time>" in html


@pytest.mark.parametrize(
    ("precision", "text"),
    [("hour", "03/11/2024 12:00"), ("day", "03/11/2024"), ("month", "11/2024"), ("year", "2024")],
)
def test_moment_is_no_more_exact_than_known(precision: str, text: str) -> None:
    assert words.moment(NOON, precision).endswith(f">{text}</time>")


@pytest.mark.parametrize(("hours", "text"), [(1, "13:00"), (11, "23:00"), (12, "04/11/2024 00:00")])
def test_the_end_of_a_stretch_repeats_the_date_only_when_it_is_another(hours: int, text: str) -> None:
    assert words.moment_after(NOON + timedelta(hours=hours), NOON).endswith(f">{text}</time>")
    assert words.moment_after(None, NOON) == "–"
    assert words.moment_after(NOON, None) == words.moment(NOON)


@pytest.mark.parametrize(
    ("metres", "text"),
    [(7.4, "7 m"), (243, "240 m"), (994, "990 m"), (996, "1.0 km"), (1234, "1.2 km"), (12_600, "13 km"), (None, "–")],
)
def test_distance(metres: float | None, text: str) -> None:
    with override("en"):
        assert words.distance(metres) == text


def test_distance_keeps_the_point_in_khmer() -> None:
    with override("km"):
        assert "1.2" in words.distance(1234)


@pytest.mark.parametrize(
    ("left", "text", "css"),
    [
        (timedelta(hours=1, minutes=40), "due in 1 h 40 min", "due due-soon"),
        (timedelta(days=1, hours=3), "due in 1 d 3 h", "due"),
        (timedelta(minutes=-20), "overdue by 20 min", "due due-over"),
    ],
)
def test_due(left: timedelta, text: str, css: str) -> None:
    with time_machine.travel(NOON, tick=False), override("en"):
        html = words.due(NOON + left)
    assert f">{text}</time>" in html
    assert f'class="{css}"' in html


@pytest.mark.parametrize(
    ("past", "text"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=3), "3 min ago"),
        (timedelta(days=2, hours=5), "2 d 5 h ago"),
        (timedelta(days=80), "2 mo ago"),
        (timedelta(days=800), "2 y 2 mo ago"),
        (timedelta(hours=-2), "in 2 h"),
    ],
)
def test_ago(past: timedelta, text: str) -> None:
    with time_machine.travel(NOON, tick=False), override("en"):
        assert f">{text}</time>" in words.ago(NOON - past)


def test_nothing_known_is_a_dash() -> None:
    assert words.moment(None) == words.ago(None) == words.due(None) == "–"


def test_digits_by_language() -> None:
    with override("km"):
        assert words.digits(2024) == "២០២៤"
    with override("en"):
        assert words.digits(2024) == "2024"


def test_badge_carries_slug_and_label_and_is_built_in() -> None:
    with override("en"):
        html = Template('{{ row|badge:"state" }}').render(Context({"row": Delivery(state="pending")}))
    assert html == '<span class="mark mark-state-pending">waiting</span>'
