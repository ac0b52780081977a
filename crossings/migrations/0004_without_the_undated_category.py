"""The undated column of the category is gone; `Classification` says it with its dates."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crossings", "0003_categories_are_dated")]

    operations = [
        migrations.RemoveField(model_name="crossing", name="category_kh"),
        migrations.AddConstraint(
            model_name="crossing",
            constraint=models.CheckConstraint(
                condition=models.Q(("flows", []), _negated=True), name="something_passes_a_crossing"
            ),
        ),
    ]
