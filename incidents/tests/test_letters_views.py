"""The pages of letters: registers, drafts, steps, files, entering; who may, who sees, who sees nothing."""

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from borderwatch import clock
from incidents import actions
from incidents.choices_answers import LetterKind, LetterState
from incidents.letters import content
from incidents.models import Letter
from incidents.tests import letters
from incidents.tests.accountability import opened
from units.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english(world: Any) -> None:
    User.objects.update(language="en")


@pytest.fixture
def office(world: Any) -> Any:
    return world["province-16"]


@pytest.fixture
def draft(province: Any, office: Any, ponds: Any) -> Letter:
    """The province's report of the ponds, complete."""
    return actions.draft_letter(actor=province, office=office, kind=LetterKind.REPORT, about=ponds)


def address(name: str, letter: Letter) -> str:
    return reverse(f"letters:{name}", args=[letter.pk])


# --- beginning and writing ------------------------------------------------------------------------------------


def test_from_the_incident_s_page_the_province_comes_to_a_filled_draft(signed_in, province, ponds, district):
    page = signed_in(province).get(ponds.get_absolute_url()).content.decode()
    link = f"/register/new/?kind=report&amp;about=incident%3A{ponds.ref}"
    assert link in page
    assert "/register/new/" not in signed_in(district).get(ponds.get_absolute_url()).content.decode()
    client = signed_in(province)
    form = client.get(link.replace("&amp;", "&"))
    assert "Every field of the template can be filled" in form.content.decode()
    answer = client.post(
        reverse("letters:new"), {"office": "province-16", "kind": "report", "about": f"incident:{ponds.ref}"}
    )
    letter = Letter.objects.get()
    assert answer.url == address("edit", letter)
    assert ponds.ref in client.get(answer.url).content.decode()
    assert "panel-letters" in client.get(ponds.get_absolute_url()).content.decode()


def test_a_new_letter_is_refused_with_everything_kept(signed_in, province, outsider, province2, ponds):
    client = signed_in(province)
    answer = client.post(
        reverse("letters:new"), {"office": "province-16", "kind": "other", "incident": "RTK-1999-000001"}
    )
    assert answer.status_code == 422
    assert "RTK-1999-000001" in answer.content.decode()
    answer = client.post(reverse("letters:new"), {"office": "moi", "kind": "other"})
    assert answer.status_code == 422
    answer = signed_in(province2).post(
        reverse("letters:new"), {"office": "province-01", "kind": "report", "about": f"incident:{ponds.ref}"}
    )
    assert answer.status_code == 422
    assert signed_in(outsider).get(reverse("letters:new")).status_code == 403
    assert not Letter.objects.exists()


def _form(letter: Letter, **changes: Any) -> dict[str, Any]:
    values = {name: getattr(letter, name) or "" for name in content.EDITABLE if name != "map_svg"}
    codes = list(letter.to_units.values_list("code", flat=True))
    return {**values, "to_units": codes, "seen": content.fingerprint(letter), **changes}


def test_a_draft_is_edited_with_every_field_and_days_in_khmer_figures(signed_in, province, draft, audited):
    year = timezone.localdate(clock.now()).year
    figures = "".join("០១២៣៤៥៦៧៨៩"[int(one)] for one in f"0503{year}")
    day = f"{figures[:2]}/{figures[2:4]}/{figures[4:]}"
    sent = _form(draft, body_km="ខ្លឹមសារថ្មី", dated_on=day, copies_km="ឯកសារ\nកាលប្បវត្តិ", to_units=["moi"])
    answer = signed_in(province).post(address("edit", draft), sent)
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert (draft.body_km, draft.dated_on.isoformat()) == ("ខ្លឹមសារថ្មី", f"{year}-03-05")
    assert list(draft.to_units.values_list("code", flat=True)) == ["moi"]
    assert audited("edit_letter", str(draft.pk)).after["body_km"] == "ខ្លឹមសារថ្មី"


def test_a_refused_draft_keeps_what_was_typed_and_shows_what_somebody_else_wrote(signed_in, province, draft):
    mine = _form(draft, body_km="អត្ថបទរបស់ខ្ញុំ")
    actions.edit_letter(actor=province, letter=draft, body_km="អត្ថបទរបស់គាត់")
    client = signed_in(province)
    answer = client.post(address("edit", draft), mine)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "អត្ថបទរបស់ខ្ញុំ" in page
    assert "អត្ថបទរបស់គាត់" in page
    draft.refresh_from_db()
    assert draft.body_km == "អត្ថបទរបស់គាត់"
    # Having compared, he saves again: the page carries the mark of what it has shown.
    assert client.post(address("edit", draft), {**mine, "seen": content.fingerprint(draft)}).status_code == 302
    answer = client.post(address("edit", draft), _form(draft, dated_on="31/31/2026", seen=""))
    assert answer.status_code == 422
    assert "31/31/2026" in answer.content.decode()


def test_who_sees_a_draft_and_who_may_write_in_it(signed_in, draft, moi, district, province2, auditor, head, mfaic):
    for reader in (moi, auditor):
        assert signed_in(reader).get(draft.get_absolute_url()).status_code == 200
        assert signed_in(reader).get(address("edit", draft)).status_code == 403
        assert signed_in(reader).post(address("number", draft)).status_code == 403
    for stranger in (district, province2, head, mfaic):
        for name in ("detail", "edit", "pdf", "docx"):
            assert signed_in(stranger).get(address(name, draft)).status_code == 404
        assert signed_in(stranger).post(address("number", draft)).status_code == 404


# --- steps ----------------------------------------------------------------------------------------------------


def test_a_letter_goes_its_way_on_its_page(signed_in, province, draft):
    client = signed_in(province)
    for name, state in (("number", LetterState.NUMBERED), ("sign", LetterState.SIGNED), ("send", LetterState.SENT)):
        assert client.post(address(name, draft)).status_code == 302
        draft.refresh_from_db()
        assert draft.state == state
        assert client.get(draft.get_absolute_url()).status_code == 200
    assert client.get(address("edit", draft)).status_code == 302
    refused = client.post(address("void", draft), {"reason": "Misprint"})
    assert refused.status_code == 422
    assert "The letter is: sent" in refused.content.decode()


def test_a_letter_with_something_open_is_refused_its_number_and_the_page_says_what(signed_in, province, draft):
    actions.edit_letter(actor=province, letter=draft, body_km="នៅ […] និង {{ nowhere }}")
    client = signed_in(province)
    assert "nowhere" in client.get(draft.get_absolute_url()).content.decode()
    refused = client.post(address("number", draft))
    assert refused.status_code == 422
    assert "There is still a field without a fact: nowhere" in refused.content.decode()


def test_the_drafter_of_a_protest_note_is_not_offered_its_signature(signed_in, world, mfaic):
    khmer = {**letters.WHOLE, "subject_en": "", "body_en": "", "closing_en": ""}
    note = actions.draft_letter(actor=mfaic, office=world["mfaic"], kind=LetterKind.PROTEST_NOTE, **khmer)
    actions.number_letter(actor=mfaic, letter=note)
    client = signed_in(mfaic)
    page = client.get(note.get_absolute_url()).content.decode()
    assert "signed by another person" in page
    assert address("sign", note) not in page
    assert client.post(address("sign", note)).status_code == 403


def test_the_pdf_of_a_signed_letter_is_the_sealed_one_and_of_a_void_one_bears_its_mark(signed_in, province, draft):
    client = signed_in(province)
    plain = client.get(address("pdf", draft))
    assert plain["Content-Type"] == "application/pdf"
    assert plain.content.startswith(b"%PDF-")
    actions.number_letter(actor=province, letter=draft)
    signed = actions.sign_letter(actor=province, letter=draft)
    stored = client.get(address("pdf", draft))
    import hashlib

    assert hashlib.sha256(b"".join(stored.streaming_content)).hexdigest() == signed.pdf_sha256
    assert "letter-province-16-" in stored["Content-Disposition"]
    actions.void_letter(actor=province, letter=draft, reason="Misprint")
    assert client.get(address("pdf", draft)).content.startswith(b"%PDF-")
    assert client.get(address("docx", draft)).content.startswith(b"PK")


# --- registers ------------------------------------------------------------------------------------------------


def test_the_register_lists_every_number_in_its_order_void_ones_too(signed_in, province, office):
    made = [letters.numbered(province, office, subject_km=f"លិខិតទី{number}") for number in range(3)]
    actions.void_letter(actor=province, letter=made[1], reason="Printed twice")
    letters.drafted(province, office, subject_km="នៅព្រាង")
    page = signed_in(province).get(reverse("letters:register")).content.decode()
    places = [page.index(f"លិខិតទី{number}") for number in (2, 1, 0)]
    assert places == sorted(places)
    assert "Printed twice" in page
    assert page.index("នៅព្រាង") < places[0]
    printed = signed_in(province).get(reverse("letters:printed")).content.decode()
    assert printed.index("លិខិតទី0") < printed.index("លិខិតទី2")
    assert "នៅព្រាង" not in printed


def test_the_register_is_narrowed_and_searched_in_either_digits(signed_in, province, office):
    for number in range(12):
        letters.numbered(province, office, subject_km=f"លិខិតទី{number}")
    client, there = signed_in(province), reverse("letters:register")
    assert "លិខិតទី11" in client.get(there, {"q": "012"}).content.decode()
    assert "លិខិតទី10" not in client.get(there, {"q": "012"}).content.decode()
    assert "លិខិតទី11" in client.get(there, {"q": "០១២"}).content.decode()
    assert "លិខិតទី3" not in client.get(there, {"state": "void"}).content.decode()
    assert "was left out" in client.get(there, {"state": "nonsense"}).content.decode()
    assert client.get(there, {"year": "x", "office": "none", "before": "y", "direction": "up"}).status_code == 200


def test_long_registers_have_pages_by_number(signed_in, province, office, monkeypatch):
    from incidents.letters import register

    monkeypatch.setattr(register, "SIZE", 3)
    for number in range(5):
        letters.numbered(province, office, subject_km=f"លិខិតទី{number}")
    client = signed_in(province)
    first = client.get(reverse("letters:register")).content.decode()
    assert "លិខិតទី4" in first
    assert "លិខិតទី1" not in first
    second = client.get(reverse("letters:register"), {"before": "3"}).content.decode()
    assert "លិខិតទី1" in second
    assert "លិខិតទី2" not in second


def test_the_csv_of_a_register_is_read_by_a_machine(signed_in, province, office, province2):
    letters.numbered(province, office, subject_km="=1+1")
    answer = signed_in(province).get(reverse("letters:table"))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["serial"], row["office"], row["subject_km"]) == ("1", "province-16", "'=1+1")
    other = b"".join(signed_in(province2).get(reverse("letters:table"), {"office": "province-16"}).streaming_content)
    assert "=1+1" not in other.decode("utf-8-sig")


def test_the_register_asks_few_questions_of_the_database(
    signed_in, province, office, moi, world, django_assert_max_num_queries
):
    for number in range(6):
        letters.numbered(province, office, subject_km=f"លិខិតទី{number}")
        letters.drafted(province, office)
    client = signed_in(province)
    client.get(reverse("letters:register"))
    with django_assert_max_num_queries(32):
        client.get(reverse("letters:register"))
    letter = letters.sent(province, office, to_units=[world["moi"]])
    client = signed_in(moi)
    client.get(letter.get_absolute_url())
    with django_assert_max_num_queries(40):
        client.get(letter.get_absolute_url())


# --- arriving -------------------------------------------------------------------------------------------------


def test_a_letter_that_arrives_is_entered_with_its_scan_and_handed_out_to_be_saved(
    signed_in, province, ponds, district
):
    client = signed_in(province)
    scan = SimpleUploadedFile("reply.pdf", b"%PDF-1.4 reply", "application/pdf")
    sent = {
        "office": "province-16", "sender": "MoI", "their_number": "៤៩៣", "dated_on": "០៥/០១/២០២៦", "kind": "other",
        "subject_km": "ឆ្លើយតប", "incident": ponds.ref.lower(), "upload": scan,
    }  # fmt: skip
    answer = client.post(reverse("letters:receive"), sent)
    letter = Letter.objects.get()
    assert (answer.status_code, answer.url) == (302, letter.get_absolute_url())
    assert letter.incident == ponds
    page = client.get(letter.get_absolute_url()).content.decode()
    assert "៤៩៣" in page
    handed = client.get(address("scan", letter))
    assert b"".join(handed.streaming_content) == b"%PDF-1.4 reply"
    assert "attachment" in handed["Content-Disposition"]
    assert client.get(address("pdf", letter)).status_code == 404
    assert signed_in(district).get(address("scan", letter)).status_code == 404
    incoming = client.get(reverse("letters:register"), {"direction": "incoming"}).content.decode()
    assert "ឆ្លើយតប" in incoming
    refused = client.post(reverse("letters:receive"), {**sent, "sender": "", "upload": ""})
    assert refused.status_code == 422
    assert "ឆ្លើយតប" in refused.content.decode()


def test_a_letter_sent_through_the_system_waits_to_be_entered(signed_in, province, mfaic, ssba, office, world):
    letter = letters.sent(province, office, to_units=[world["mfaic"]])
    client = signed_in(mfaic)
    assert letter.number_text in client.get(reverse("letters:register")).content.decode()
    page = client.get(letter.get_absolute_url()).content.decode()
    assert "Enter in our register" in page
    # Who drafted it and when is the province's own business.
    assert "Letter drafted" not in page
    assert "Letter drafted" in signed_in(province).get(letter.get_absolute_url()).content.decode()
    answer = client.post(address("enter", letter), {"office": "mfaic"})
    entered = Letter.objects.get(direction="incoming")
    assert answer.url == entered.get_absolute_url()
    assert entered.their_number == letter.number_text
    again = client.post(address("enter", letter), {"office": "mfaic"})
    assert again.status_code == 302
    assert Letter.objects.filter(direction="incoming").count() == 1
    assert "Enter in our register" not in client.get(letter.get_absolute_url()).content.decode()
    assert signed_in(province).post(address("enter", letter), {"office": "province-16"}).status_code == 403
    assert signed_in(ssba).post(address("enter", letter), {"office": "ssba"}).status_code == 404


# --- panels and the API ---------------------------------------------------------------------------------------


def test_the_notice_to_the_head_is_offered_where_there_is_a_case(signed_in, file, province):
    case = opened(file, province)
    page = signed_in(province).get(case.incident.get_absolute_url()).content.decode()
    assert f"about=accountabilitycase%3A{case.ref}" in page


def test_the_api_lists_and_shows_what_the_caller_sees(signed_in, province, mfaic, office, world, ponds, province2):
    letter = letters.sent(province, office, to_units=[world["mfaic"]], incident=ponds)
    letters.drafted(province, office)
    rows = signed_in(mfaic).get("/api/v1/letters/").json()["results"]
    assert [row["id"] for row in rows] == [letter.pk]
    assert (rows[0]["number_text"], rows[0]["incident_ref"]) == (letter.number_text, ponds.ref)
    whole = signed_in(mfaic).get(f"/api/v1/letters/{letter.pk}/").json()
    assert (whole["to_units"], whole["body_km"]) == (["mfaic"], letter.body_km)
    assert whole["pdf_sha256"] == letter.pdf_sha256
    assert signed_in(mfaic).get(whole["pdf_url"]).status_code == 200
    assert len(signed_in(province).get("/api/v1/letters/").json()["results"]) == 2
    narrowed = signed_in(province).get("/api/v1/letters/?state=draft").json()["results"]
    assert [row["state"] for row in narrowed] == ["draft"]
    assert signed_in(province).get("/api/v1/letters/?state=nonsense").status_code == 400
    assert signed_in(province2).get(f"/api/v1/letters/{letter.pk}/").status_code == 404


def test_the_api_does_not_name_an_incident_the_caller_may_not_see(signed_in, province, office, world, file, mfaic):
    letter = letters.sent(province, office, to_units=[world["mfaic"]], incident=file())
    row = signed_in(mfaic).get(f"/api/v1/letters/{letter.pk}/").json()
    assert row["incident_ref"] is None
    # The letter itself may name it; the page leads nowhere.
    assert letter.incident.get_absolute_url() not in signed_in(mfaic).get(letter.get_absolute_url()).content.decode()
