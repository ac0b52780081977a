import django.contrib.gis.db.models.fields
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crossings", "0001_first"),
        ("units", "0002_register_changes_and_patrols"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Classification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name="period")),
                (
                    "side",
                    models.CharField(
                        choices=[("kh", "Cambodia's side"), ("neighbour", "the neighbour's side")],
                        max_length=10,
                        verbose_name="side",
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("international", "international gate"),
                            ("bilateral", "bilateral gate"),
                            ("regional", "regional gate"),
                            ("corridor", "corridor"),
                            ("illegal_corridor", "illegal corridor"),
                            ("seaport", "seaport"),
                            ("river_port", "river port"),
                            ("airport", "airport"),
                            ("railway", "railway crossing"),
                            ("th_permanent", "permanent crossing point (Thailand)"),
                            ("th_temporary", "temporary crossing point (Thailand)"),
                            ("th_border_trade", "checkpoint for border trade (Thailand)"),
                            ("vn_international", "international gate (Viet Nam)"),
                            ("vn_main", "main gate (Viet Nam)"),
                            ("vn_secondary", "secondary gate (Viet Nam)"),
                            ("vn_opening", "opening (Viet Nam)"),
                            ("la_international", "international gate (Laos)"),
                            ("la_local", "local gate (Laos)"),
                            ("la_customary", "customary gate (Laos)"),
                        ],
                        max_length=20,
                        verbose_name="category",
                    ),
                ),
                ("legal_reference", models.CharField(blank=True, max_length=300, verbose_name="legal reference")),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                ("set_at", models.DateTimeField(verbose_name="entered at")),
            ],
            options={
                "verbose_name": "category of a crossing",
                "verbose_name_plural": "categories of crossings",
                "ordering": ("crossing", "side", "-period"),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="CrossingStatus",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name="period")),
                (
                    "side",
                    models.CharField(
                        choices=[("kh", "Cambodia's side"), ("neighbour", "the neighbour's side")],
                        max_length=10,
                        verbose_name="side",
                    ),
                ),
                (
                    "flow",
                    models.CharField(
                        choices=[("people", "people"), ("goods", "goods"), ("vehicles", "vehicles")],
                        max_length=10,
                        verbose_name="flow",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("restricted", "restricted"),
                            ("suspended", "suspended"),
                            ("closed", "closed"),
                            ("closure_ordered", "closure ordered"),
                            ("closed_verified", "closed and verified"),
                            ("reopened_illegally", "reopened illegally"),
                            ("planned", "planned"),
                            ("abolished", "abolished"),
                        ],
                        max_length=20,
                        verbose_name="status",
                    ),
                ),
                ("opens_at", models.TimeField(blank=True, null=True, verbose_name="opens at")),
                ("closes_at", models.TimeField(blank=True, null=True, verbose_name="closes at")),
                ("legal_reference", models.CharField(blank=True, max_length=300, verbose_name="order or reference")),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                ("set_at", models.DateTimeField(verbose_name="entered at")),
            ],
            options={
                "verbose_name": "status of a crossing",
                "verbose_name_plural": "statuses of crossings",
                "ordering": ("crossing", "side", "flow", "-period"),
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="crossing",
            name="agencies",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("immigration", "immigration"),
                        ("customs", "customs"),
                        ("border_police", "border police"),
                        ("quarantine", "quarantine"),
                        ("camcontrol", "inspection of goods (Camcontrol)"),
                        ("gendarmerie", "gendarmerie"),
                        ("army", "army"),
                    ],
                    max_length=20,
                ),
                blank=True,
                default=list,
                size=None,
                verbose_name="agencies present",
            ),
        ),
        migrations.AddField(
            model_name="crossing",
            name="capacity",
            field=models.CharField(blank=True, max_length=200, verbose_name="capacity"),
        ),
        migrations.AddField(
            model_name="crossing",
            name="closes_at",
            field=models.TimeField(blank=True, null=True, verbose_name="closes at"),
        ),
        migrations.AddField(
            model_name="crossing",
            name="commune",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="crossings",
                to="units.commune",
                verbose_name="commune",
            ),
        ),
        migrations.AddField(
            model_name="crossing",
            name="contact",
            field=models.CharField(blank=True, max_length=200, verbose_name="contact"),
        ),
        migrations.AddField(
            model_name="crossing",
            name="documents",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("passport", "passport"),
                        ("border_pass", "border pass"),
                        ("laissez_passer", "laissez-passer"),
                        ("none", "no document"),
                    ],
                    max_length=20,
                ),
                blank=True,
                default=list,
                size=None,
                verbose_name="documents accepted",
            ),
        ),
        migrations.AddField(
            model_name="crossing",
            name="first_seen_on",
            field=models.DateField(blank=True, null=True, verbose_name="first seen on"),
        ),
        migrations.AddField(
            model_name="crossing",
            name="flows",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[("people", "people"), ("goods", "goods"), ("vehicles", "vehicles")], max_length=10
                ),
                default=list,
                size=None,
                verbose_name="flows accepted",
            ),
        ),
        migrations.AddField(
            model_name="crossing",
            name="illustrative",
            field=models.BooleanField(default=False, verbose_name="made up for the demo"),
        ),
        migrations.AddField(
            model_name="crossing",
            name="legal_references",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=300),
                blank=True,
                default=list,
                size=None,
                verbose_name="legal references",
            ),
        ),
        migrations.AddField(
            model_name="crossing",
            name="name_neighbour",
            field=models.CharField(blank=True, max_length=200, verbose_name="name on the neighbour's side"),
        ),
        migrations.AddField(
            model_name="crossing",
            name="nearest_marker",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="crossings",
                to="units.bordermarker",
                verbose_name="nearest marker",
            ),
        ),
        migrations.AddField(
            model_name="crossing",
            name="neighbour_admin1",
            field=models.CharField(blank=True, max_length=100, verbose_name="province on the neighbour's side"),
        ),
        migrations.AddField(
            model_name="crossing",
            name="note",
            field=models.TextField(blank=True, verbose_name="note"),
        ),
        migrations.AddField(
            model_name="crossing",
            name="opens_at",
            field=models.TimeField(blank=True, null=True, verbose_name="opens at"),
        ),
        migrations.AddField(
            model_name="crossing",
            name="perimeter",
            field=django.contrib.gis.db.models.fields.MultiPolygonField(
                blank=True, null=True, srid=4326, verbose_name="perimeter"
            ),
        ),
        migrations.AddField(
            model_name="crossing",
            name="perimeter_source",
            field=models.CharField(blank=True, max_length=300, verbose_name="source of the perimeter"),
        ),
        migrations.AddField(
            model_name="crossing",
            name="responsible_unit",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="crossings",
                to="units.unit",
                verbose_name="responsible unit",
            ),
        ),
        migrations.AddConstraint(
            model_name="crossing",
            constraint=models.CheckConstraint(
                condition=models.Q(("perimeter__isnull", True), ("perimeter__isvalid", True), _connector="OR"),
                name="a_perimeter_is_a_valid_shape",
            ),
        ),
        migrations.AddConstraint(
            model_name="crossing",
            constraint=models.CheckConstraint(
                condition=models.Q(("precision_km__gte", 0)), name="a_precision_is_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="crossing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closes_at__isnull", True), ("opens_at__isnull", True)),
                    models.Q(("closes_at__isnull", False), ("opens_at__isnull", False)),
                    _connector="OR",
                ),
                name="opening_hours_have_two_ends",
            ),
        ),
        migrations.AddField(
            model_name="classification",
            name="crossing",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="classifications",
                to="crossings.crossing",
                verbose_name="crossing",
            ),
        ),
        migrations.AddField(
            model_name="classification",
            name="set_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="entered by",
            ),
        ),
        migrations.AddField(
            model_name="crossingstatus",
            name="crossing",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="statuses",
                to="crossings.crossing",
                verbose_name="crossing",
            ),
        ),
        migrations.AddField(
            model_name="crossingstatus",
            name="set_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="entered by",
            ),
        ),
        migrations.AddConstraint(
            model_name="classification",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=(("crossing", "="), ("side", "="), ("period", "&&")),
                name="a_crossing_has_one_category_a_side_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="classification",
            constraint=models.CheckConstraint(
                condition=models.Q(("period__isempty", False)), name="a_category_lasts_some_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="crossingstatus",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=(("crossing", "="), ("side", "="), ("flow", "="), ("period", "&&")),
                name="a_flow_has_one_status_a_side_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="crossingstatus",
            constraint=models.CheckConstraint(
                condition=models.Q(("period__isempty", False)), name="a_status_lasts_some_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="crossingstatus",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closes_at__isnull", True), ("opens_at__isnull", True)),
                    models.Q(("closes_at__isnull", False), ("opens_at__isnull", False)),
                    _connector="OR",
                ),
                name="hours_of_a_status_have_two_ends",
            ),
        ),
    ]
