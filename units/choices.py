"""The fixed words of the ground: stable English slugs, labels in both languages."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Neighbour(models.TextChoices):
    TH = "TH", _("Thailand")
    LA = "LA", _("Laos")
    VN = "VN", _("Viet Nam")


class ProvinceKind(models.TextChoices):
    PROVINCE = "province", _("province")
    CAPITAL = "capital", _("capital")


class DistrictKind(models.TextChoices):
    DISTRICT = "district", _("district")
    MUNICIPALITY = "municipality", _("municipality")
    KHAN = "khan", _("khan")


class CommuneKind(models.TextChoices):
    COMMUNE = "commune", _("commune")
    SANGKAT = "sangkat", _("sangkat")


class DemarcationState(models.TextChoices):
    """How far the two sides have come; neutral working terms, no claim."""

    DEMARCATED = "demarcated", _("demarcated")
    DELIMITED = "delimited_not_demarcated", _("delimited, not demarcated")
    UNDEMARCATED = "undemarcated", _("undemarcated")
    WHITE_ZONE = "white_zone", _("white zone")
    DISPUTED = "disputed", _("disputed")
    NO_MANS_LAND = "no_mans_land_agreed", _("agreed no-man's land")


class MarkerSeries(models.TextChoices):
    OLD_PILLAR = "old_pillar", _("old pillar")
    MAIN = "main", _("main marker")
    AUXILIARY = "auxiliary", _("auxiliary marker")
    POST = "post", _("marker post")
    TEMPORARY = "temporary", _("temporary survey marker")


class MarkerStatus(models.TextChoices):
    INTACT = "intact", _("intact")
    DAMAGED = "damaged", _("damaged")
    MISSING = "missing", _("missing")
    MOVED = "moved", _("moved")
    DESTROYED = "destroyed", _("destroyed")
    UNLOCATED = "unlocated", _("not located")
    DISPUTED_POSITION = "disputed_position", _("position disputed")


class UnitKind(models.TextChoices):
    MINISTRY = "ministry", _("ministry")
    SECRETARIAT = "secretariat", _("secretariat of state")
    DEPARTMENT = "department", _("general department")
    PROVINCE = "province_administration", _("provincial administration")
    DISTRICT = "district_administration", _("district administration")
    COMMAND = "provincial_command", _("provincial command")
    BATTALION = "border_police_battalion", _("border police battalion")
    POST = "border_police_post", _("border police post")
    ARMY = "army_unit", _("army border protection unit")
    GENDARMERIE = "gendarmerie", _("gendarmerie")
    CUSTOMS = "customs", _("customs office")
    IMMIGRATION = "immigration", _("immigration office")


# Bodies that owe an answer when an incident is escalated to them.
INSTITUTIONS = (UnitKind.MINISTRY, UnitKind.SECRETARIAT)


class Rank(models.TextChoices):
    """One ladder for police, gendarmerie and army."""

    GENERAL = "general", _("General")
    LT_GENERAL = "lt_general", _("Lieutenant General")
    MAJ_GENERAL = "maj_general", _("Major General")
    BRIG_GENERAL = "brig_general", _("Brigadier General")
    COLONEL = "colonel", _("Colonel")
    LT_COLONEL = "lt_colonel", _("Lieutenant Colonel")
    MAJOR = "major", _("Major")
    CAPTAIN = "captain", _("Captain")
    FIRST_LT = "first_lt", _("First Lieutenant")
    SECOND_LT = "second_lt", _("Second Lieutenant")
    WARRANT = "warrant", _("Warrant Officer")
    SERGEANT = "sergeant", _("Sergeant")
    PRIVATE = "private", _("Private")
    CIVILIAN = "civilian", _("Civil servant")


class Role(models.TextChoices):
    """What a person is at a unit; `policy.py` says what each may do."""

    FILER = "filer", _("reporting officer")
    PROVINCE_OFFICER = "province_officer", _("provincial officer")
    COMMANDER = "commander", _("head of unit")
    OFFICIAL = "official", _("ministry official")
    DEPUTY = "deputy", _("deputy of the institution")
    PRINCIPAL = "principal", _("head of the institution")
    REGISTER_KEEPER = "register_keeper", _("register keeper")
    PROTECTION_OFFICER = "protection_officer", _("protection officer")
    AUDITOR = "auditor", _("auditor")


class DeskLevel(models.TextChoices):
    """Who at a unit is addressed: its duty desk, then the deputy, then the head."""

    DESK = "desk", _("duty desk")
    DEPUTY = "deputy", _("deputy")
    PRINCIPAL = "principal", _("head of the institution")
    ABOVE = "above", _("next level above")


class DefectKind(models.TextChoices):
    GAP = "gap", _("no sector covers this place")
    OVERLAP = "overlap", _("two sectors cover this place")
    NO_HEAD = "no_head", _("the unit had no head at that time")


class MachineChannel(models.TextChoices):
    EMAIL = "email", _("e-mail")
    WEBHOOK = "webhook", _("machine (webhook)")
    # The address names a destination of the server's own settings; no address of this kind comes from a person.
    MESSAGE = "message", _("message (Telegram and the like)")


class EndpointState(models.TextChoices):
    """Where an address stands between the one who asked for it and its end."""

    ASKED = "asked", _("waits for a second person")
    IN_USE = "in_use", _("in use")
    REJECTED = "rejected", _("rejected")
    RETIRED = "retired", _("taken out of use")


class BoundaryLevel(models.TextChoices):
    """Administrative units whose outline is kept, dated."""

    PROVINCE = "province", _("province")
    DISTRICT = "district", _("district")
    COMMUNE = "commune", _("commune")


class RegisterLayer(models.TextChoices):
    """What a change of the register is about; a file holds one of these."""

    SECTOR = "sector", _("sectors")
    BORDER_SECTION = "border_section", _("lines of border sections")
    PROVINCE = "province", _("outlines of provinces")
    DISTRICT = "district", _("outlines of districts")
    COMMUNE = "commune", _("outlines of communes")
    UNRESOLVED = "unresolved", _("unresolved areas")


class ChangeState(models.TextChoices):
    """Life of a proposed change: a file is read first, a draft is tried, then applied or abandoned."""

    READING = "reading", _("the file is being read")
    UNREADABLE = "unreadable", _("the file could not be read")
    DRAFT = "draft", _("proposed")
    APPLIED = "applied", _("applied")
    ABANDONED = "abandoned", _("abandoned")


class Verdict(models.TextChoices):
    """What a proposed row would do to the register."""

    ADDED = "added", _("added")
    CHANGED = "changed", _("changed")
    UNCHANGED = "unchanged", _("unchanged")
    ENDED = "ended", _("ended")
    REFUSED = "refused", _("refused")


class PatrolState(models.TextChoices):
    PLANNED = "planned", _("planned")
    UNDER_WAY = "under_way", _("under way")
    FINISHED = "finished", _("finished")
    CANCELLED = "cancelled", _("called off")
    MISSED = "missed", _("did not set out")


class Joint(models.TextChoices):
    """With whom a patrol goes."""

    ALONE = "alone", _("the unit alone")
    OWN_FORCES = "own_forces", _("with other forces of our side")
    NEIGHBOUR = "neighbour", _("jointly with the neighbour's forces")


class TrackSource(models.TextChoices):
    GPX = "gpx", _("GPX file of a device")
    GEOJSON = "geojson", _("GeoJSON file")
    CSV = "csv", _("table of positions (CSV)")
    DRAWN = "drawn", _("drawn by hand on the map")


class MarkerFinding(models.TextChoices):
    """What a patrol found at a border marker."""

    INTACT = "intact", _("intact")
    DAMAGED = "damaged", _("damaged")
    MOVED = "moved", _("moved")
    MISSING = "missing", _("missing")


class DayKind(models.TextChoices):
    """A day that differs from the week's rule."""

    HOLIDAY = "holiday", _("holiday")
    WORKING_DAY = "working_day", _("working day in its place")
