"""Making a sealed evidence bundle is a verb: it is on record who made it, of what, with which hash."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from borderwatch import audit
from incidents.models import Incident, Protest
from incidents.protests.bundle import contents, pack
from units.models import User


@transaction.atomic
def make_bundle(*, actor: User, about: Incident | Protest, tell: pack.Tell = lambda done, total: None) -> pack.Made:
    """Pack what is on record about an incident, or a protest, for somebody who sees all of it.

    Raises PermissionDenied for who does not see all of it, ValidationError for a file that is not as it was.
    """
    subject = contents.find(actor, about.ref)
    if subject is None:
        raise PermissionDenied
    if why := contents.refusal(actor, subject):
        raise PermissionDenied(why)
    made = pack.build(subject, tell)
    audit.record(
        actor=actor,
        verb="make_bundle",
        target=subject.target,
        after={
            "manifest_sha256": made.manifest_sha256,
            "zip_sha256": made.zip_sha256,
            "size": made.size,
            "files": made.files,
        },
    )
    return made
