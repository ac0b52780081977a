"""Numbers of the registers: without gaps under load, after a failure, and anew each year of Phnom Penh."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from borderwatch import clock
from incidents import actions
from incidents.letters import wording
from incidents.models import Letter, LetterCounter
from incidents.tests import letters


@pytest.mark.django_db(transaction=True)
def test_twenty_who_number_at_the_same_moment_get_one_to_twenty(world, province):
    office = world["province-16"]
    drafts = [letters.drafted(province, office, subject_km=f"លិខិត {number}") for number in range(20)]
    start = threading.Barrier(20)

    def number(draft):
        try:
            start.wait()
            return actions.number_letter(actor=province, letter=draft).serial
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        assert sorted(pool.map(number, drafts)) == list(range(1, 21))
    assert LetterCounter.objects.get().last == 20
    assert len(set(Letter.objects.values_list("check_code", flat=True))) == 20


@pytest.mark.django_db(transaction=True)
def test_two_who_number_the_same_draft_take_one_number(world, province):
    from incidents.workflow import Refused

    draft = letters.drafted(province, world["province-16"])
    start = threading.Barrier(2)

    def number(_one):
        try:
            start.wait()
            return actions.number_letter(actor=province, letter=draft).serial
        except Refused:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(number, range(2)), key=str) == [1, None]
    assert LetterCounter.objects.get().last == 1


@pytest.mark.django_db
def test_a_failure_after_the_number_leaves_no_gap(world, province):
    office = world["province-16"]
    assert letters.numbered(province, office).serial == 1

    @transaction.atomic
    def number_and_break():
        letters.numbered(province, office)
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        number_and_break()
    assert letters.numbered(province, office).serial == 2


@pytest.mark.django_db
def test_a_new_year_begins_with_one_at_midnight_in_phnom_penh(world, province):
    office = world["province-16"]
    with clock.replaying(datetime(2025, 12, 31, 16, 59, tzinfo=UTC)):
        old = letters.numbered(province, office)
    with clock.replaying(datetime(2025, 12, 31, 17, 0, tzinfo=UTC)):
        new = letters.numbered(province, office)
    assert (old.year, old.serial, new.year, new.serial) == (2025, 1, 2026, 1)


@pytest.mark.django_db
def test_each_office_counts_by_itself_and_drafts_have_no_number(world, province, mfaic):
    letters.drafted(province, world["province-16"])
    assert letters.numbered(province, world["province-16"]).serial == 1
    assert letters.numbered(mfaic, world["mfaic"]).serial == 1
    assert letters.numbered(mfaic, world["mfaic"]).number_text == "០០២ ល.ក"
    assert not Letter.objects.filter(state="draft", serial__isnull=False).exists()


def test_the_office_stands_in_the_number_by_a_khmer_short_name_only():
    assert wording.number_text(7, "ស.ជ.ណ", "MFAIC") == "០០៧ ស.ជ.ណ"
    assert wording.number_text(1234, "ស.ជ.ណ", "រ.ខ.រក") == "១២៣៤ ស.ជ.ណ រ.ខ.រក"
    assert wording.number_text(12, "", "") == "០១២"
