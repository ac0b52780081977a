"""The verb that edits a template of letters: always a new version; letters keep the one they used."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock
from incidents.choices_answers import LetterKind
from incidents.letters import deciders, filling
from incidents.letters.drafting import TEXTS
from incidents.models import LetterTemplate
from units.models import Unit, User

NAMES = ("name_km", "name_en", "abbreviation")
NEEDED = ("name_km", "name_en", "subject_km", "body_km")


@transaction.atomic
def edit_letter_template(
    *, actor: User, kind: str, office: Unit | None, texts: Mapping[str, str], seen: int | None = None
) -> LetterTemplate:
    """Put a new version of a template in use, of one office or (None) of all.

    `texts` has `drafting.TEXTS` and NAMES; `seen` is the version the person had before him, None for any. Raises
    PermissionDenied, and ValidationError by field, also when another version has come meanwhile.
    """
    deciders.demand_to_edit_templates(actor, office)
    if kind not in LetterKind.values:
        raise ValidationError({"kind": _("Choose what the letter is for.")})
    rows = LetterTemplate.objects.select_for_update().filter(kind=kind, office=office).order_by("version")
    versions = list(rows)
    last = versions[-1].version if versions else 0
    if seen is not None and seen != last:
        raise ValidationError(_("Another version has come since you opened this one. Look at it, then save yours."))
    values = {name: texts.get(name, "").replace("\r\n", "\n").strip() for name in (*TEXTS, *NAMES)}
    _refuse(values)
    LetterTemplate.objects.filter(kind=kind, office=office, current=True).update(current=False)
    made = LetterTemplate.objects.create(
        kind=kind, office=office, version=last + 1, written_by=actor, written_at=clock.now(), **values
    )
    before = {name: getattr(versions[-1], name) for name in values} if versions else {}
    changed = {name for name in values if values[name] != before.get(name, "")}
    audit.record(
        actor=actor,
        verb="edit_letter_template",
        target=made,
        before={name: before[name] for name in changed if name in before},
        after={name: values[name] for name in changed} | {"office": office.code if office else "", "kind": kind},
        at=made.written_at,
    )
    return made


def _refuse(values: Mapping[str, str]) -> None:
    errors = {name: _("This is missing.") for name in NEEDED if not values[name]}
    for name in TEXTS:
        wrong = [one for one in filling.fields(values[name]) if not filling.is_name(one)]
        if wrong:
            errors[name] = _("These are no names of fields: %(names)s.") % {"names": ", ".join(wrong)}
    for name, most in (("name_km", 200), ("name_en", 200), ("abbreviation", 40)):
        if len(values[name]) > most:
            errors[name] = _("At most %(n)s characters.") % {"n": most}
    if errors:
        raise ValidationError(errors)
