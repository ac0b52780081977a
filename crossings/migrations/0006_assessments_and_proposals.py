import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crossings", "0005_closures"),
        ("units", "0002_register_changes_and_patrols"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Assessment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client_key", models.UUIDField(unique=True, verbose_name="client key")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "being written"), ("complete", "complete"), ("abandoned", "abandoned")],
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "steps_done",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None, verbose_name="steps done"
                    ),
                ),
                ("revision", models.PositiveIntegerField(default=0, verbose_name="revision")),
                ("saves", models.JSONField(default=dict, verbose_name="last saves")),
                ("visited_on", models.DateField(null=True, verbose_name="visited on")),
                ("visitors", models.CharField(blank=True, max_length=300, verbose_name="who visited")),
                ("sources", models.TextField(blank=True, verbose_name="who was asked, and other sources")),
                ("population", models.PositiveIntegerField(null=True, verbose_name="people served")),
                ("villages", models.TextField(blank=True, verbose_name="villages served")),
                ("village_count", models.PositiveSmallIntegerField(null=True, verbose_name="number of villages")),
                (
                    "households_dependent",
                    models.PositiveIntegerField(null=True, verbose_name="households that live by it"),
                ),
                (
                    "trade_tonnes",
                    models.DecimalField(
                        decimal_places=1, max_digits=12, null=True, verbose_name="goods in tonnes a year"
                    ),
                ),
                (
                    "trade_value",
                    models.DecimalField(
                        decimal_places=2, max_digits=16, null=True, verbose_name="value of trade a year"
                    ),
                ),
                (
                    "trade_currency",
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
                    "goods",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("rice", "rice and paddy"),
                                ("cassava", "cassava"),
                                ("maize", "maize"),
                                ("fruit", "fruit and vegetables"),
                                ("cashew", "cashew"),
                                ("rubber", "rubber"),
                                ("livestock", "livestock and meat"),
                                ("fish", "fish"),
                                ("timber", "timber"),
                                ("fuel", "fuel"),
                                ("fertiliser", "fertiliser and seed"),
                                ("building", "building material"),
                                ("consumer", "consumer goods"),
                                ("machinery", "machines and parts"),
                                ("other", "other goods"),
                            ],
                            max_length=12,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="goods",
                    ),
                ),
                ("goods_note", models.TextField(blank=True, verbose_name="about the trade")),
                (
                    "revenue",
                    models.DecimalField(
                        decimal_places=2, max_digits=16, null=True, verbose_name="revenue of the state a year"
                    ),
                ),
                (
                    "revenue_expected",
                    models.DecimalField(
                        decimal_places=2, max_digits=16, null=True, verbose_name="revenue expected if official"
                    ),
                ),
                (
                    "revenue_currency",
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
                ("revenue_note", models.TextField(blank=True, verbose_name="how it was estimated")),
                ("nearest_km", models.FloatField(null=True, verbose_name="distance in km")),
                ("road_km", models.FloatField(null=True, verbose_name="by road in km")),
                (
                    "road_state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("paved", "paved"),
                            ("laterite", "laterite, all year"),
                            ("seasonal", "dry season only"),
                            ("track", "footpath or track"),
                            ("none", "none"),
                        ],
                        max_length=10,
                        verbose_name="state of the road",
                    ),
                ),
                ("road_note", models.TextField(blank=True, verbose_name="about the road")),
                ("security", models.JSONField(default=dict, verbose_name="security record")),
                ("security_risk", models.PositiveSmallIntegerField(null=True, verbose_name="risk as judged, 0 to 4")),
                ("security_note", models.TextField(blank=True, verbose_name="about security")),
                ("counterpart", models.CharField(blank=True, max_length=300, verbose_name="counterpart asked")),
                (
                    "attitude",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("favours", "in favour"),
                            ("neutral", "neutral"),
                            ("against", "against"),
                            ("unknown", "not known"),
                        ],
                        max_length=10,
                        verbose_name="counterpart's position",
                    ),
                ),
                ("attitude_note", models.TextField(blank=True, verbose_name="about the counterpart")),
                (
                    "demarcation",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("demarcated", "demarcated"),
                            ("delimited_not_demarcated", "delimited, not demarcated"),
                            ("undemarcated", "undemarcated"),
                            ("white_zone", "white zone"),
                            ("disputed", "disputed"),
                            ("no_mans_land_agreed", "agreed no-man's land"),
                        ],
                        max_length=30,
                        verbose_name="state of demarcation",
                    ),
                ),
                ("demarcation_note", models.TextField(blank=True, verbose_name="about the line")),
                ("effects_of_closing", models.TextField(blank=True, verbose_name="social effects of closing")),
                ("effects_of_opening", models.TextField(blank=True, verbose_name="social effects of opening")),
                ("hardship", models.PositiveSmallIntegerField(null=True, verbose_name="hardship if closed, 0 to 4")),
                (
                    "recommendation",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("close", "close it"),
                            ("keep_watch", "keep it closed and watch"),
                            ("formalise", "make it official"),
                            ("upgrade", "raise its category"),
                        ],
                        max_length=12,
                        verbose_name="what the visitors recommend",
                    ),
                ),
                ("recommendation_note", models.TextField(blank=True, verbose_name="why")),
                ("started_at", models.DateTimeField(verbose_name="begun at")),
                ("saved_at", models.DateTimeField(verbose_name="saved at")),
                ("completed_at", models.DateTimeField(null=True, verbose_name="completed at")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                (
                    "completed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="completed by",
                    ),
                ),
                (
                    "crossing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assessments",
                        to="crossings.crossing",
                        verbose_name="crossing",
                    ),
                ),
                (
                    "nearest_official",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="crossings.crossing",
                        verbose_name="nearest official crossing",
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="begun by",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assessments",
                        to="units.unit",
                        verbose_name="assessed for",
                    ),
                ),
            ],
            options={
                "verbose_name": "assessment",
                "verbose_name_plural": "assessments",
                "ordering": ("-started_at", "-id"),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client_key", models.UUIDField(unique=True, verbose_name="client key")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "being written"),
                            ("submitted", "with the ministry"),
                            ("returned", "returned for correction"),
                            ("recommended", "recommended to the government"),
                            ("approved", "approved"),
                            ("refused", "refused"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="draft",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="begun at")),
                ("recommendation", models.TextField(blank=True, verbose_name="recommendation")),
                ("recommended_at", models.DateTimeField(null=True, verbose_name="recommended at")),
                ("fewer_reason", models.TextField(blank=True, verbose_name="why so few positions")),
                (
                    "decision_number",
                    models.CharField(blank=True, max_length=120, verbose_name="number of the decision"),
                ),
                ("decided_on", models.DateField(null=True, verbose_name="decided on")),
                ("effective_from", models.DateField(null=True, verbose_name="in force from")),
                ("decision_reason", models.TextField(blank=True, verbose_name="reasons of the decision")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="entered at")),
                ("scan_sha256", models.CharField(blank=True, max_length=64, verbose_name="scan")),
                ("scan_name", models.CharField(blank=True, max_length=200, verbose_name="file name")),
                ("scan_type", models.CharField(blank=True, max_length=60, verbose_name="kind of file")),
                ("scan_size", models.PositiveIntegerField(null=True, verbose_name="bytes")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                (
                    "crossing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
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
                        verbose_name="entered by",
                    ),
                ),
                (
                    "recommended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="begun by",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="units.unit",
                        verbose_name="proposed by",
                    ),
                ),
            ],
            options={
                "verbose_name": "proposal",
                "verbose_name_plural": "proposals",
                "ordering": ("-started_at", "-id"),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Condition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(verbose_name="condition")),
                ("due_on", models.DateField(null=True, verbose_name="due on")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "still to be met"),
                            ("met", "reported as met"),
                            ("confirmed", "met and confirmed"),
                            ("waived", "waived"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("report", models.TextField(blank=True, verbose_name="how it was met")),
                ("reported_at", models.DateTimeField(null=True, verbose_name="reported at")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="confirmed at")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="confirmed by",
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reported by",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="conditions",
                        to="units.unit",
                        verbose_name="asked for by",
                    ),
                ),
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="conditions",
                        to="crossings.proposal",
                        verbose_name="proposal",
                    ),
                ),
            ],
            options={
                "verbose_name": "condition",
                "verbose_name_plural": "conditions",
                "ordering": ("proposal", "id"),
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="classification",
            name="proposal",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="classifications",
                to="crossings.proposal",
                verbose_name="proposal",
            ),
        ),
        migrations.CreateModel(
            name="ProposalVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="version")),
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
                        ],
                        max_length=20,
                        verbose_name="category proposed",
                    ),
                ),
                ("wanted_from", models.DateField(null=True, verbose_name="wanted from")),
                ("justification", models.TextField(blank=True, verbose_name="justification")),
                ("needs", models.TextField(blank=True, verbose_name="what it needs")),
                ("revision", models.PositiveIntegerField(default=0, verbose_name="revision")),
                ("saved_at", models.DateTimeField(verbose_name="saved at")),
                ("submitted_at", models.DateTimeField(null=True, verbose_name="handed in at")),
                ("returned_reason", models.TextField(blank=True, verbose_name="to be corrected")),
                ("returned_at", models.DateTimeField(null=True, verbose_name="returned at")),
                (
                    "assessments",
                    models.ManyToManyField(
                        related_name="proposed_in", to="crossings.assessment", verbose_name="assessments"
                    ),
                ),
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="crossings.proposal",
                        verbose_name="proposal",
                    ),
                ),
                (
                    "returned_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="returned by",
                    ),
                ),
                (
                    "submitted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="handed in by",
                    ),
                ),
            ],
            options={
                "verbose_name": "version of a proposal",
                "verbose_name_plural": "versions of proposals",
                "ordering": ("proposal", "number"),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Position",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "stand",
                    models.CharField(
                        choices=[
                            ("for", "in favour"),
                            ("conditional", "in favour, with conditions"),
                            ("no_objection", "no objection"),
                            ("against", "against"),
                        ],
                        max_length=12,
                        verbose_name="position",
                    ),
                ),
                ("reasons", models.TextField(verbose_name="reasons")),
                ("conditions", models.TextField(blank=True, verbose_name="conditions")),
                ("at", models.DateTimeField(verbose_name="at")),
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
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="positions",
                        to="units.unit",
                        verbose_name="ministry",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="positions",
                        to="crossings.proposalversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "position of a ministry",
                "verbose_name_plural": "positions of ministries",
                "ordering": ("version", "at", "id"),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Weights",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name="period")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("values", models.JSONField(verbose_name="weights")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                ("published_at", models.DateTimeField(verbose_name="published at")),
                (
                    "published_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="published by",
                    ),
                ),
            ],
            options={
                "verbose_name": "weights of the score",
                "verbose_name_plural": "weights of the score",
                "ordering": ("-period",),
                "default_permissions": (),
            },
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("completed_at__isnull", False), ("state", "complete"), ("visited_on__isnull", False)),
                    models.Q(("state", "complete"), _negated=True),
                    _connector="OR",
                ),
                name="a_complete_assessment_says_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(("security_risk__isnull", True), ("security_risk__lte", 4), _connector="OR"),
                name="a_risk_is_0_to_4",
            ),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(("hardship__isnull", True), ("hardship__lte", 4), _connector="OR"),
                name="a_hardship_is_0_to_4",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["approved", "refused", "withdrawn"]), _negated=True),
                fields=("crossing",),
                name="a_crossing_has_one_open_proposal",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "approved"), _negated=True),
                    models.Q(
                        ("decided_on__isnull", False),
                        ("effective_from__isnull", False),
                        models.Q(("decision_number", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="an_approval_has_number_day_and_effect",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "refused"), _negated=True),
                    models.Q(("decision_reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="a_refusal_keeps_its_reasons",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposalversion",
            constraint=models.UniqueConstraint(
                fields=("proposal", "number"), name="versions_of_a_proposal_are_numbered"
            ),
        ),
        migrations.AddConstraint(
            model_name="position",
            constraint=models.CheckConstraint(
                condition=models.Q(("reasons", ""), _negated=True), name="a_position_has_reasons"
            ),
        ),
        migrations.AddConstraint(
            model_name="position",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("stand", "conditional"), _negated=True),
                    models.Q(("conditions", ""), _negated=True),
                    _connector="OR",
                ),
                name="a_conditional_position_names_conditions",
            ),
        ),
        migrations.AddConstraint(
            model_name="weights",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=(("period", "&&"),), name="one_set_of_weights_is_in_force_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="weights",
            constraint=models.CheckConstraint(
                condition=models.Q(("period__isempty", False)), name="weights_are_in_force_some_time"
            ),
        ),
    ]
