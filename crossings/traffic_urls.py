"""Addresses of traffic, under /crossings/traffic/."""

from datetime import date

from django.urls import URLPattern, path, register_converter

from crossings.views import traffic, traffic_entry, traffic_import, traffic_outliers


class DayConverter:
    """A day in an address, as 2026-12-25."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        """The day; ValueError, which is no match, for one that does not exist."""
        return date.fromisoformat(value)

    def to_url(self, value: date | str) -> str:
        """As it stands in the address."""
        return value if isinstance(value, str) else value.isoformat()


register_converter(DayConverter, "isoday")

app_name = "traffic"
# Entering: the day of a crossing, its versions, files.
ENTRY: list[URLPattern] = [
    path("import/", traffic_import.import_new, name="import"),
    path("import/<int:pk>/", traffic_import.import_detail, name="import_detail"),
    path("import/<int:pk>/apply/", traffic_import.import_apply, name="import_apply"),
    path("import/<int:pk>/abandon/", traffic_import.import_abandon, name="import_abandon"),
    path("import/<int:pk>/mistakes.csv", traffic_import.import_errors, name="import_errors"),
    path("import/<int:pk>/file/", traffic_import.import_file, name="import_file"),
    path("template.xlsx", traffic_import.table_template, {"kind": "xlsx"}, name="template"),
    path("template.csv", traffic_import.table_template, {"kind": "csv"}, name="template_csv"),
    path("<slug:slug>/enter/", traffic_entry.enter, name="enter"),
    path("<slug:slug>/<isoday:day>/versions/", traffic_entry.versions, name="versions"),
    path("<slug:slug>/<isoday:day>/", traffic_entry.day, name="day"),
]
# Looking: the overview, a crossing's charts, comparison, unusual days.
LOOKING: list[URLPattern] = [
    path("", traffic.overview, name="overview"),
    path("compare/", traffic.compare, name="compare"),
    path("outliers/", traffic_outliers.outlier_list, name="outliers"),
    path("outliers/<int:pk>/", traffic_outliers.outlier_page, name="outlier"),
    path("<slug:slug>/", traffic.crossing_page, name="crossing"),
]
urlpatterns: list[URLPattern] = [*ENTRY, *LOOKING]
