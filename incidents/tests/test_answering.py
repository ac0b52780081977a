"""Answer a duty by the link in a mail: reading changes nothing, pressing acts once, and only the receiver may."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from borderwatch import clock, links
from borderwatch.actions import revoke_link
from borderwatch.models import ActionLink, AuditEntry, Delivery, LinkVisit
from incidents import actions
from incidents.actions.answering import answer_by_link
from incidents.models import Acknowledgement, Duty
from incidents.tests.answering import address, desk_mail, duty_of, left, mail_to
from units import actions as register

AGENTS = [
    "",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
    "Microsoft Office/16.0 (Microsoft Outlook 16.0)",
    "Barracuda Sentinel (EE)",
    "Mimecast-URL-Protect",
    "GoogleImageProxy",
    "TelegramBot (like TwitterBot)",
    "curl/8.5.0",
]


@pytest.fixture
def duty(ponds):
    return duty_of("mfaic")


@pytest.fixture
def link(duty, mfaic):
    return left(mail_to(mfaic, duty))


@pytest.fixture
def stranger():
    """A program without any cookie, as a mail client's browser is."""
    return Client()


def domain():
    """Every value that reading must not change; the log of visits is not among them."""
    models = (Duty, Acknowledgement, AuditEntry, Delivery, ActionLink)
    return {model.__name__: sorted(map(str, model.objects.values_list())) for model in models}


# --- reading --------------------------------------------------------------------------------------------------


def test_a_mail_scanner_may_open_it_as_often_as_it_likes(link, stranger):
    before = domain()
    for number in range(20):
        read = stranger.head if number % 3 == 0 else stranger.get
        answer = read(address(link), headers={"User-Agent": AGENTS[number % len(AGENTS)]})
        assert answer.status_code == 200
        assert not answer.cookies
        assert "Set-Cookie" not in answer.headers
    assert domain() == before
    assert LinkVisit.objects.filter(link=link, outcome="read: open").count() == 20


def test_no_other_method_acts(link, stranger):
    before = domain()
    for method in ("put", "patch", "delete", "options", "trace"):
        assert getattr(stranger, method)(address(link)).status_code == 405
    assert domain() == before


def test_it_says_who_the_reader_is_taken_to_be_and_what_is_asked(link, duty, mfaic, ponds, stranger):
    text = stranger.get(address(link) + "?lang=en").content.decode()
    for words in (ponds.ref, duty.unit.name_en, mfaic.name_en or mfaic.username, "High · ", "Your answer is asked for"):
        assert words in text, words
    assert text.count('type="radio"') == 4
    for name in ("comment", "who_instead", "expected_at"):
        assert f'name="{name}"' in text
    assert "<script" not in text
    assert "csrfmiddlewaretoken" not in text


def test_what_is_sensitive_stays_behind_the_sign_in(link, ponds, district, stranger):
    text = stranger.get(address(link)).content.decode()
    assert ponds.text not in text
    assert "ក្រុមមនុស្ស" not in text
    assert district.username not in text
    assert (district.name_en or "no name") not in text
    assert f"/inbox/{duty_of('mfaic').pk}/" in text


def test_the_page_speaks_the_receivers_language_and_the_other_one_by_a_plain_link(duty, mfaic, stranger):
    khmer = mail_to(mfaic, duty, language="km")
    answer = stranger.get(address(khmer))
    assert answer["Content-Language"] == "km"
    assert '<html lang="km">' in answer.content.decode()
    assert 'href="?lang=en"' in answer.content.decode()
    other = stranger.get(address(khmer) + "?lang=en", headers={"Accept-Language": "km"})
    assert '<html lang="en">' in other.content.decode()
    assert not other.cookies
    assert '<html lang="km">' in stranger.get(address(khmer) + "?lang=xx").content.decode()


def test_nobody_is_told_the_address_and_no_copy_is_kept(link, stranger):
    answer = stranger.get(address(link))
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["X-Frame-Options"] == "DENY"


def test_the_sites_own_log_does_not_name_the_address(link, stranger, caplog):
    stranger.get(address(link))
    stranger.post(address(link), {})
    ActionLink.objects.filter(pk=link.pk).update(expires_at=clock.now())
    assert stranger.get(address(link)).status_code == 410
    assert links.token(link)[23:] not in caplog.text


def test_a_wrong_secret_and_an_unknown_link_are_one_and_the_same(link, stranger):
    token = links.token(link)
    other = links.token(ActionLink())
    wrong = [f"{token[:22]}-{other[23:]}", other, token[:-1], "x", f"{token[:22]}-{'A' * 16}"]
    answers = [stranger.get(f"/answer/{text}/") for text in wrong]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert not any(answer.cookies for answer in answers)
    assert {stranger.post(f"/answer/{text}/", {"answer": "accept"}).status_code for text in wrong} == {404}
    assert not LinkVisit.objects.exists()
    assert not Acknowledgement.objects.exists()


def test_the_page_costs_few_queries(link, stranger, django_assert_max_num_queries):
    with django_assert_max_num_queries(20):
        stranger.get(address(link))


# --- pressing -------------------------------------------------------------------------------------------------


def test_pressing_acts_in_the_receivers_name(link, duty, mfaic, stranger, audited):
    answer = stranger.post(address(link), {"answer": "accept", "comment": "A note is drafted."})
    assert (answer.status_code, answer["Location"]) == (303, address(link))
    assert not answer.cookies
    row = duty.acknowledgements.get()
    assert (row.answer, row.comment, row.by, row.link) == ("accept", "A note is drafted.", mfaic, link)
    duty.refresh_from_db()
    assert duty.state == "answered"
    link.refresh_from_db()
    assert (link.used_at is not None, link.receipt[:2]) == (True, "R-")
    assert audited("acknowledge").actor == mfaic
    used = audited("answer_by_link", str(link.pk))
    assert (used.actor, used.after["receipt"], used.after["duty"]) == (mfaic, link.receipt, str(duty.pk))
    assert links.token(link)[23:] not in str(list(AuditEntry.objects.values_list()))
    assert [row.outcome for row in link.visits.all()] == ["pressed: done"]


def test_a_second_opening_shows_the_receipt(link, mfaic, stranger):
    said = {"answer": "not_ours", "who_instead": "Ministry of Environment", "comment": "Sensitive words"}
    stranger.post(address(link), said)
    link.refresh_from_db()
    before = domain()
    for answer in (stranger.get(address(link)), stranger.get(address(link) + "?lang=km"), stranger.head(address(link))):
        assert answer.status_code == 200
    text = stranger.get(address(link)).content.decode()
    for words in (link.receipt, "Not ours", "Ministry of Environment", mfaic.record_name):
        assert words in text, words
    assert "Sensitive words" not in text
    assert "<form" not in text
    assert domain() == before


def test_pressing_twice_answers_once_and_shows_the_receipt(link, stranger):
    for answer in ("accept", "not_ours"):
        stranger.post(address(link), {"answer": answer, "who_instead": "MoE"})
    assert Acknowledgement.objects.get().answer == "accept"
    link.refresh_from_db()
    again = stranger.post(address(link), {"answer": "not_ours", "who_instead": "MoE"})
    assert again.status_code == 200
    assert link.receipt in again.content.decode()
    assert AuditEntry.objects.filter(verb="answer_by_link").count() == 1


def test_an_incomplete_answer_comes_back_with_all_that_was_typed(link, stranger, untouched):
    with untouched():
        answer = stranger.post(address(link), {"answer": "need_information", "expected_at": "1/2/2020 10:00"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "1/2/2020 10:00" in text
    assert "need_information" in text
    assert "field-error" in text or "errorlist" in text
    link.refresh_from_db()
    assert link.used_at is None
    assert [row.outcome for row in link.visits.all()] == ["pressed: incomplete"]
    assert stranger.post(address(link), {}).status_code == 422


def test_figures_of_both_scripts_are_understood(link, stranger):
    year = timezone.localdate().year + 1
    khmer = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")
    said = {"answer": "accept", "expected_at": f"25/12/{year} 14:00".translate(khmer)}
    assert stranger.post(address(link), said).status_code == 303
    assert timezone.localtime(Acknowledgement.objects.get().expected_at).hour == 14


def test_a_signed_in_strangers_session_counts_for_nothing(link, signed_in, district, mfaic):
    answer = signed_in(district).post(address(link), {"answer": "accept"})
    assert answer.status_code == 303
    assert Acknowledgement.objects.get().by == mfaic


def test_a_foreign_page_needs_the_secret_and_nothing_else_protects_it(link):
    """No token is asked for: the secret in the path is the proof."""
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address(link), {"answer": "accept"}).status_code == 303


# --- what ends a link -----------------------------------------------------------------------------------------


def ended(link, stranger, status, *words):
    """It says why it opens nothing, names nothing of the matter, and pressing changes nothing."""
    before = domain()
    for answer in (stranger.get(address(link)), stranger.post(address(link), {"answer": "accept"})):
        assert answer.status_code == status
        text = answer.content.decode()
        assert all(word in text for word in words), text
        assert link.delivery.key not in text
        assert "<form" not in text
    assert domain() == before


def test_an_expired_link_says_so_and_offers_the_sign_in(link, stranger, duty):
    ActionLink.objects.filter(pk=link.pk).update(expires_at=clock.now() - timedelta(seconds=1))
    ended(link, stranger, 410, "This link has run out", f"/inbox/{duty.pk}/")


def test_a_closed_link_says_so(link, stranger, mfaic):
    revoke_link(actor=mfaic, link=link, reason="Passed on")
    ended(link, stranger, 410, "This link was closed")


def test_a_person_who_left_the_institution_answers_nothing(link, stranger, mfaic):
    register.end_posting(actor=None, posting=mfaic.postings.get(), at=timezone.now(), reason="moved")
    ended(link, stranger, 403, "no longer answers for its office")


def test_a_disabled_person_answers_nothing(link, stranger, mfaic):
    mfaic.is_active = False
    mfaic.save(update_fields=["is_active"])
    ended(link, stranger, 403)


def test_a_link_sent_to_another_institution_answers_nothing(duty, moi, stranger):
    ended(mail_to(moi, duty), stranger, 403)


def test_an_address_taken_out_of_use_answers_nothing(duty, stranger):
    link = desk_mail(duty)
    link.delivery.endpoint.active = False
    link.delivery.endpoint.save(update_fields=["active"])
    ended(link, stranger, 403)


def test_a_notice_that_was_cancelled_has_no_link(duty, mfaic, stranger):
    link = mail_to(mfaic, duty)
    Delivery.objects.filter(pk=link.delivery_id).update(state="cancelled", done_at=clock.now())
    ended(link, stranger, 410, "This link was closed")


def test_a_duty_answered_by_another_shows_who_and_when(link, duty, moi, stranger, world):
    colleague = mail_to(moi, duty_of("moi"))
    first = mail_to(moi, duty_of("moi"), event="second")
    stranger.post(address(first), {"answer": "already_acting"})
    before = domain()
    answer = stranger.get(address(colleague))
    assert answer.status_code == 200
    text = answer.content.decode()
    assert moi.record_name in text
    assert "We are already acting" in text
    late = stranger.post(address(colleague), {"answer": "accept", "comment": "What I typed"})
    assert late.status_code == 409
    assert domain() == before
    assert "<form" not in text


def test_what_was_typed_is_kept_for_one_who_comes_second(duty, link, mfaic, stranger, monkeypatch):
    """Between reading and pressing a colleague answered: seen under the duty's lock."""
    actions.acknowledge(actor=mfaic, duty=duty, answer="accept")
    from incidents.answering import purposes, views

    monkeypatch.setattr(views, "standing", lambda one, now: ("open", purposes.of(one)))
    late = stranger.post(address(link), {"answer": "accept", "comment": "What I typed"})
    assert late.status_code == 409
    assert "What I typed" in late.content.decode()
    assert duty.acknowledgements.count() == 1
    link.refresh_from_db()
    assert link.used_at is None


def test_it_is_held_up_when_it_is_pressed_all_the_time(link, stranger, settings):
    settings.LINK_ACTS_PER_MINUTE = 2
    assert [stranger.post(address(link), {}).status_code for _ in range(3)][-1] == 429
    assert stranger.get(address(link)).status_code == 200


# --- links to an address --------------------------------------------------------------------------------------


def test_a_link_to_an_address_asks_who_answers(duty, stranger, audited):
    link = desk_mail(duty)
    assert 'name="office"' in stranger.get(address(link)).content.decode()
    refused = stranger.post(address(link), {"answer": "accept"})
    assert refused.status_code == 422
    said = {"answer": "accept", "name": "Sok Dara", "office": "Border affairs"}
    assert stranger.post(address(link), said).status_code == 303
    row = duty.acknowledgements.get()
    assert row.by is None
    assert row.by_name == "Sok Dara, Border affairs, by the link sent to desk@office.example"
    assert row.link == link
    assert audited("answer_by_link").after["by"] == row.by_name
    assert audited("acknowledge").after["by_name"] == row.by_name


def test_a_link_to_an_address_of_another_office_answers_nothing(duty, stranger, world):
    ended(desk_mail(duty, unit=world["ssba"]), stranger, 403)


def test_a_messengers_address_is_never_shown(duty, world, stranger):
    link = desk_mail(duty, address="secret-destination")
    Delivery.objects.filter(pk=link.delivery_id).update(channel="message")
    link.delivery.channel = "message"
    assert "secret-destination" not in stranger.get(address(link)).content.decode()
    done = answer_by_link(link=link, given={"answer": "accept"}, name="Sok Dara", office="Desk")
    assert "secret-destination" not in done.link.confirmed["by_name"]


def test_the_signature_names_both_and_fits_the_record(duty):
    link = desk_mail(duty, address="x" * 60 + "@" + "y" * 180 + ".example")
    with pytest.raises(ValidationError) as refused:
        answer_by_link(link=link, given={"answer": "accept"}, name=" ", office="")
    assert set(refused.value.message_dict) == {"name", "office"}
    done = answer_by_link(link=link, given={"answer": "accept"}, name="n" * 90, office="o" * 90)
    assert len(done.link.confirmed["by_name"]) == 200


# --- afterwards -----------------------------------------------------------------------------------------------


def test_the_answer_stops_the_ladder_of_this_institution_alone(link, duty, stranger):
    stranger.post(address(link), {"answer": "accept"})
    waiting = Delivery.objects.filter(state="pending", bundle__startswith="duty:").values_list("bundle", flat=True)
    assert duty.bundle not in waiting
    assert duty_of("ssba").bundle in waiting


def test_a_receipt_says_when_the_answer_was_taken_back(link, duty, stranger):
    stranger.post(address(link), {"answer": "accept"})
    Acknowledgement.objects.update(withdrawn_at=clock.now(), withdrawn_reason="forgotten")
    assert "Taken back" in stranger.get(address(link)).content.decode()


def test_an_unknown_purpose_opens_nothing(link, stranger):
    ActionLink.objects.filter(pk=link.pk).update(purpose="something_else")
    ended(link, stranger, 410)
