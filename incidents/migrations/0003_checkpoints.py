import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crossings", "0007_traffic"),
        ("incidents", "0002_accountability"),
        ("units", "0002_register_changes_and_patrols"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "recognised_by",
                    models.CharField(
                        choices=[
                            ("perimeter", "inside the perimeter of the crossing"),
                            ("reporter", "the reporter named the crossing"),
                            ("nowhere", "inside no perimeter on record"),
                        ],
                        max_length=10,
                        verbose_name="recognised by",
                    ),
                ),
                ("inside_m", models.FloatField(null=True, verbose_name="metres inside the perimeter")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("standing", "standing"),
                            ("removal_ordered", "removal ordered"),
                            ("reported_removed", "reported as removed"),
                            ("removed", "removed and confirmed"),
                            ("no_checkpoint", "was no unauthorised checkpoint"),
                        ],
                        default="standing",
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                (
                    "operator",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("police", "police"),
                            ("border_police", "border police"),
                            ("immigration", "immigration"),
                            ("customs", "customs"),
                            ("gendarmerie", "gendarmerie"),
                            ("army", "army"),
                            ("local_authority", "local authority"),
                            ("company", "company"),
                            ("private", "private persons"),
                            ("neighbour", "force of the neighbour"),
                            ("unknown", "not known"),
                        ],
                        max_length=20,
                        verbose_name="operator",
                    ),
                ),
                ("operator_name", models.CharField(blank=True, max_length=300, verbose_name="who exactly")),
                ("fee_asked", models.BooleanField(null=True, verbose_name="a fee is asked")),
                (
                    "fee_amount",
                    models.DecimalField(decimal_places=2, max_digits=14, null=True, verbose_name="amount asked"),
                ),
                (
                    "fee_currency",
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
                ("fee_note", models.CharField(blank=True, max_length=300, verbose_name="for what, and from whom")),
                (
                    "obstruction",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("none", "nobody is held up"),
                            ("delays", "people and goods are delayed"),
                            ("turned_back", "some are turned back"),
                            ("blocked", "the way is blocked"),
                        ],
                        max_length=12,
                        verbose_name="obstruction",
                    ),
                ),
                ("obstruction_note", models.TextField(blank=True, verbose_name="about the obstruction")),
                ("first_seen_on", models.DateField(null=True, verbose_name="standing since")),
                ("remover_rule", models.CharField(blank=True, max_length=20, verbose_name="by which rule")),
                ("remove_by", models.DateField(null=True, verbose_name="to be removed by")),
                ("removed_on", models.DateField(null=True, verbose_name="removed on")),
                ("removal_text", models.TextField(blank=True, verbose_name="about the removal")),
                ("proof_sha256", models.CharField(blank=True, max_length=64, verbose_name="proof")),
                ("proof_name", models.CharField(blank=True, max_length=200, verbose_name="file name")),
                ("proof_type", models.CharField(blank=True, max_length=60, verbose_name="kind of file")),
                ("proof_size", models.PositiveIntegerField(null=True, verbose_name="bytes")),
                ("removal_at", models.DateTimeField(null=True, verbose_name="reported at")),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="confirmed at")),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="confirmed by",
                    ),
                ),
                (
                    "crossing",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checkpoints",
                        to="crossings.crossing",
                        verbose_name="official crossing",
                    ),
                ),
                (
                    "incident",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checkpoint",
                        to="incidents.incident",
                        verbose_name="incident",
                    ),
                ),
                (
                    "operator_unit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checkpoints",
                        to="units.unit",
                        verbose_name="operator's unit",
                    ),
                ),
                (
                    "removal_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reported by",
                    ),
                ),
                (
                    "remover",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checkpoints_to_remove",
                        to="units.unit",
                        verbose_name="who must remove it",
                    ),
                ),
            ],
            options={
                "verbose_name": "unauthorised checkpoint",
                "verbose_name_plural": "unauthorised checkpoints",
                "ordering": ("incident",),
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ("reported_removed", "removed")), _negated=True),
                            models.Q(
                                ("removal_at__isnull", False),
                                ("removed_on__isnull", False),
                                models.Q(("proof_sha256", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="a_removal_has_a_day_and_a_proof",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("fee_amount__isnull", True), ("fee_currency", "")),
                            models.Q(("fee_amount__isnull", False), models.Q(("fee_currency", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="a_fee_has_a_currency",
                    ),
                ],
            },
        ),
    ]
