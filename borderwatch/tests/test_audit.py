"""The record: written with its fact, never changed, never taken away."""

import pytest
import structlog
from django.db import IntegrityError, InternalError, connection, transaction
from django.db.models import ProtectedError

from borderwatch import audit
from borderwatch.models import AuditEntry
from incidents.actions import verify_incident


@pytest.fixture
def entry(file):
    incident = file()
    return AuditEntry.objects.get(verb="file_incident", key=incident.ref)


def test_an_entry_cannot_be_changed(entry):
    with pytest.raises(InternalError, match="Cannot update or delete"), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(reason="nothing happened")
    with pytest.raises(InternalError, match="Cannot update or delete"), transaction.atomic():
        entry.save()


def test_an_entry_cannot_be_deleted(entry):
    with pytest.raises(InternalError, match="Cannot update or delete"), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).delete()
    with (
        pytest.raises(InternalError, match="Cannot update or delete"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM borderwatch_auditentry")


def test_the_table_cannot_be_truncated(entry):
    """The tests' database has this one trigger off, since tests that commit empty the tables; here it is on."""

    @transaction.atomic
    def truncate():
        with connection.cursor() as cursor:
            # Rows of this transaction are checked first; the switch falls back with the savepoint.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE borderwatch_auditentry ENABLE TRIGGER USER")
            cursor.execute("TRUNCATE borderwatch_auditentry CASCADE")

    with pytest.raises(InternalError, match="cannot truncate the audit"):
        truncate()
    assert AuditEntry.objects.filter(pk=entry.pk).exists()


def test_a_person_on_record_cannot_be_deleted(entry, district):
    with pytest.raises((ProtectedError, IntegrityError)):
        district.delete()


@pytest.mark.django_db(transaction=True)
def test_a_record_without_a_transaction_is_refused(moi):
    with pytest.raises(RuntimeError, match="inside the verb's transaction"):
        audit.record(actor=moi, verb="x", target=moi)
    assert not AuditEntry.objects.exists()


def test_fact_and_record_come_and_go_together(file, province):
    incident = file(category="smuggling", type="fuel")  # no case opens by itself
    before = AuditEntry.objects.count()

    @transaction.atomic
    def verify_and_break():
        verify_incident(actor=province, incident=incident)
        assert AuditEntry.objects.count() == before + 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        verify_and_break()
    assert AuditEntry.objects.count() == before
    incident.refresh_from_db()
    assert incident.status == "submitted"


def test_names_are_frozen_in_both_scripts(entry, district):
    assert entry.actor_name == district.record_name
    assert district.name_km in entry.actor_name
    district.name_km = district.name_en = "Somebody Else"
    district.save()
    entry.refresh_from_db()
    assert "Somebody Else" not in entry.actor_name


def test_the_request_is_named_in_the_record(file, province):
    incident = file()
    with structlog.contextvars.bound_contextvars(request_id="abc-123-def"):
        verify_incident(actor=province, incident=incident)
    assert AuditEntry.objects.get(verb="verify_incident").request_id == "abc-123-def"


def test_the_time_of_recording_is_the_databases_own(entry):
    assert abs((entry.recorded_at - entry.at).total_seconds()) < 60
