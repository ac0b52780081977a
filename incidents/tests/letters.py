"""Letters for tests: drafted, numbered, signed, sent, by the verbs."""

from typing import Any

from incidents import actions
from incidents.choices_answers import LetterKind
from incidents.models import Letter

# What an ordinary letter needs so that it can have a number.
WHOLE: dict[str, Any] = {
    "addressee_km": "ឯកឧត្តមរដ្ឋមន្ត្រីក្រសួងមហាផ្ទៃ",
    "subject_km": "ការជូនដំណឹង",
    "body_km": "សូមគោរពជូនដំណឹង។",
    "closing_km": "សូមមេត្តាទទួលនូវការគោរពដ៏ខ្ពង់ខ្ពស់ពីខ្ញុំ។",
}


def drafted(actor: Any, office: Any, **changes: Any) -> Letter:
    """A complete draft of no particular kind."""
    return actions.draft_letter(actor=actor, office=office, kind=LetterKind.OTHER, **{**WHOLE, **changes})


def numbered(actor: Any, office: Any, **changes: Any) -> Letter:
    """One with a number."""
    return actions.number_letter(actor=actor, letter=drafted(actor, office, **changes))


def signed(actor: Any, office: Any, **changes: Any) -> Letter:
    """One that is signed."""
    return actions.sign_letter(actor=actor, letter=numbered(actor, office, **changes))


def sent(actor: Any, office: Any, **changes: Any) -> Letter:
    """One that has been sent."""
    return actions.send_letter(actor=actor, letter=signed(actor, office, **changes))
