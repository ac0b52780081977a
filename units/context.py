"""What the frame of every page asks about the person: postings, what they open, unread notices."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from borderwatch.models import Delivery
from units import policy
from units.choices import Role


def person(request: HttpRequest) -> dict[str, Any]:
    """Lazy, so that a fragment or a machine's answer pays for nothing it does not show."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    postings: Any = SimpleLazyObject(lambda: policy.roles_of(user))

    def opens(codename: str) -> bool:
        return any(codename in policy.ROLES[role] for role, _unit in postings)

    return {
        "postings": postings,
        "may_file": SimpleLazyObject(lambda: opens(policy.FILE)),
        "may_review": SimpleLazyObject(lambda: opens(policy.REVIEW)),
        "may_see_cases": SimpleLazyObject(
            lambda: opens(policy.REVIEW) or opens(policy.ANSWER) or any(role == Role.AUDITOR for role, _u in postings)
        ),
        "may_see_patrols": SimpleLazyObject(
            lambda: (
                any(opens(name) for name in (policy.PATROLS, policy.REGISTER))
                or any(role == Role.AUDITOR for role, _unit in postings)
            )
        ),
        "keeps_register": SimpleLazyObject(lambda: opens(policy.REGISTER)),
        "is_auditor": SimpleLazyObject(lambda: any(role == Role.AUDITOR for role, _unit in postings)),
        "unread": SimpleLazyObject(lambda: Delivery.objects.inbox(user).filter(opened_at__isnull=True).count()),
    }
