"""The fixed words of crossings: stable English slugs, labels in both languages."""

from collections.abc import Mapping

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class CrossingCategory(models.TextChoices):
    """What Cambodia holds the crossing to be."""

    INTERNATIONAL = "international", _("international gate")
    BILATERAL = "bilateral", _("bilateral gate")
    REGIONAL = "regional", _("regional gate")
    CORRIDOR = "corridor", _("corridor")
    ILLEGAL_CORRIDOR = "illegal_corridor", _("illegal corridor")
    SEAPORT = "seaport", _("seaport")
    RIVER_PORT = "river_port", _("river port")
    AIRPORT = "airport", _("airport")
    RAILWAY = "railway", _("railway crossing")


# Gates the law knows: each wants a legal reference, and nobody may set up a checkpoint of his own inside (D5).
OFFICIAL = frozenset(
    {
        CrossingCategory.INTERNATIONAL,
        CrossingCategory.BILATERAL,
        CrossingCategory.REGIONAL,
        CrossingCategory.SEAPORT,
        CrossingCategory.RIVER_PORT,
        CrossingCategory.AIRPORT,
        CrossingCategory.RAILWAY,
    }
)
# What the directive orders closed (D1), unless it is assessed and proposed (D3).
UNOFFICIAL = frozenset({CrossingCategory.CORRIDOR, CrossingCategory.ILLEGAL_CORRIDOR})


class NeighbourCategory(models.TextChoices):
    """What the neighbour holds it to be, in his own terms; a pair of gates may differ."""

    TH_PERMANENT = "th_permanent", _("permanent crossing point (Thailand)")
    TH_TEMPORARY = "th_temporary", _("temporary crossing point (Thailand)")
    TH_BORDER_TRADE = "th_border_trade", _("checkpoint for border trade (Thailand)")
    VN_INTERNATIONAL = "vn_international", _("international gate (Viet Nam)")
    VN_MAIN = "vn_main", _("main gate (Viet Nam)")
    VN_SECONDARY = "vn_secondary", _("secondary gate (Viet Nam)")
    VN_OPENING = "vn_opening", _("opening (Viet Nam)")
    LA_INTERNATIONAL = "la_international", _("international gate (Laos)")
    LA_LOCAL = "la_local", _("local gate (Laos)")
    LA_CUSTOMARY = "la_customary", _("customary gate (Laos)")


def neighbour_categories(neighbour: str) -> list[tuple[str, str | Promise]]:
    """The categories of one neighbour as (slug, label)."""
    prefix = f"{neighbour.lower()}_"
    return [(slug, label) for slug, label in NeighbourCategory.choices if slug.startswith(prefix)]


CATEGORY_WORDS: Mapping[str, str | Promise] = {
    **dict(CrossingCategory.choices),
    **dict(NeighbourCategory.choices),
}


class CrossingMode(models.TextChoices):
    ROAD = "road", _("road")
    RIVER = "river", _("river")
    RAIL = "rail", _("rail")
    SEA = "sea", _("sea")
    AIR = "air", _("air")
    FOOT = "foot", _("on foot")


class GateSide(models.TextChoices):
    """Whose gate of the pair a statement is about."""

    KH = "kh", _("Cambodia's side")
    NEIGHBOUR = "neighbour", _("the neighbour's side")


class Flow(models.TextChoices):
    """What passes a crossing; each may be open or closed by itself."""

    PEOPLE = "people", _("people")
    GOODS = "goods", _("goods")
    VEHICLES = "vehicles", _("vehicles")


class GateStatus(models.TextChoices):
    OPEN = "open", _("open")
    RESTRICTED = "restricted", _("restricted")
    SUSPENDED = "suspended", _("suspended")
    CLOSED = "closed", _("closed")
    CLOSURE_ORDERED = "closure_ordered", _("closure ordered")
    CLOSED_VERIFIED = "closed_verified", _("closed and verified")
    REOPENED = "reopened_illegally", _("reopened illegally")
    PLANNED = "planned", _("planned")
    ABOLISHED = "abolished", _("abolished")


# Nothing may pass in these; what is counted then, or reported, contradicts the register.
SHUT = frozenset(
    {
        GateStatus.SUSPENDED,
        GateStatus.CLOSED,
        GateStatus.CLOSURE_ORDERED,
        GateStatus.CLOSED_VERIFIED,
        GateStatus.REOPENED,
        GateStatus.ABOLISHED,
    }
)
# Set by the verbs of a closure order alone, so that the order and the status never disagree.
BY_ORDER_ALONE = frozenset({GateStatus.CLOSURE_ORDERED, GateStatus.CLOSED_VERIFIED, GateStatus.REOPENED})
# Colour of a status, declared beside its label; blue to red, told apart in grey too by the words beside them.
STATUS_COLOURS: Mapping[str, str] = {
    GateStatus.OPEN: "#1a7f37",
    GateStatus.RESTRICTED: "#9a6700",
    GateStatus.SUSPENDED: "#6e40c9",
    GateStatus.CLOSED: "#57606a",
    GateStatus.CLOSURE_ORDERED: "#bc4c00",
    GateStatus.CLOSED_VERIFIED: "#24292f",
    GateStatus.REOPENED: "#cf222e",
    GateStatus.PLANNED: "#0969da",
    GateStatus.ABOLISHED: "#8c959f",
}


class TravelDocument(models.TextChoices):
    PASSPORT = "passport", _("passport")
    BORDER_PASS = "border_pass", _("border pass")
    LAISSEZ_PASSER = "laissez_passer", _("laissez-passer")
    NONE = "none", _("no document")


class Agency(models.TextChoices):
    """Who works at a gate."""

    IMMIGRATION = "immigration", _("immigration")
    CUSTOMS = "customs", _("customs")
    BORDER_POLICE = "border_police", _("border police")
    QUARANTINE = "quarantine", _("quarantine")
    CAMCONTROL = "camcontrol", _("inspection of goods (Camcontrol)")
    GENDARMERIE = "gendarmerie", _("gendarmerie")
    ARMY = "army", _("army")


# --- closing (D1) ---------------------------------------------------------------------------------------------


class ClosureState(models.TextChoices):
    DRAFTED = "drafted", _("drafted")
    ISSUED = "issued", _("issued")
    CARRIED_OUT = "carried_out", _("carried out, to be verified")
    VERIFIED = "verified", _("closed and verified")
    LIFTED = "lifted", _("lifted")
    WITHDRAWN = "withdrawn", _("draft withdrawn")


CLOSURE_OVER = frozenset({ClosureState.LIFTED, ClosureState.WITHDRAWN})


class ClosureMeasure(models.TextChoices):
    BARRIER = "barrier", _("barrier")
    TRENCH = "trench", _("trench")
    GUARD = "guard", _("guard")
    SIGN = "sign", _("sign")


class VisitKind(models.TextChoices):
    CARRIED_OUT = "carried_out", _("report of the unit")
    VERIFICATION = "verification", _("verification by a second person")
    FOLLOW_UP = "follow_up", _("later look")


class VisitFinding(models.TextChoices):
    CLOSED = "closed", _("closed: nothing can pass")
    PASSABLE = "passable", _("can still be passed")
    REOPENED = "reopened", _("was opened again")


class SignState(models.TextChoices):
    """A sign that a closed crossing is used again waits for a person."""

    TO_CONFIRM = "to_confirm", _("to be confirmed")
    CONFIRMED = "confirmed", _("confirmed: reopened")
    DISMISSED = "dismissed", _("not so")


# --- assessing and proposing (D3) -------------------------------------------------------------------------------


class AssessmentState(models.TextChoices):
    DRAFT = "draft", _("being written")
    COMPLETE = "complete", _("complete")
    ABANDONED = "abandoned", _("abandoned")


class RoadState(models.TextChoices):
    PAVED = "paved", _("paved")
    LATERITE = "laterite", _("laterite, all year")
    SEASONAL = "seasonal", _("dry season only")
    TRACK = "track", _("footpath or track")
    NONE = "none", _("none")


class Attitude(models.TextChoices):
    """Where the counterpart beyond the border stands."""

    FAVOURS = "favours", _("in favour")
    NEUTRAL = "neutral", _("neutral")
    AGAINST = "against", _("against")
    UNKNOWN = "unknown", _("not known")


class Recommendation(models.TextChoices):
    CLOSE = "close", _("close it")
    KEEP_WATCH = "keep_watch", _("keep it closed and watch")
    FORMALISE = "formalise", _("make it official")
    UPGRADE = "upgrade", _("raise its category")


class ProposalState(models.TextChoices):
    DRAFT = "draft", _("being written")
    SUBMITTED = "submitted", _("with the ministry")
    RETURNED = "returned", _("returned for correction")
    RECOMMENDED = "recommended", _("recommended to the government")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


PROPOSAL_OVER = frozenset({ProposalState.APPROVED, ProposalState.REFUSED, ProposalState.WITHDRAWN})


class Stand(models.TextChoices):
    """The position of a ministry on a proposal."""

    FOR = "for", _("in favour")
    CONDITIONAL = "conditional", _("in favour, with conditions")
    NO_OBJECTION = "no_objection", _("no objection")
    AGAINST = "against", _("against")


class ConditionState(models.TextChoices):
    OPEN = "open", _("still to be met")
    MET = "met", _("reported as met")
    CONFIRMED = "confirmed", _("met and confirmed")
    WAIVED = "waived", _("waived")


# --- traffic (D4) -----------------------------------------------------------------------------------------------


class Direction(models.TextChoices):
    IN = "in", _("into Cambodia")
    OUT = "out", _("out of Cambodia")


class CountKind(models.TextChoices):
    PASSENGERS = "passengers", _("passengers")
    VEHICLES = "vehicles", _("vehicles")
    GOODS = "goods", _("goods")
    REFUSED = "refused", _("refused entries")
    SEARCHES = "searches", _("searches")


class NationalityGroup(models.TextChoices):
    KHMER = "khmer", _("Cambodian")
    NEIGHBOUR = "neighbour", _("of the neighbour")
    OTHER = "other", _("other")
    UNKNOWN = "unknown", _("not stated")


class VehicleClass(models.TextChoices):
    BICYCLE = "bicycle", _("bicycle or handcart")
    MOTORCYCLE = "motorcycle", _("motorcycle")
    CAR = "car", _("car")
    MINIBUS = "minibus", _("minibus")
    BUS = "bus", _("bus")
    TRUCK = "truck", _("lorry")
    CONTAINER = "container", _("container lorry")
    FARM = "farm", _("farm vehicle")
    BOAT = "boat", _("boat")
    OTHER = "other", _("other vehicle")


class GoodsClass(models.TextChoices):
    RICE = "rice", _("rice and paddy")
    CASSAVA = "cassava", _("cassava")
    MAIZE = "maize", _("maize")
    FRUIT = "fruit", _("fruit and vegetables")
    CASHEW = "cashew", _("cashew")
    RUBBER = "rubber", _("rubber")
    LIVESTOCK = "livestock", _("livestock and meat")
    FISH = "fish", _("fish")
    TIMBER = "timber", _("timber")
    FUEL = "fuel", _("fuel")
    FERTILISER = "fertiliser", _("fertiliser and seed")
    BUILDING = "building", _("building material")
    CONSUMER = "consumer", _("consumer goods")
    MACHINERY = "machinery", _("machines and parts")
    OTHER = "other", _("other goods")


class Currency(models.TextChoices):
    KHR = "KHR", _("riel")
    USD = "USD", _("US dollar")
    THB = "THB", _("baht")
    VND = "VND", _("dong")
    LAK = "LAK", _("kip")


class CountMethod(models.TextChoices):
    COUNTED = "counted", _("counted by eye")
    REGISTER = "register", _("from the gate's own register")
    SYSTEM = "system", _("from a computer system")
    CAMERA = "camera", _("by camera")
    ESTIMATE = "estimate", _("estimated")


class ImportState(models.TextChoices):
    READING = "reading", _("the file is being read")
    UNREADABLE = "unreadable", _("the file could not be read")
    READY = "ready", _("read; to be confirmed")
    APPLYING = "applying", _("being entered")
    APPLIED = "applied", _("entered")
    ABANDONED = "abandoned", _("abandoned")


class OutlierReason(models.TextChoices):
    HIGH = "high", _("far above what is usual")
    LOW = "low", _("far below what is usual")
    SILENT = "silent", _("has fallen silent")


class OutlierState(models.TextChoices):
    OPEN = "open", _("to be looked at")
    REAL = "real", _("confirmed: it was so")
    MISTAKE = "mistake", _("a mistake in the count")
