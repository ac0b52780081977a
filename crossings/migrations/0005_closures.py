import django.contrib.gis.db.models.fields
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crossings", "0004_without_the_undated_category"),
        ("units", "0002_register_changes_and_patrols"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ClosureOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(blank=True, max_length=80, verbose_name="number")),
                (
                    "scope",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[("people", "people"), ("goods", "goods"), ("vehicles", "vehicles")], max_length=10
                        ),
                        size=None,
                        verbose_name="what is closed",
                    ),
                ),
                (
                    "measures",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("barrier", "barrier"),
                                ("trench", "trench"),
                                ("guard", "guard"),
                                ("sign", "sign"),
                            ],
                            max_length=10,
                        ),
                        size=None,
                        verbose_name="measures",
                    ),
                ),
                ("due_on", models.DateField(verbose_name="due on")),
                ("text", models.TextField(blank=True, verbose_name="what is ordered")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("drafted", "drafted"),
                            ("issued", "issued"),
                            ("carried_out", "carried out, to be verified"),
                            ("verified", "closed and verified"),
                            ("lifted", "lifted"),
                            ("withdrawn", "draft withdrawn"),
                        ],
                        default="drafted",
                        max_length=15,
                        verbose_name="state",
                    ),
                ),
                ("times_reopened", models.PositiveSmallIntegerField(default=0, verbose_name="times reopened")),
                ("scan_sha256", models.CharField(blank=True, max_length=64, verbose_name="scan")),
                ("scan_name", models.CharField(blank=True, max_length=200, verbose_name="file name")),
                ("scan_type", models.CharField(blank=True, max_length=60, verbose_name="kind of file")),
                ("scan_size", models.PositiveIntegerField(null=True, verbose_name="bytes")),
                ("drafted_at", models.DateTimeField(verbose_name="drafted at")),
                ("issued_at", models.DateTimeField(null=True, verbose_name="issued at")),
                ("carried_out_at", models.DateTimeField(null=True, verbose_name="carried out at")),
                ("verified_at", models.DateTimeField(null=True, verbose_name="verified at")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended at")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                (
                    "crossing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closure_orders",
                        to="crossings.crossing",
                        verbose_name="crossing",
                    ),
                ),
                (
                    "drafted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="drafted by",
                    ),
                ),
                (
                    "issuer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closures_ordered",
                        to="units.unit",
                        verbose_name="issued by",
                    ),
                ),
                (
                    "responsible_unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closures_owed",
                        to="units.unit",
                        verbose_name="responsible unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "closure order",
                "verbose_name_plural": "closure orders",
                "ordering": ("-drafted_at", "-id"),
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="crossingstatus",
            name="order",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="statuses",
                to="crossings.closureorder",
                verbose_name="closure order",
            ),
        ),
        migrations.CreateModel(
            name="ClosureVisit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client_key", models.UUIDField(unique=True, verbose_name="client key")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("carried_out", "report of the unit"),
                            ("verification", "verification by a second person"),
                            ("follow_up", "later look"),
                        ],
                        max_length=15,
                        verbose_name="kind of visit",
                    ),
                ),
                (
                    "finding",
                    models.CharField(
                        choices=[
                            ("closed", "closed: nothing can pass"),
                            ("passable", "can still be passed"),
                            ("reopened", "was opened again"),
                        ],
                        max_length=10,
                        verbose_name="found",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="visited at")),
                ("point", django.contrib.gis.db.models.fields.PointField(srid=4326, verbose_name="place")),
                ("accuracy_m", models.PositiveIntegerField(verbose_name="accuracy in metres")),
                ("distance_m", models.FloatField(verbose_name="distance from the crossing in metres")),
                (
                    "measures",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("barrier", "barrier"),
                                ("trench", "trench"),
                                ("guard", "guard"),
                                ("sign", "sign"),
                            ],
                            max_length=10,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="measures found in place",
                    ),
                ),
                ("text", models.TextField(blank=True, verbose_name="what was found")),
                ("photo_sha256", models.CharField(max_length=64, verbose_name="photo")),
                ("photo_name", models.CharField(max_length=200, verbose_name="file name")),
                ("photo_type", models.CharField(max_length=40, verbose_name="kind of file")),
                ("photo_size", models.PositiveIntegerField(verbose_name="bytes")),
                ("added_at", models.DateTimeField(verbose_name="added at")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="crossings.closureorder",
                        verbose_name="closure order",
                    ),
                ),
            ],
            options={
                "verbose_name": "visit to a closed crossing",
                "verbose_name_plural": "visits to closed crossings",
                "ordering": ("order", "added_at", "id"),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ReopeningSign",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cause_kind", models.CharField(max_length=40, verbose_name="kind of cause")),
                ("cause_key", models.CharField(max_length=80, verbose_name="key of the cause")),
                ("distance_m", models.FloatField(null=True, verbose_name="distance from the crossing in metres")),
                ("seen_at", models.DateTimeField(verbose_name="happened at")),
                ("found_at", models.DateTimeField(verbose_name="found at")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("to_confirm", "to be confirmed"),
                            ("confirmed", "confirmed: reopened"),
                            ("dismissed", "not so"),
                        ],
                        default="to_confirm",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided at")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
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
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signs",
                        to="crossings.closureorder",
                        verbose_name="closure order",
                    ),
                ),
            ],
            options={
                "verbose_name": "sign of reopening",
                "verbose_name_plural": "signs of reopening",
                "ordering": ("-found_at", "-id"),
                "default_permissions": (),
            },
        ),
        migrations.AddIndex(
            model_name="closureorder",
            index=models.Index(fields=["state", "due_on"], name="closures_by_due_day"),
        ),
        migrations.AddConstraint(
            model_name="closureorder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["lifted", "withdrawn"]), _negated=True),
                fields=("crossing",),
                name="a_crossing_has_one_open_closure_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="closureorder",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("number", ""), _negated=True), models.Q(("state", "withdrawn"), _negated=True)
                ),
                fields=("issuer", "number"),
                name="an_order_number_is_given_once_by_its_office",
            ),
        ),
        migrations.AddConstraint(
            model_name="closureorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ("drafted", "withdrawn")), models.Q(("number", ""), _negated=True), _connector="OR"
                ),
                name="an_order_goes_out_with_a_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="closureorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("scope", []), _negated=True), name="a_closure_closes_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="closureorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("measures", []), _negated=True), name="a_closure_says_how"
            ),
        ),
        migrations.AddConstraint(
            model_name="closureorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", False), ("state__in", ["lifted", "withdrawn"])),
                    models.Q(
                        models.Q(("state__in", ["lifted", "withdrawn"]), _negated=True), ("ended_at__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="a_closure_has_ended_exactly_when_it_is_over",
            ),
        ),
        migrations.AddConstraint(
            model_name="closurevisit",
            constraint=models.CheckConstraint(
                condition=models.Q(("photo_sha256", ""), _negated=True), name="a_visit_brings_a_photo"
            ),
        ),
        migrations.AddConstraint(
            model_name="reopeningsign",
            constraint=models.UniqueConstraint(
                fields=("order", "cause_kind", "cause_key"), name="a_cause_is_a_sign_once_per_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="reopeningsign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("state", "to_confirm")),
                    models.Q(models.Q(("state", "to_confirm"), _negated=True), ("decided_at__isnull", False)),
                    _connector="OR",
                ),
                name="a_sign_is_decided_with_a_time",
            ),
        ),
    ]
