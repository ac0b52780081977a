"""Proposals for tests, made by the verbs."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib.gis.geos import Point

from crossings import actions, proposals
from crossings.actions import Content, Decision
from crossings.models import Assessment, Crossing, Proposal
from crossings.tests import assessing
from units.models import District, Unit, User

WHY = "ប្រជាកសិករដឹកដំឡូងមីតាមផ្លូវនេះរាល់ថ្ងៃ។"


def path(province: User, name: str = "Cassava path", at: tuple[float, float] = (107.45, 13.72)) -> Crossing:
    """A corridor in Ou Ya Dav that the province has found."""
    return actions.register_crossing(
        actor=province, name_km="", name_en=name, category="corridor", mode="foot",
        district=District.objects.get(code="1607"), neighbour="VN", point=Point(*at, srid=4326), precision_km=0.3,
        although_near=True, reason="Found by a patrol",
    )  # fmt: skip


def content(*assessments: Assessment, **changes: Any) -> Content:
    """A complete wish; name what differs."""
    wanted: dict[str, Any] = {
        "category": "bilateral",
        "wanted_from": proposals.today() + timedelta(days=60),
        "justification": WHY,
        "needs": "ប៉ុស្តិ៍ និងផ្លូវក្រាលថ្ម ៣ គីឡូម៉ែត្រ",
        "assessments": assessments,
    }
    return Content(**{**wanted, **changes})


def draft(province: User, crossing: Crossing, assessments: Sequence[Assessment] = (), **changes: Any) -> Proposal:
    """A draft of the province; one assessment is made when none is named."""
    if not assessments and changes.pop("assessed", True):
        unit = Unit.objects.get(code="province-16")
        assessments = [assessing.complete(province, crossing, unit)]
    wanted = content(*assessments, **changes)
    return actions.start_proposal(actor=province, client_key=uuid.uuid4(), crossing=crossing, content=wanted).proposal


def submitted(province: User, crossing: Crossing, **changes: Any) -> Proposal:
    """A proposal that is with the ministry."""
    proposal = draft(province, crossing, **changes)
    actions.submit_proposal(actor=province, proposal=proposal)
    return fresh(proposal)


def speak(user: User, proposal: Proposal, code: str, stand: str = "for", conditions: str = "", **changes: Any) -> Any:
    """A ministry takes its position on the current version."""
    current = proposals.current_version(proposal)
    values: dict[str, Any] = {
        "actor": user, "proposal": proposal, "unit": Unit.objects.get(code=code), "stand": stand,
        "version": current.number if current else 0, "reasons": "យល់ស្រប", "conditions": conditions,
    }  # fmt: skip
    return actions.take_position(**{**values, **changes})


def recommended(moi: User, mfaic: User, ssba: User, proposal: Proposal, conditions: str = "") -> Proposal:
    """Both other ministries have spoken, the first with conditions when there are any; MoI recommends."""
    speak(mfaic, proposal, "mfaic", "conditional" if conditions else "for", conditions)
    speak(ssba, proposal, "ssba")
    current = proposals.current_version(proposal)
    assert current is not None
    actions.recommend_proposal(actor=moi, proposal=proposal, version=current.number, text="គួរអនុម័ត")
    return fresh(proposal)


def decision(**changes: Any) -> Decision:
    """The government's paper; name what differs."""
    today = proposals.today()
    paper: dict[str, Any] = {
        "number": "១២៣ សជណ",
        "decided_on": today - timedelta(days=2),
        "effective_from": today + timedelta(days=30),
        "legal_reference": "Decision 123 of the Royal Government",
    }
    return Decision(**{**paper, **changes})


def fresh(proposal: Proposal) -> Proposal:
    """The proposal as it stands in the database."""
    rows = Proposal.objects.select_related("crossing__district__province", "unit")
    return rows.get(pk=proposal.pk)
