"""Administration of the policies of escalation and accountability. Incidents are never opened from here."""

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey
from django.http import HttpRequest

from borderwatch import audit
from borderwatch.admin import ReferenceAdmin
from incidents import policies
from incidents.models import AccountabilityPolicy, Counterpart, EscalationPolicy, LegalBasis, PolicyDuty, PolicyStep
from units.choices import INSTITUTIONS
from units.models import Unit


class PolicyDutyInline(admin.TabularInline[PolicyDuty, EscalationPolicy]):
    """Which institution owes an answer, within how many minutes."""

    model = PolicyDuty
    extra = 0

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: Any, **kwargs: Any) -> Any:
        """Institutions only."""
        if db_field.name == "unit":
            kwargs["queryset"] = Unit.objects.filter(kind__in=INSTITUTIONS).order_by("code")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class PolicyStepInline(admin.TabularInline[PolicyStep, EscalationPolicy]):
    """Who is told after how many minutes."""

    model = PolicyStep
    extra = 0


@admin.register(EscalationPolicy)
class EscalationPolicyAdmin(ReferenceAdmin):
    """Policies as data. A running escalation keeps the policy it began with."""

    list_display = ("order", "slug", "name_en", "automatic", "working_hours", "forgotten_after_min", "active")
    list_display_links = ("slug",)
    inlines = (PolicyDutyInline, PolicyStepInline)

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: Any, **kwargs: Any) -> Any:
        """The next level above is an institution too: only those have a desk that reviews."""
        if db_field.name == "overseer":
            kwargs["queryset"] = Unit.objects.filter(kind__in=INSTITUTIONS).order_by("code")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the ladder and record the policy as it stands now."""
        super().save_related(request, form, formsets, change)
        if any(formset.has_changed() for formset in formsets):
            policy = EscalationPolicy.objects.prefetch_related("duties__unit", "steps").get(pk=form.instance.pk)
            audit.record(
                actor=request.user,  # type: ignore[arg-type]
                verb="edit_policy_ladder",
                target=policy,
                after=policies.freeze(policy)[0],
            )


@admin.register(AccountabilityPolicy)
class AccountabilityPolicyAdmin(ReferenceAdmin):
    """For which incidents a case opens, and how long each step may take. A case keeps the policy it opened with."""

    list_display = ("order", "slug", "name_en", "opens_by_itself", "notify_at_once", "active")
    list_display_links = ("slug",)


@admin.register(Counterpart)
class CounterpartAdmin(ReferenceAdmin):
    """Authorities of the neighbouring countries. What was entered with one keeps its words; one no longer in use is
    taken out of the lists, not deleted.
    """

    list_display = ("slug", "country", "kind", "name_en", "active")
    list_filter = ("country", "kind", "active")
    search_fields = ("slug", "name_en", "name_km")


@admin.register(LegalBasis)
class LegalBasisAdmin(ReferenceAdmin):
    """The dated register of law: here a summary gives way to the official wording. Old notes keep what they printed."""

    list_display = ("order", "slug", "title_en", "article", "neighbour", "period")
    list_display_links = ("slug",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The code of a text that is there stays: the record names it."""
        return ("slug",) if obj else ()
