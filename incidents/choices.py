"""The fixed words of incidents: the two-level list of what happened, and how it is described."""

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Category(models.TextChoices):
    ILLEGAL_CROSSING = "illegal_crossing", _("Illegal crossing")
    FACILITATION = "facilitation_trafficking", _("Facilitation and trafficking in persons")
    SMUGGLING = "smuggling", _("Smuggling")
    CHECKPOINT = "checkpoint_irregularity", _("Irregularity at a checkpoint")
    FOREIGNERS = "foreigner_management", _("Management of foreigners")
    NEIGHBOUR = "neighbour_unilateral_activity", _("Unilateral activity from the neighbouring side")
    OWN_SIDE = "own_side_activity_in_unresolved_area", _("Activity from our side in an unresolved area")
    ARMED = "armed_incident", _("Armed incident")
    MARKER = "marker", _("Border marker")
    PUBLIC_ORDER = "public_order_safety", _("Public order and safety")
    OTHER_CRIME = "cross_border_crime_other", _("Other cross-border crime")


_UNILATERAL: dict[str, str | Promise] = {
    "checkpoint_or_post": _("Checkpoint or post"),
    "flag": _("Flag"),
    "permanent_structure": _("Permanent structure"),
    "temporary_structure": _("Temporary structure or tent"),
    "fence_or_wire": _("Fence or wire"),
    "road_or_path": _("Road or path"),
    "bridge": _("Bridge"),
    "tree_planting": _("Tree planting"),
    "cultivation": _("Cultivation"),
    "pond_or_canal": _("Pond or canal"),
    "digging_trench": _("Digging, trench or well"),
    "land_clearing": _("Land clearing"),
    "marker_moved_or_damaged": _("Marker moved or damaged"),
    "survey_activity": _("Survey work"),
    "sign_board": _("Sign board"),
    "patrol_incursion": _("Patrol crossing over"),
    "drone_overflight": _("Drone overflight"),
    "crossing_closed_by_neighbour": _("Crossing closed by the neighbour"),
}

# Category → types. One table; forms, API and checks read it.
TYPES: dict[str, dict[str, str | Promise]] = {
    Category.ILLEGAL_CROSSING: {
        "attempted_entry": _("Attempted entry"),
        "entry": _("Entry"),
        "attempted_exit": _("Attempted exit"),
        "exit": _("Exit"),
        "group_crossing": _("Group crossing"),
        "use_of_unofficial_crossing": _("Use of an unofficial crossing"),
        "reopening_of_closed_crossing": _("Closed crossing opened again"),
        "clandestine_in_vehicle": _("Hidden in a vehicle"),
        "river_crossing": _("River crossing"),
        "pushback_from_neighbour": _("Pushed back by the neighbour"),
        "deportee_return": _("Return of deported persons"),
    },
    Category.FACILITATION: {
        "people_smuggling": _("People smuggling"),
        "trafficking_in_persons": _("Trafficking in persons"),
        "forced_labour_scam_compound": _("Forced labour or scam compound"),
        "broker_facilitation": _("Broker"),
        "child_involved": _("Child involved"),
    },
    Category.SMUGGLING: {
        "drugs": _("Drugs"),
        "precursors": _("Drug precursors"),
        "weapons_ammunition": _("Weapons or ammunition"),
        "explosives": _("Explosives"),
        "fuel": _("Fuel"),
        "timber": _("Timber"),
        "wildlife": _("Wildlife"),
        "livestock": _("Livestock or meat"),
        "agricultural": _("Agricultural goods"),
        "tobacco_alcohol": _("Tobacco or alcohol"),
        "vehicles": _("Vehicles or parts"),
        "cultural_property": _("Cultural property"),
        "currency": _("Currency"),
        "counterfeit": _("Counterfeit goods"),
        "waste": _("Waste"),
        "other": _("Other goods"),
    },
    Category.CHECKPOINT: {
        "unauthorised_checkpoint": _("Unauthorised checkpoint"),
        "unofficial_fee": _("Unofficial fee"),
        "obstruction": _("Obstruction"),
        "dereliction": _("Dereliction of duty"),
        "document_fraud": _("Document fraud"),
        "refusal_of_entry": _("Refusal of entry"),
    },
    Category.FOREIGNERS: {
        "overstay": _("Overstay"),
        "no_documents": _("No documents"),
        "unregistered_residence": _("Unregistered residence"),
        "illegal_work": _("Illegal work"),
        "unlicensed_business": _("Unlicensed business"),
        "land_use_by_foreigner": _("Use of land by a foreigner"),
    },
    Category.NEIGHBOUR: _UNILATERAL,
    Category.OWN_SIDE: _UNILATERAL,
    Category.ARMED: {
        "shooting": _("Shooting"),
        "shelling": _("Shelling"),
        "standoff": _("Standoff"),
        "troop_movement": _("Troop movement"),
        "mine_or_uxo": _("Mine or unexploded ordnance"),
        "detention_of_citizen": _("Detention of a citizen"),
        "drone_attack": _("Drone attack"),
    },
    Category.MARKER: {
        "missing": _("Missing"),
        "damaged": _("Damaged"),
        "moved": _("Moved"),
        "new_unagreed": _("New, not agreed"),
    },
    Category.PUBLIC_ORDER: {
        "clash_between_residents": _("Clash between residents"),
        "kidnapping": _("Kidnapping"),
        "robbery": _("Robbery"),
        "protest": _("Protest"),
        "accident": _("Accident"),
        "drowning": _("Drowning"),
        "fire": _("Fire"),
        "flood": _("Flood"),
        "health_or_animal_disease": _("Human or animal disease"),
    },
    Category.OTHER_CRIME: {
        "terrorism_suspicion": _("Suspicion of terrorism"),
        "cyber_scam": _("Cyber scam"),
        "illegal_gambling": _("Illegal gambling"),
        "theft_vehicle": _("Vehicle theft"),
        "fugitive": _("Fugitive"),
        "money_laundering": _("Money laundering"),
    },
}
TYPE_LABELS: dict[str, str | Promise] = {slug: label for types in TYPES.values() for slug, label in types.items()}


class Impact(models.TextChoices):
    """EUROSUR's four levels."""

    LOW = "low", _("low")
    MEDIUM = "medium", _("medium")
    HIGH = "high", _("high")
    VERY_HIGH = "very_high", _("very high")


class Side(models.TextChoices):
    """Where the reporter says the place lies. The software never decides it."""

    OWN = "own", _("our side")
    NEIGHBOUR = "neighbour", _("neighbour's side")
    ON_LINE = "on_line", _("on the line")
    UNDETERMINED = "undetermined", _("not determined")


class TimePrecision(models.TextChoices):
    MINUTE = "minute", _("to the minute")
    HOUR = "hour", _("to the hour")
    DAY = "day", _("day known, time not")
    MONTH = "month", _("month known, day not")
    YEAR = "year", _("year known only")


class CoordinateSource(models.TextChoices):
    GPS = "gps", _("position of the device")
    MAP = "map", _("pointed at on the map")
    TYPED = "typed", _("coordinates typed in")
    MARKER = "marker", _("border marker")
    CROSSING = "crossing", _("crossing")
    DESCRIPTION = "description", _("description only")


# Metres assumed when the reporter states no accuracy.
DEFAULT_ACCURACY_M: dict[str, int] = {
    CoordinateSource.GPS: 30,
    CoordinateSource.MAP: 200,
    CoordinateSource.TYPED: 100,
    CoordinateSource.MARKER: 500,
    CoordinateSource.CROSSING: 1000,
}


class Status(models.TextChoices):
    SUBMITTED = "submitted", _("filed")
    VERIFIED = "verified", _("verified")
    DISPATCHED = "dispatched", _("escalated")
    ACKNOWLEDGED = "acknowledged", _("acknowledged")
    CLOSED = "closed", _("closed")


class CloseReason(models.TextChoices):
    OVER = "over", _("the event is over")
    DID_NOT_HAPPEN = "did_not_happen", _("the event did not take place")
    MINOR = "minor", _("too minor to pursue")
    # Set by the end of a drill alone; no person chooses it.
    EXERCISE = "exercise", _("the exercise is over")


class Rule(models.TextChoices):
    """How attribution found who answers (docs/attribution.md says each in words)."""

    SECTOR = "sector", _("the place lies inside the unit's sector")
    SECTOR_NEAR_EDGE = (
        "sector_near_edge",
        _("inside the sector, but the accuracy reaches a neighbouring sector"),
    )
    SECTORS_OVERLAP = "sectors_overlap", _("two or more sectors cover the place")
    GAP = "gap", _("no sector covers the place: the province's command answers")
    GAP_NEAR_EDGE = "gap_near_edge", _("no sector covers the place, but the accuracy reaches one")
    NO_PLACE = "no_place", _("the place is not known yet: the province's command answers")
    RULING = "ruling", _("a reviewer has ruled")


class Confidence(models.TextChoices):
    HIGH = "high", _("high")
    MEDIUM = "medium", _("medium")
    LOW = "low", _("low")


class DutyState(models.TextChoices):
    WAITING = "waiting", _("waiting for an answer")
    # The institution has asked back: its clock stands still while another's runs.
    PAUSED = "paused", _("waiting for information")
    ANSWERED = "answered", _("answered")
    # Nobody answered before the drill was over; nothing is owed any more.
    ENDED = "ended", _("ended with the exercise")


class Answer(models.TextChoices):
    ACCEPT = "accept", _("We accept and act")
    NEED_INFORMATION = "need_information", _("We need information")
    NOT_OURS = "not_ours", _("Not ours")
    ALREADY_ACTING = "already_acting", _("We are already acting")


class AreaRule(models.TextChoices):
    ANYWHERE = "anywhere", _("anywhere")
    UNRESOLVED = "unresolved", _("inside or near an unresolved area")


class Source(models.TextChoices):
    """How the event came to be known; the field's common list."""

    OWN_PATROL = "own_patrol", _("patrol")
    FIXED_POST = "fixed_post", _("observation from a post")
    CHECKPOINT = "checkpoint", _("check at a crossing or checkpoint")
    TECHNICAL = "technical", _("camera, drone or satellite")
    COMMUNE_AUTHORITY = "commune_authority", _("commune or village authority")
    VILLAGER = "villager", _("villager")
    ANONYMOUS = "anonymous", _("anonymous tip")
    PARTNER = "partner_agency", _("another agency")
    MINISTRY = "ministry", _("ministry")
    NEIGHBOUR = "neighbour_authority", _("authority of the neighbour")
    MEDIA = "media", _("press or social media")


# Sources in which a force itself has seen the event; which force is told by the unit it was filed for.
SEEN_BY_FORCES = frozenset({Source.OWN_PATROL, Source.FIXED_POST, Source.CHECKPOINT, Source.TECHNICAL})


class Detector(models.TextChoices):
    """Who found the event, seen from the unit that answers for it."""

    OWN_UNIT = "own_unit", _("the unit itself")
    OTHER_UNIT = "other_unit", _("another unit")
    PEOPLE = "people", _("villagers or local authority")
    MINISTRY = "ministry", _("a ministry or another agency")
    NEIGHBOUR = "neighbour", _("the neighbour's authority")
    MEDIA = "media", _("press or social media")
    UNKNOWN = "unknown", _("not stated")


class ContestState(models.TextChoices):
    OPEN = "open", _("being heard")
    RULED = "ruled", _("ruled")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ContestOutcome(models.TextChoices):
    UPHELD = "upheld", _("the unit keeps answering")
    MOVED = "moved", _("another unit answers")


class CaseState(models.TextChoices):
    OPENED = "opened", _("case opened")
    NOTIFIED = "notified", _("explanation awaited")
    EXPLAINED = "explained", _("explained")
    REVIEW = "review", _("under review")
    RULED = "ruled", _("ruled; appeal possible")
    APPEALED = "appealed", _("under appeal")
    CLOSED = "closed", _("closed")


class Outcome(models.TextChoices):
    ACCOUNTABLE = "accountable", _("accountable")
    NOT_ACCOUNTABLE = "not_accountable", _("not accountable")
    REFERRED_COURT = "referred_court", _("referred to the court")
    REFERRED_DISCIPLINE = "referred_discipline", _("referred to discipline")
    WITHDRAWN = "withdrawn", _("case withdrawn")


class CheckpointState(models.TextChoices):
    """Life of an unauthorised checkpoint (duty D5)."""

    STANDING = "standing", _("standing")
    REMOVAL_ORDERED = "removal_ordered", _("removal ordered")
    REPORTED_REMOVED = "reported_removed", _("reported as removed")
    REMOVED = "removed", _("removed and confirmed")
    NO_CHECKPOINT = "no_checkpoint", _("was no unauthorised checkpoint")


class CheckpointOperator(models.TextChoices):
    POLICE = "police", _("police")
    BORDER_POLICE = "border_police", _("border police")
    IMMIGRATION = "immigration", _("immigration")
    CUSTOMS = "customs", _("customs")
    GENDARMERIE = "gendarmerie", _("gendarmerie")
    ARMY = "army", _("army")
    LOCAL_AUTHORITY = "local_authority", _("local authority")
    COMPANY = "company", _("company")
    PRIVATE = "private", _("private persons")
    NEIGHBOUR = "neighbour", _("force of the neighbour")
    UNKNOWN = "unknown", _("not known")


class Obstruction(models.TextChoices):
    NONE = "none", _("nobody is held up")
    DELAYS = "delays", _("people and goods are delayed")
    TURNED_BACK = "turned_back", _("some are turned back")
    BLOCKED = "blocked", _("the way is blocked")


class RecognisedBy(models.TextChoices):
    PERIMETER = "perimeter", _("inside the perimeter of the crossing")
    REPORTER = "reporter", _("the reporter named the crossing")
    NOWHERE = "nowhere", _("inside no perimeter on record")
