"""Where a protest meets the register of letters: its signed note, and the reply as an incoming letter."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from incidents.actions.letters import send_letter
from incidents.actions.letters_register import receive_letter
from incidents.choices_answers import LetterDirection, LetterKind, LetterState
from incidents.letters import deciders
from incidents.models import Letter, Protest
from units.models import User

ABOUT = "protest"


def letters(protest: Protest) -> Any:
    """All letters about the protest, the newest first."""
    return Letter.objects.filter(about_kind=ABOUT, about_key=protest.ref).order_by("-drafted_at", "-pk")


def signed_note(protest: Protest) -> Letter | None:
    """The newest note of the protesting office that was signed after the dossier was; None when there is none."""
    if protest.signed_at is None:
        return None
    found: Letter | None = (
        letters(protest)
        .filter(
            office=protest.office_id,
            kind=LetterKind.PROTEST_NOTE,
            direction=LetterDirection.OUTGOING,
            state__in=(LetterState.SIGNED, LetterState.SENT),
            signed_at__gte=protest.signed_at,
        )
        .first()
    )
    return found


def send(actor: User, note: Letter) -> None:
    """Let the letter leave too, unless the register says so already."""
    if note.state == LetterState.SIGNED:
        send_letter(actor=actor, letter=note)


def enter_reply(actor: User, protest: Protest, *, number: str, day: date, files: Sequence[Any]) -> Letter:
    """Enter what came back in the office's register of incoming letters; the first file is its scan."""
    counterpart = protest.counterpart
    return receive_letter(
        actor=actor,
        office=protest.office,
        sender=" · ".join(filter(None, [counterpart.name_km, counterpart.name_en])),
        their_number=number,
        dated_on=day,
        subject_km=protest.subject_km,
        subject_en=protest.subject_en,
        about=protest,
        upload=files[0] if files else None,
    )


def address_of_new(user: User, protest: Protest) -> str:
    """Where the note of this protest is written, "" for who writes no letters of the office."""
    if not deciders.may_write(user, protest.office):
        return ""
    asked = {"kind": LetterKind.PROTEST_NOTE.value, "about": f"{ABOUT}:{protest.ref}", "office": protest.office.code}
    return f"{reverse('letters:new')}?{urlencode(asked)}"
