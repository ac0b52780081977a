"""Administration of the register of crossings."""

from django.contrib import admin
from django.http import HttpRequest

from borderwatch.admin import ReferenceAdmin
from crossings.models import Crossing


@admin.register(Crossing)
class CrossingAdmin(ReferenceAdmin):
    """Names of crossings. Everything else is described by the register's keeper, on the crossing's page."""

    list_display = ("slug", "name_en", "name_km", "mode", "neighbour")
    list_filter = ("neighbour", "mode")
    search_fields = ("slug", "name_en", "name_km")
    fields = ("slug", "name_km", "name_en", "name_neighbour", "neighbour_place", "neighbour_admin1")
    readonly_fields = ("slug",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not here: a crossing is entered on the register's own page, with its category and status."""
        return False
