"""The demo's letters: Ratanakiri's registers with a report that was sent, an order, a void number, a reply, drafts."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from html import escape

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from borderwatch import clock
from crossings.choices import ClosureState
from crossings.models import ClosureOrder
from incidents.actions import letters as verbs
from incidents.actions import letters_register as arriving
from incidents.choices import Category
from incidents.choices_answers import Classification, LetterDirection, LetterKind, LetterState
from incidents.demo.replay import Replay
from incidents.demo.staff import Staff
from incidents.letters import drawing
from incidents.models import AccountabilityCase, Incident, Letter
from units.models import User

PROVINCE = "16"
# The published cases were entered so long ago (incidents/demo/world.py).
ARCHIVE = timedelta(days=36)
# Nobody's name: governors are public persons, and this world is made up.
GOVERNOR = "ឈ្មោះសន្មត អភិបាល"
THEIR_NUMBER = "១២៤៧ ស.ជ.ណ"


def plan(replay: Replay, staff: Staff, now: datetime) -> None:
    """Plan what the province's clerk wrote and entered, in the order of time."""
    if f"province-{PROVINCE}" not in staff.units:
        return
    begun = now - ARCHIVE
    # Every act looks whether what it needs has happened: a small world lacks some of it.
    acts: tuple[tuple[datetime, Callable[[Staff], object]], ...] = (
        (now - timedelta(days=39), order),
        (begun + timedelta(hours=7), report),
        (begun + timedelta(hours=9), entered),
        (begun + timedelta(days=2), misprint),
        (begun + timedelta(days=5), reply),
        (now - timedelta(days=2, hours=2), notice),
        (now - timedelta(days=1, hours=5), circular),
    )
    for moment, act in acts:
        replay.plan(moment, partial(act, staff))


def _officer(staff: Staff) -> User:
    return staff.officers[PROVINCE]


def _ponds() -> Incident | None:
    """The ponds of Ratanakiri as the archive has them."""
    rows = Incident.objects.filter(province__code=PROVINCE, category=Category.NEIGHBOUR, type="pond_or_canal")
    return rows.order_by("occurred_at").first()


def _out(staff: Staff, letter: Letter) -> Letter:
    """Number, sign and send."""
    officer = _officer(staff)
    letter = verbs.number_letter(actor=officer, letter=letter)
    letter = verbs.sign_letter(actor=officer, letter=letter, signer_name_km=GOVERNOR)
    return verbs.send_letter(actor=officer, letter=letter)


def order(staff: Staff) -> None:
    """The letter of an order to close a crossing of the province."""
    rows = ClosureOrder.objects.filter(issuer=staff.units[f"province-{PROVINCE}"], state=ClosureState.ISSUED)
    found = rows.order_by("issued_at").last()
    if found is not None:
        draft = verbs.draft_letter(
            actor=_officer(staff), office=found.issuer, kind=LetterKind.CLOSURE_ORDER, about=found
        )
        _out(staff, draft)


def report(staff: Staff) -> None:
    """The report of the ponds to the three institutions."""
    ponds = _ponds()
    if ponds is not None:
        draft = verbs.draft_letter(
            actor=_officer(staff),
            office=staff.units[f"province-{PROVINCE}"],
            kind=LetterKind.REPORT,
            about=ponds,
            classification=Classification.RESTRICTED,
            copies_km="ស្នងការដ្ឋាននគរបាលខេត្ត\nរដ្ឋបាលស្រុកអូរយ៉ាដាវ\nឯកសារ – កាលប្បវត្តិ",
        )
        _out(staff, draft)


def _sent_report() -> Letter | None:
    rows = Letter.objects.filter(kind=LetterKind.REPORT, state=LetterState.SENT, direction=LetterDirection.OUTGOING)
    return rows.order_by("pk").last()


def entered(staff: Staff) -> None:
    """MFAIC enters the province's report in its own register."""
    found = _sent_report()
    if found is not None:
        arriving.enter_original(actor=staff.officials["mfaic"], office=staff.units["mfaic"], original=found)


def misprint(staff: Staff) -> None:
    """A number was taken for a letter that was printed wrong: void, and it stays so."""
    draft = _other(staff, "ការស្នើសុំសម្ភារៈបំពាក់ប៉ុស្តិ៍ព្រំដែន", "ប៉ុស្តិ៍ព្រំដែនចំនួន ៣ ខ្វះខាតវិទ្យុទាក់ទង និងភ្លើងពិល។")
    letter = verbs.number_letter(actor=_officer(staff), letter=draft)
    verbs.void_letter(actor=_officer(staff), letter=letter, reason="បោះពុម្ពខុសនាមអ្នកទទួល ធ្វើលិខិតថ្មីជំនួស")


def circular(staff: Staff) -> None:
    """A letter that waits for its number."""
    _other(staff, "ការអញ្ជើញចូលរួមប្រជុំគណៈបញ្ជាការឯកភាពខេត្ត", "ប្រជុំស្ដីពីការពង្រឹងការល្បាតតាមព្រំដែន នឹងប្រព្រឹត្តទៅនៅសាលាខេត្ត។")


def _other(staff: Staff, subject: str, body: str) -> Letter:
    return verbs.draft_letter(
        actor=_officer(staff),
        office=staff.units[f"province-{PROVINCE}"],
        kind=LetterKind.OTHER,
        to_units=[staff.units["moi"]],
        subject_km=subject,
        body_km=body,
    )


def reply(staff: Staff) -> None:
    """The ministry's answer to the report arrives on paper and is entered with its scan."""
    ponds = _ponds()
    if ponds is None:
        return
    subject = "ការណែនាំស្ដីពីការរក្សាស្ថានភាពដើមនៅតំបន់មិនទាន់បោះបង្គោលព្រំដែន"
    page = f'<!DOCTYPE html><html lang="km"><body><h1>ក្រសួងមហាផ្ទៃ</h1><p>លេខ៖ {THEIR_NUMBER}</p><p>{escape(subject)}</p></body></html>'  # noqa: E501
    arriving.receive_letter(
        actor=_officer(staff),
        office=staff.units[f"province-{PROVINCE}"],
        sender="ក្រសួងមហាផ្ទៃ",
        their_number=THEIR_NUMBER,
        dated_on=timezone.localdate(clock.now()) - timedelta(days=1),
        subject_km=subject,
        incident=ponds,
        kind=LetterKind.INSTRUCTION,
        upload=SimpleUploadedFile("scan.pdf", drawing.pdf(page), "application/pdf"),
    )


def notice(staff: Staff) -> None:
    """The draft of a notice to the head of a unit."""
    officer = _officer(staff)
    cases = AccountabilityCase.objects.visible_to(officer).open().filter(unit__province__code=PROVINCE)
    case = cases.order_by("opened_at").last()
    if case is not None:
        verbs.draft_letter(
            actor=officer,
            office=staff.units[f"province-{PROVINCE}"],
            kind=LetterKind.NOTICE_TO_HEAD,
            about=case,
        )
