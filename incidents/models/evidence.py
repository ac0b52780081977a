"""Photos: the sealed original by its hash, and a display copy without metadata."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from incidents.models.incidents import Incident
from units.models import Audited, User


class Evidence(Audited):
    """A photo of an incident. Its name on disk is its SHA-256; the original bytes never change."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="evidence", verbose_name=_("incident"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    original_name = models.CharField(_("file name"), max_length=200)
    content_type = models.CharField(_("kind of file"), max_length=40)
    size = models.PositiveIntegerField(_("bytes"))
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added at"))

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        default_permissions = ()
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("incident", "sha256"), name="a_photo_is_kept_once_per_incident"),
        )

    def __str__(self) -> str:
        return self.original_name


class StagedPhoto(models.Model):
    """A photo that arrived with a form that had errors: kept for the next try, forgotten after a day."""

    client_key = models.UUIDField(_("client key"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    original_name = models.CharField(_("file name"), max_length=200)
    content_type = models.CharField(_("kind of file"), max_length=40)
    size = models.PositiveIntegerField(_("bytes"))
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    staged_at = models.DateTimeField(_("kept since"))

    class Meta:
        verbose_name = _("staged photo")
        verbose_name_plural = _("staged photos")
        default_permissions = ()
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("client_key", "user", "sha256"), name="a_photo_is_staged_once_per_form"),
        )

    def __str__(self) -> str:
        return self.original_name
