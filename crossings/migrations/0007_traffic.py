import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crossings", "0006_assessments_and_proposals"),
        ("units", "0002_register_changes_and_patrols"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TrafficImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file_name", models.CharField(max_length=200, verbose_name="file name")),
                ("file_sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("file_size", models.PositiveIntegerField(verbose_name="bytes")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("reading", "the file is being read"),
                            ("unreadable", "the file could not be read"),
                            ("ready", "read; to be confirmed"),
                            ("applying", "being entered"),
                            ("applied", "entered"),
                            ("abandoned", "abandoned"),
                        ],
                        default="reading",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("counts", models.JSONField(default=dict, verbose_name="counts")),
                ("errors", models.JSONField(default=list, verbose_name="errors")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                ("uploaded_at", models.DateTimeField(verbose_name="uploaded at")),
                ("applied_at", models.DateTimeField(null=True, verbose_name="entered at")),
                (
                    "crossing",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="crossings.crossing",
                        verbose_name="crossing",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="units.unit",
                        verbose_name="for the unit",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="uploaded by",
                    ),
                ),
            ],
            options={
                "verbose_name": "import of traffic",
                "verbose_name_plural": "imports of traffic",
                "ordering": ("-uploaded_at", "-id"),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="TrafficSheet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="day")),
                (
                    "direction",
                    models.CharField(
                        choices=[("in", "into Cambodia"), ("out", "out of Cambodia")],
                        max_length=3,
                        verbose_name="direction",
                    ),
                ),
                ("version", models.PositiveSmallIntegerField(default=1, verbose_name="version")),
                ("current", models.BooleanField(default=True, verbose_name="in force")),
                ("fingerprint", models.CharField(max_length=64, verbose_name="fingerprint of the content")),
                ("observed_minutes", models.PositiveSmallIntegerField(verbose_name="minutes watched")),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("counted", "counted by eye"),
                            ("register", "from the gate's own register"),
                            ("system", "from a computer system"),
                            ("camera", "by camera"),
                            ("estimate", "estimated"),
                        ],
                        max_length=10,
                        verbose_name="method",
                    ),
                ),
                ("observer", models.CharField(max_length=200, verbose_name="observer")),
                ("note", models.TextField(blank=True, verbose_name="note")),
                ("although_closed", models.BooleanField(default=False, verbose_name="counted although closed")),
                ("reason", models.TextField(blank=True, verbose_name="reason of the correction")),
                ("passengers", models.PositiveIntegerField(null=True, verbose_name="passengers")),
                ("vehicles", models.PositiveIntegerField(null=True, verbose_name="vehicles")),
                (
                    "tonnes",
                    models.DecimalField(decimal_places=3, max_digits=14, null=True, verbose_name="tonnes of goods"),
                ),
                ("refused", models.PositiveIntegerField(null=True, verbose_name="refused entries")),
                ("searches", models.PositiveIntegerField(null=True, verbose_name="searches")),
                ("source", models.CharField(default="page", max_length=10, verbose_name="entered through")),
                ("entered_at", models.DateTimeField(verbose_name="entered at")),
                (
                    "crossing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sheets",
                        to="crossings.crossing",
                        verbose_name="crossing",
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="entered by",
                    ),
                ),
                (
                    "imported",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sheets",
                        to="crossings.trafficimport",
                        verbose_name="import",
                    ),
                ),
            ],
            options={
                "verbose_name": "day of traffic",
                "verbose_name_plural": "days of traffic",
                "ordering": ("crossing", "day", "direction", "-version"),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="TrafficOutlier",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="day")),
                (
                    "direction",
                    models.CharField(
                        choices=[("in", "into Cambodia"), ("out", "out of Cambodia")],
                        max_length=3,
                        verbose_name="direction",
                    ),
                ),
                ("measure", models.CharField(blank=True, max_length=10, verbose_name="measure")),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("high", "far above what is usual"),
                            ("low", "far below what is usual"),
                            ("silent", "has fallen silent"),
                        ],
                        max_length=10,
                        verbose_name="why",
                    ),
                ),
                ("basis", models.JSONField(default=dict, verbose_name="basis")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "to be looked at"),
                            ("real", "confirmed: it was so"),
                            ("mistake", "a mistake in the count"),
                        ],
                        default="open",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("found_at", models.DateTimeField(verbose_name="found at")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided at")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                (
                    "crossing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outliers",
                        to="crossings.crossing",
                        verbose_name="crossing",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "sheet",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outliers",
                        to="crossings.trafficsheet",
                        verbose_name="day",
                    ),
                ),
            ],
            options={
                "verbose_name": "unusual day",
                "verbose_name_plural": "unusual days",
                "ordering": ("-day", "-id"),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="TrafficLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("passengers", "passengers"),
                            ("vehicles", "vehicles"),
                            ("goods", "goods"),
                            ("refused", "refused entries"),
                            ("searches", "searches"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("class_of", models.CharField(blank=True, max_length=12, verbose_name="class")),
                (
                    "nationality",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("khmer", "Cambodian"),
                            ("neighbour", "of the neighbour"),
                            ("other", "other"),
                            ("unknown", "not stated"),
                        ],
                        max_length=10,
                        verbose_name="nationality",
                    ),
                ),
                (
                    "document",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("passport", "passport"),
                            ("border_pass", "border pass"),
                            ("laissez_passer", "laissez-passer"),
                            ("none", "no document"),
                        ],
                        max_length=20,
                        verbose_name="document",
                    ),
                ),
                ("number", models.PositiveIntegerField(null=True, verbose_name="number")),
                ("tonnes", models.DecimalField(decimal_places=3, max_digits=12, null=True, verbose_name="tonnes")),
                ("value", models.DecimalField(decimal_places=2, max_digits=16, null=True, verbose_name="value")),
                (
                    "currency",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("KHR", "riel"),
                            ("USD", "US dollar"),
                            ("THB", "baht"),
                            ("VND", "dong"),
                            ("LAK", "kip"),
                        ],
                        max_length=3,
                        verbose_name="currency",
                    ),
                ),
                (
                    "sheet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="crossings.trafficsheet",
                        verbose_name="day of traffic",
                    ),
                ),
            ],
            options={
                "verbose_name": "count",
                "verbose_name_plural": "counts",
                "ordering": ("sheet", "id"),
                "default_permissions": (),
            },
        ),
        migrations.AddIndex(
            model_name="trafficsheet",
            index=models.Index(
                condition=models.Q(("current", True)),
                fields=["day", "crossing"],
                include=("observed_minutes", "direction", "passengers", "vehicles", "tonnes", "refused", "searches"),
                name="traffic_by_day",
            ),
        ),
        migrations.AddIndex(
            model_name="trafficsheet",
            index=models.Index(fields=["-entered_at", "-id"], name="traffic_newest_first"),
        ),
        migrations.AddConstraint(
            model_name="trafficsheet",
            constraint=models.UniqueConstraint(
                fields=("crossing", "day", "direction", "version"), name="versions_of_a_day_are_numbered"
            ),
        ),
        migrations.AddConstraint(
            model_name="trafficsheet",
            constraint=models.UniqueConstraint(
                condition=models.Q(("current", True)),
                fields=("crossing", "day", "direction"),
                include=("observed_minutes", "passengers", "vehicles", "tonnes", "refused", "searches"),
                name="a_day_of_a_direction_has_one_count_in_force",
            ),
        ),
        migrations.AddConstraint(
            model_name="trafficsheet",
            constraint=models.CheckConstraint(
                condition=models.Q(("observed_minutes__gte", 1), ("observed_minutes__lte", 1440)),
                name="a_day_is_watched_up_to_24_hours",
            ),
        ),
        migrations.AddConstraint(
            model_name="trafficsheet",
            constraint=models.CheckConstraint(
                condition=models.Q(("version__gte", 1)), name="versions_of_a_day_start_at_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="trafficoutlier",
            constraint=models.UniqueConstraint(
                fields=("crossing", "day", "direction", "measure", "sheet"),
                name="a_day_is_unusual_once_per_measure_and_count",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="trafficoutlier",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("state", "open")),
                    models.Q(models.Q(("state", "open"), _negated=True), ("decided_at__isnull", False)),
                    _connector="OR",
                ),
                name="an_unusual_day_is_judged_with_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="trafficline",
            constraint=models.UniqueConstraint(
                fields=("sheet", "kind", "class_of", "nationality", "document", "currency"),
                name="a_class_is_counted_once_on_a_sheet",
            ),
        ),
        migrations.AddConstraint(
            model_name="trafficline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("number__isnull", False), ("tonnes__isnull", False), ("value__isnull", False), _connector="OR"
                ),
                name="a_count_counts_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="trafficline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("value__isnull", True), ("currency", "")),
                    models.Q(("value__isnull", False), models.Q(("currency", ""), _negated=True)),
                    _connector="OR",
                ),
                name="a_value_has_a_currency",
            ),
        ),
        migrations.AddConstraint(
            model_name="trafficline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("tonnes__isnull", True), ("tonnes__gte", 0), _connector="OR"),
                    models.Q(("value__isnull", True), ("value__gte", 0), _connector="OR"),
                ),
                name="nothing_counted_is_negative",
            ),
        ),
    ]
