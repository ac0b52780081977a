"""What a crossing was held to be becomes the first row of its dated categories; everything may pass until told."""

from datetime import UTC, datetime

from django.db import migrations

BEGINNING = datetime(1993, 9, 24, tzinfo=UTC)


def date_the_categories(apps, schema_editor):
    """One row a crossing, in force since before any incident on record."""
    crossing = apps.get_model("crossings", "Crossing")
    classification = apps.get_model("crossings", "Classification")
    now = datetime.now(tz=UTC)
    classification.objects.bulk_create(
        classification(crossing_id=pk, side="kh", category=category, period=(BEGINNING, None), set_at=now)
        for pk, category in crossing.objects.values_list("pk", "category_kh")
    )
    crossing.objects.update(flows=["people", "goods", "vehicles"])


class Migration(migrations.Migration):
    dependencies = [("crossings", "0002_register")]

    operations = [migrations.RunPython(date_the_categories)]
