"""Files given as proof: kept under their SHA-256, the bytes never change."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from units.models import User


class KeptFile(models.Model):
    """What every kept file says of itself; the row that owns it is the subclass's own key."""

    sha256 = models.CharField(_("SHA-256"), max_length=64)
    original_name = models.CharField(_("file name"), max_length=200)
    content_type = models.CharField(_("kind of file"), max_length=80)
    size = models.PositiveIntegerField(_("bytes"))
    caption = models.CharField(_("what it shows"), max_length=300, blank=True)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added at"))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.original_name
