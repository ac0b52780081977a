"""Administration of the register of crossings."""

from django.contrib import admin
from django.http import HttpRequest

from borderwatch.admin import ReferenceAdmin
from crossings.models import Crossing


@admin.register(Crossing)
class CrossingAdmin(ReferenceAdmin):
    """Names and kinds of crossings. Positions come with the reference files only."""

    list_display = ("slug", "name_en", "name_km", "mode", "neighbour")
    list_filter = ("neighbour", "mode")
    search_fields = ("slug", "name_en", "name_km")
    exclude = ("point", "perimeter")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not here: a crossing without a position is none."""
        return False
