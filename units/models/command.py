"""Command: the tree of units, their sectors, who headed them when, and how they are reached."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.gis.db import models as gis
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase
from tree_queries.models import TreeNode
from tree_queries.query import TreeQuerySet

from units.choices import DefectKind, DeskLevel, EndpointState, MachineChannel, Rank, UnitKind
from units.models.base import Audited, Dated, DatedQuerySet, Named
from units.models.territory import District, Province


class UnitQuerySet(TreeQuerySet):  # type: ignore[misc]
    def visible_to(self, user: Any) -> Any:
        """The units a person may look at: those he holds any grant on, and the chain above them."""
        from units import policy

        return policy.visible_units(self, user)


class Unit(TreeNode, Named, Audited):  # type: ignore[misc, django-manager-missing]
    """A body that reports, answers, decides or is told: ministries, administrations, commands, posts.

    guardian grants sit here and nowhere else.
    """

    code = models.SlugField(_("code"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=30, choices=UnitKind.choices)
    short_name = models.CharField(_("short name"), max_length=20, blank=True)
    province = models.ForeignKey(
        Province, models.PROTECT, null=True, blank=True, related_name="units", verbose_name=_("province")
    )
    district = models.ForeignKey(
        District, models.PROTECT, null=True, blank=True, related_name="units", verbose_name=_("district")
    )
    illustrative = models.BooleanField(_("made up for the demo"), default=False)

    objects: ClassVar[models.Manager["Unit"]] = UnitQuerySet.as_manager(with_tree_fields=False)

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ("code",)
        default_permissions = ()
        permissions = (
            ("view_incidents", "See the incidents of the unit"),
            ("file_incidents", "File incidents for the unit"),
            ("escalate", "Verify, escalate and close incidents of the unit"),
            ("view_personal_data", "See names of persons involved"),
            ("manage_patrols", "Plan and record patrols of the unit"),
            ("answer_accountability", "Answer for the unit"),
            ("manage_register", "Keep the register of the unit"),
            ("review_escalations", "Review what was escalated to the unit; rule on who answers"),
        )
        constraints = (
            models.CheckConstraint(
                condition=~Q(kind=UnitKind.PROVINCE) | Q(province__isnull=False),
                name="a_provincial_administration_has_a_province",
            ),
        )

    @property
    def audit_key(self) -> str:
        """The unit's code."""
        return self.code


class UnitUserPermission(UserObjectPermissionBase):
    """A grant to one person on one unit (direct key, so deleting a unit can orphan nothing)."""

    content_object = models.ForeignKey(Unit, models.CASCADE, related_name="user_grants")


class UnitGroupPermission(GroupObjectPermissionBase):
    """A grant to a group (one per unit and role) on one unit."""

    content_object = models.ForeignKey(Unit, models.CASCADE, related_name="group_grants")


class SectorQuerySet(DatedQuerySet["Sector"]):
    def visible_to(self, user: Any) -> Any:
        """Sectors of the units a person may look at."""
        from units import policy

        return policy.visible_sectors(self, user)


class Sector(Dated, Audited):
    """The ground a unit answers for, from a moment to a moment."""

    code = models.CharField(_("code"), max_length=40)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="sectors", verbose_name=_("unit"))
    area = gis.MultiPolygonField(_("area"))
    # The stretch of the border the sector runs along, approximate; coverage by patrols is measured on it.
    border = gis.MultiLineStringField(_("border line"), null=True, blank=True)
    illustrative = models.BooleanField(_("made up for the demo"), default=False)
    legal_reference = models.CharField(_("legal reference"), max_length=200, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)

    objects: ClassVar[models.Manager["Sector"]] = SectorQuerySet.as_manager()

    class Meta:
        verbose_name = _("sector")
        verbose_name_plural = _("sectors")
        ordering = ("code", "id")
        constraints = (
            ExclusionConstraint(
                name="a_sector_has_one_shape_at_a_time",
                expressions=(("code", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)),
            ),
            models.CheckConstraint(condition=Q(area__isvalid=True), name="a_sector_is_a_valid_shape"),
            models.CheckConstraint(condition=Q(period__isempty=False), name="a_sector_lasts_some_time"),
        )

    def __str__(self) -> str:
        return self.code


class CommandTenureQuerySet(DatedQuerySet["CommandTenure"]):
    def head_of(self, unit_id: int, moment: datetime) -> "CommandTenure | None":
        """Who headed the unit at that moment; None when nobody is on record."""
        return self.at(moment).filter(unit_id=unit_id).first()


class CommandTenure(Dated, Audited):
    """Who headed a unit from when to when. Accountability reads this table, permission never does."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="tenures", verbose_name=_("unit"))
    person = models.ForeignKey(
        "units.User", models.PROTECT, null=True, blank=True, related_name="tenures", verbose_name=_("account")
    )
    head_name_km = models.CharField(_("name in Khmer"), max_length=200, blank=True)
    head_name_en = models.CharField(_("name in Latin letters"), max_length=200)
    rank = models.CharField(_("rank"), max_length=20, choices=Rank.choices, default=Rank.CAPTAIN)
    acting = models.BooleanField(_("acting"), default=False)
    reason = models.CharField(_("order or reason"), max_length=300, blank=True)

    objects: ClassVar[models.Manager["CommandTenure"]] = CommandTenureQuerySet.as_manager()

    class Meta:
        verbose_name = _("tenure of command")
        verbose_name_plural = _("tenures of command")
        ordering = ("unit", "-period")
        constraints = (
            ExclusionConstraint(
                name="a_unit_has_one_head_at_a_time",
                expressions=(("unit", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)),
            ),
            models.CheckConstraint(condition=Q(period__isempty=False), name="a_tenure_lasts_some_time"),
        )

    @property
    def head_name(self) -> str:
        """The head's name for the reader's language."""
        return self.head_name_km if self.head_name_km and get_language() == "km" else self.head_name_en

    def __str__(self) -> str:
        return f"{self.get_rank_display()} {self.head_name}"


class Leave(Dated, Audited):
    """A head away for a time: another person is acting head meanwhile, then the head again answers.

    The tenures themselves carry who answered when; this row says why there are three of them.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="leaves", verbose_name=_("unit"))
    tenure = models.ForeignKey(
        CommandTenure, models.PROTECT, related_name="leaves", verbose_name=_("tenure before the leave")
    )
    acting = models.OneToOneField(
        CommandTenure, models.PROTECT, related_name="acting_for", verbose_name=_("tenure of the acting head")
    )
    resumed = models.OneToOneField(
        CommandTenure,
        models.PROTECT,
        null=True,
        related_name="resumed_after",
        verbose_name=_("tenure after the leave"),
    )
    posting = models.ForeignKey(
        "units.Posting", models.PROTECT, null=True, related_name="+", verbose_name=_("posting of the acting head")
    )
    reason = models.CharField(_("order or reason"), max_length=300)
    granted_by = models.ForeignKey(
        "units.User", models.PROTECT, null=True, related_name="+", verbose_name=_("entered by")
    )
    granted_at = models.DateTimeField(_("entered at"))

    objects: ClassVar[models.Manager["Leave"]] = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("leave of a head")
        verbose_name_plural = _("leaves of heads")
        default_permissions = ()
        ordering = ("unit", "-period")
        constraints = (
            ExclusionConstraint(
                name="a_unit_has_one_leave_at_a_time",
                expressions=(("unit", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)),
            ),
            models.CheckConstraint(condition=Q(period__isempty=False), name="a_leave_lasts_some_time"),
        )

    def __str__(self) -> str:
        return f"{self.tenure} → {self.acting}"


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def visible_to(self, user: Any) -> "EndpointQuerySet":
        """Administrators see all addresses, the people of a unit's desks those of their own unit."""
        from units import policy

        rows: EndpointQuerySet = policy.visible_endpoints(self, user)
        return rows

    def listed(self) -> "EndpointQuerySet":
        """Asked for or in use; not those that were rejected or have ended."""
        return self.filter(retired_at=None)


class Endpoint(Audited):
    """How a unit is reached outside the application. Names and addresses are data; set by administrators only.

    One administrator asks for an address, another confirms it (units/endpoint_workflow.py). `active` alone says
    whether notices are sent there. For a message `address` is the name of a destination in the server's settings.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="endpoints", verbose_name=_("unit"))
    channel = models.CharField(_("channel"), max_length=10, choices=MachineChannel.choices)
    level = models.CharField(_("desk"), max_length=10, choices=DeskLevel.choices, default=DeskLevel.DESK)
    address = models.CharField(_("address"), max_length=500)
    secret = models.CharField(_("signing secret"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=5, default="km")
    active = models.BooleanField(_("in use"), default=True)
    # One administrator asks, another confirms; until then nothing is sent there.
    asked_by = models.ForeignKey(
        "units.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked at"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        "units.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)
    # While a secret is being changed both are valid: a webhook is signed with each.
    next_secret = models.CharField(_("next signing secret"), max_length=200, blank=True)
    next_secret_since = models.DateTimeField(_("next secret valid since"), null=True, blank=True)
    # Ranges of a government network that may be connected to although they are not public ("10.20.0.0/16").
    internal_networks = ArrayField(
        models.CharField(max_length=50), verbose_name=_("internal networks"), default=list, blank=True
    )

    objects: ClassVar[models.Manager["Endpoint"]] = EndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("endpoint")
        verbose_name_plural = _("endpoints")
        ordering = ("unit", "channel", "level")
        constraints = (
            # An address that was rejected or has ended may be asked for again.
            models.UniqueConstraint(
                fields=("unit", "channel", "level", "address"),
                condition=Q(retired_at__isnull=True),
                name="an_endpoint_is_listed_once",
                violation_error_message=_("This address is listed for the unit already."),
            ),
            models.CheckConstraint(
                condition=Q(active=False)
                | Q(retired_at__isnull=True) & (Q(asked_by__isnull=True) | Q(confirmed_by__isnull=False)),
                name="an_address_in_use_is_confirmed_and_not_ended",
            ),
            models.CheckConstraint(
                condition=Q(next_secret="", next_secret_since__isnull=True)
                | ~Q(next_secret="") & Q(next_secret_since__isnull=False),
                name="a_next_secret_says_since_when",
            ),
            models.CheckConstraint(condition=~Q(channel="webhook") | ~Q(secret=""), name="a_webhook_has_a_secret"),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("asked_by")),
                name="nobody_confirms_the_address_he_asked_for",
            ),
        )

    @property
    def state(self) -> str:
        """Where it stands: asked for, in use, rejected, taken out of use (EndpointState)."""
        if self.active:
            return EndpointState.IN_USE
        if self.retired_at is None and self.confirmed_at is None and self.asked_by_id is not None:
            return EndpointState.ASKED
        rejected = self.confirmed_at is None and self.asked_by_id is not None
        return EndpointState.REJECTED if rejected else EndpointState.RETIRED

    def get_state_display(self) -> str:
        """The state in the reader's language."""
        return str(EndpointState(self.state).label)

    @property
    def usable_networks(self) -> list[str]:
        """The internal ranges that may be connected to: none before a second person has confirmed them."""
        return [] if self.state == EndpointState.ASKED else list(self.internal_networks)

    def __str__(self) -> str:
        return f"{self.unit} · {self.get_channel_display()}"


class RegisterDefect(Audited):
    """The register could not say who answers: no sector, two sectors, or a unit without a head."""

    kind = models.CharField(_("kind"), max_length=10, choices=DefectKind.choices)
    province = models.ForeignKey(
        Province, models.PROTECT, null=True, related_name="register_defects", verbose_name=_("province")
    )
    units = models.ManyToManyField(Unit, related_name="register_defects", verbose_name=_("units"))
    point = gis.PointField(_("place"), null=True)
    moment = models.DateTimeField(_("moment asked for"))
    found_at = models.DateTimeField(_("found at"))
    found_by = models.CharField(_("found through"), max_length=80)
    mended_at = models.DateTimeField(_("mended at"), null=True)

    class Meta:
        verbose_name = _("register defect")
        verbose_name_plural = _("register defects")
        ordering = ("-found_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("kind", "found_by"), name="a_defect_is_raised_once_per_finding"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.found_by})"
