"""Letters: templates, the outgoing and incoming registers with numbers without gaps, and the papers themselves."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from incidents.choices_answers import (
    Classification,
    LetterDirection,
    LetterKind,
    LetterState,
    Precedence,
    RankRelation,
)
from incidents.models.incidents import Incident
from incidents.querysets_answers import LetterQuerySet
from units.models import Audited, Unit, User


class LetterTemplate(Audited):
    """Wording of a kind of letter, of one office or of all. An edit is a new version; letters keep the one they used.

    Texts hold fields as {{ name }}; which there are is said by incidents/letters/facts.py.
    """

    kind = models.CharField(_("kind"), max_length=16, choices=LetterKind.choices)
    office = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="letter_templates", verbose_name=_("office")
    )
    version = models.PositiveSmallIntegerField(_("version"))
    name_km = models.CharField(_("Khmer name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200)
    # ស.ជ.ណ and the like, printed after the number (domain: official letters).
    abbreviation = models.CharField(_("abbreviation after the number"), max_length=40, blank=True)
    subject_km = models.TextField(_("subject, Khmer"))
    subject_en = models.TextField(_("subject, English"), blank=True)
    body_km = models.TextField(_("body, Khmer"))
    body_en = models.TextField(_("body, English"), blank=True)
    closing_km = models.TextField(_("closing, Khmer"), blank=True)
    closing_en = models.TextField(_("closing, English"), blank=True)
    current = models.BooleanField(_("in use"), default=True)
    written_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("written by"))
    written_at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("template of letters")
        verbose_name_plural = _("templates of letters")
        default_permissions = ()
        ordering = ("kind", "office", "-version")
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "office", "version"), nulls_distinct=False, name="versions_of_a_template_are_numbered"
            ),
            models.UniqueConstraint(
                fields=("kind", "office"),
                condition=Q(current=True),
                nulls_distinct=False,
                name="one_version_of_a_template_is_in_use",
            ),
        )

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.name_km if get_language() == "km" else self.name_en

    def __str__(self) -> str:
        return f"{self.name_en} v{self.version}"


class LetterCounter(models.Model):
    """The last number given by an office in a year and direction; its row lock makes the numbers gap-free."""

    office = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("office"))
    direction = models.CharField(_("direction"), max_length=10, choices=LetterDirection.choices)
    year = models.PositiveSmallIntegerField(_("year"))
    last = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("counter of letters")
        verbose_name_plural = _("counters of letters")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("office", "direction", "year"), name="one_counter_per_office_direction_and_year"
            ),
        )

    def __str__(self) -> str:
        return f"{self.office} {self.direction} {self.year}: {self.last}"


class Letter(Audited):
    """One line of an office's register: a letter that leaves or arrives. A number once given is never given again."""

    office = models.ForeignKey(Unit, models.PROTECT, related_name="letters", verbose_name=_("office"))
    direction = models.CharField(_("direction"), max_length=10, choices=LetterDirection.choices)
    kind = models.CharField(_("kind"), max_length=16, choices=LetterKind.choices)
    state = models.CharField(_("state"), max_length=10, choices=LetterState.choices, default=LetterState.DRAFT)
    year = models.PositiveSmallIntegerField(_("year"), null=True)
    serial = models.PositiveIntegerField(_("number"), null=True)
    # As printed: "០១២ ស.ជ.ណ"; of an incoming letter our own serial, the sender's number stands beside it.
    number_text = models.CharField(_("number as printed"), max_length=80, blank=True)
    their_number = models.CharField(_("the sender's number"), max_length=80, blank=True)
    # What it is about: an incident always or a gate alone; `about_kind` and `about_key` name the order, case or note.
    incident = models.ForeignKey(
        Incident, models.PROTECT, null=True, related_name="letters", verbose_name=_("incident")
    )
    about_kind = models.CharField(_("kind of object"), max_length=40, blank=True)
    about_key = models.CharField(_("key of object"), max_length=80, blank=True)
    template = models.ForeignKey(
        LetterTemplate, models.PROTECT, null=True, related_name="letters", verbose_name=_("template")
    )
    relation = models.CharField(
        _("the addressee stands"), max_length=12, choices=RankRelation.choices, default=RankRelation.EQUAL
    )
    classification = models.CharField(
        _("classification"), max_length=12, choices=Classification.choices, default=Classification.INTERNAL
    )
    precedence = models.CharField(
        _("precedence"), max_length=10, choices=Precedence.choices, default=Precedence.ROUTINE
    )
    # Addressees within the system, who see it once it is sent; and as printed.
    to_units = models.ManyToManyField(Unit, related_name="letters_received", verbose_name=_("addressed to"))
    addressee_km = models.TextField(_("addressee, Khmer"), blank=True)
    addressee_en = models.TextField(_("addressee, English"), blank=True)
    sender = models.CharField(_("sender"), max_length=300, blank=True)
    through_km = models.CharField(_("through"), max_length=300, blank=True)
    subject_km = models.TextField(_("subject, Khmer"))
    subject_en = models.TextField(_("subject, English"), blank=True)
    # The issuing body as printed at the left, a line for each level; frozen, since names of offices change.
    letterhead_km = models.TextField(_("issuing body, Khmer"), blank=True)
    letterhead_en = models.TextField(_("issuing body, English"), blank=True)
    references_km = models.TextField(_("references"), blank=True)
    attachments_km = models.TextField(_("attachments"), blank=True)
    body_km = models.TextField(_("body, Khmer"), blank=True)
    body_en = models.TextField(_("body, English"), blank=True)
    closing_km = models.TextField(_("closing, Khmer"), blank=True)
    closing_en = models.TextField(_("closing, English"), blank=True)
    copies_km = models.TextField(_("copies to"), blank=True)
    # A map extract the facts gave, printed after the body.
    map_svg = models.TextField(_("map extract"), blank=True)
    place_km = models.CharField(_("place"), max_length=120, blank=True)
    lunar_line = models.CharField(_("lunar date line"), max_length=200, blank=True)
    dated_on = models.DateField(_("dated"), null=True)
    signer_title_km = models.CharField(_("office of the signer"), max_length=200, blank=True)
    signer_name_km = models.CharField(_("name of the signer"), max_length=200, blank=True)
    # Printed with the QR; the public page says by it that the letter exists, and nothing else.
    check_code = models.CharField(_("check code"), max_length=20, unique=True, null=True)
    # The paper as signed, by its hash; drafts are drawn anew each time.
    pdf_sha256 = models.CharField(_("SHA-256 of the PDF"), max_length=64, blank=True)
    scan_sha256 = models.CharField(_("SHA-256 of the scan"), max_length=64, blank=True)
    scan_name = models.CharField(_("name of the scan"), max_length=200, blank=True)
    scan_type = models.CharField(_("kind of the scan"), max_length=80, blank=True)
    # The letter of another office in this system that has arrived here: it is entered once in our register.
    original = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="entries", verbose_name=_("letter of the sender")
    )
    drafted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("drafted by"))
    drafted_at = models.DateTimeField(_("drafted at"))
    numbered_at = models.DateTimeField(_("numbered at"), null=True)
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("signed by"))
    signed_at = models.DateTimeField(_("signed at"), null=True)
    sent_at = models.DateTimeField(_("sent or received at"), null=True)
    void_reason = models.CharField(_("why it is void"), max_length=300, blank=True)
    voided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("voided by"))
    voided_at = models.DateTimeField(_("voided at"), null=True)

    objects: ClassVar[models.Manager["Letter"]] = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        default_permissions = ()
        ordering = ("-drafted_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("office", "direction", "year", "serial"), name="a_number_of_the_register_is_given_once"
            ),
            models.UniqueConstraint(fields=("office", "original"), name="a_letter_that_arrives_is_entered_once"),
            models.CheckConstraint(
                condition=Q(state="draft", serial__isnull=True) | (~Q(state="draft") & Q(serial__isnull=False)),
                name="a_letter_has_a_number_exactly_when_it_is_no_draft",
            ),
            models.CheckConstraint(
                condition=Q(state="void", voided_at__isnull=False) & ~Q(void_reason="")
                | (~Q(state="void") & Q(voided_at__isnull=True)),
                name="a_void_letter_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("signed", "sent")) | (Q(signed_at__isnull=False) & ~Q(pdf_sha256="")),
                name="a_signed_letter_has_a_signer_and_a_paper",
            ),
        )
        indexes = (
            models.Index(fields=("office", "direction", "-year", "-serial"), name="letters_of_register"),
            models.Index(fields=("about_kind", "about_key"), name="letters_about_object"),
            models.Index(fields=("-drafted_at", "-id"), name="letters_newest_first"),
        )

    @property
    def subject(self) -> str:
        """The subject in the reader's language."""
        return self.subject_en if self.subject_en and get_language() != "km" else self.subject_km

    def get_absolute_url(self) -> str:
        """The letter's page in the register."""
        return reverse("letters:detail", args=[self.pk])

    def __str__(self) -> str:
        return self.number_text or self.subject_km[:60]
