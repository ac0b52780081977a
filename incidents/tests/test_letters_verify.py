"""Verifying a printed letter: public, sparing with words, the same for every wrong code, and not for machines."""

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from incidents import actions
from incidents.letters import check_codes, public
from incidents.tests import letters

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_count() -> None:
    cache.clear()


def page_of(code: str) -> Any:
    return Client(headers={"accept-language": "en"}).get(reverse("verify:code", args=[code]))


def test_a_signed_letter_is_confirmed_and_nothing_of_what_it_says(province, world, ponds):
    letter = letters.signed(province, world["province-16"], subject_km="រឿងសម្ងាត់", incident=ponds)
    answer = page_of(letter.check_code)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert letter.number_text in page
    assert letter.office.name_en in page or letter.office.name_km in page
    assert " ".join(re.findall("....", letter.pdf_sha256[:16])) in page
    for secret in ("រឿងសម្ងាត់", letters.WHOLE["body_km"], letters.WHOLE["addressee_km"], ponds.ref, province.name_km):
        assert secret not in page
    assert "sessionid" not in answer.cookies


def test_a_code_is_read_as_people_type_it(province, world):
    code = letters.signed(province, world["province-16"]).check_code
    for typed in (code, check_codes.grouped(code), f" {check_codes.grouped(code).lower()} "):
        assert Client().get(reverse("verify:ask"), {"code": typed}, follow=True).status_code == 200


def test_unsigned_letters_and_wrong_codes_get_one_and_the_same_answer(province, world):
    numbered = letters.numbered(province, world["province-16"])
    signed = letters.signed(province, world["province-16"])
    wrong = signed.check_code[:-1] + next(one for one in check_codes.ALPHABET if one != signed.check_code[-1])
    codes = (numbered.check_code, wrong, check_codes.new(), "NONSENSE", "X" * 40)
    pages = set()
    for code in codes:
        answer = page_of(code)
        assert answer.status_code == 404
        page = answer.content.decode().replace(check_codes.grouped(code), "CODE").replace(code, "CODE")
        pages.add(re.sub(r"hx-headers=\'[^\']*\'|csrfmiddlewaretoken[^>]*", "", page))
    assert len(pages) == 1


def test_a_void_letter_says_so(province, world):
    letter = letters.signed(province, world["province-16"])
    actions.void_letter(actor=province, letter=letter, reason="A secret reason")
    page = page_of(letter.check_code).content.decode()
    assert "void" in page
    assert "A secret reason" not in page


def test_whoever_tries_codes_by_the_dozen_is_held_back(monkeypatch, province, world):
    monkeypatch.setattr(public, "ASKED_MOST", 3)
    code = letters.signed(province, world["province-16"]).check_code
    assert [page_of(code).status_code for _ in range(5)] == [200, 200, 200, 429, 429]


def test_only_looking_is_possible(province, world):
    code = letters.signed(province, world["province-16"]).check_code
    assert Client().post(reverse("verify:code", args=[code])).status_code == 405
    assert Client().get(reverse("verify:ask")).status_code == 200
