"""The demo's protests: the ponds of Ratanakiri from draft to reply, one at the legal check, one renewed and overdue."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django.utils.html import escape

from borderwatch import clock
from incidents import actions as verbs
from incidents.actions import letters
from incidents.choices import Category
from incidents.choices_answers import LetterKind, NoteChannel, ReplyOutcome
from incidents.demo.replay import Replay
from incidents.demo.staff import Staff
from incidents.letters import drawing
from incidents.models import Counterpart, Incident, LegalBasis, Protest
from incidents.protests import evidence, rules
from units.models import User

ARCHIVE = timedelta(days=36)
COMMUNIQUE = "kh-vn-communique-1995-8"
URGENT = "ការងារកំពុងបន្តនៅទីកន្លែង ហើយមិនអាចរង់ចាំការជួបនៅមូលដ្ឋានបានទេ។ / Works go on at the place; it cannot wait."


@dataclass(frozen=True)
class Texts:
    """What a note says, in both languages."""

    subject_km: str
    subject_en: str
    facts_km: str
    facts_en: str
    demand_km: str
    demand_en: str


PONDS = Texts(
    "ការជីកស្រះនៅឃុំប៉ក់ញ៉ៃ ស្រុកអូរយ៉ាដាវ ខេត្តរតនគិរី",
    "Ponds dug in Pak Nhai commune, O Yadav district, Ratanakiri province",
    "ស្រះចំនួន ៥ ទំហំ ៥ ម៉ែត្រ គុណ ១៣ ម៉ែត្រ ត្រូវបានជីកក្នុងឃុំប៉ក់ញ៉ៃ ស្រុកអូរយ៉ាដាវ ខេត្តរតនគិរី នៅចម្ងាយ ៣៨០ ម៉ែត្រ "
    "ទៅ ៥៤៥ ម៉ែត្រពីខ្សែបន្ទាត់ តាមផែនទីបុន មាត្រដ្ឋាន ១/១០០.០០០។",
    "Five ponds of 5 m x 13 m were dug in Pak Nhai commune, O Yadav district, Ratanakiri province, at 380 m to 545 m "
    "from the line on the Bonne map 1:100,000.",
    "- បញ្ឈប់ការជីកជាបន្ទាន់ និងលុបស្រះទាំងនោះវិញ\n- រក្សាស្ថានភាពដើម រហូតដល់ការងារបោះបង្គោលព្រំដែនបានបញ្ចប់។",
    "- to stop the digging at once and to fill the ponds in;\n- to keep the situation as it was until demarcation is "
    "completed.",
)
TENTS = Texts(
    "ការដំឡើងតង់នៅឃុំក្អមសំណរ ស្រុកលើកដែក ខេត្តកណ្ដាល",
    "Tents put up in K'am Samnar commune, Leuk Daek district, Kandal province",
    "តង់ត្រូវបានដំឡើងក្នុងតំបន់ស ស្រុកលើកដែក ហើយនៅតែមាននៅទីកន្លែង ក្រោយពីអាជ្ញាធរមូលដ្ឋានបានជួបពិភាក្សា។",
    "Tents were put up in the white zone of Leuk Daek district and are still there after local authorities had spoken.",
    "- រុះរើតង់ទាំងអស់។",
    "- to remove all tents.",
)
WORKS = Texts(
    "សកម្មភាពជាឯកតោភាគីក្នុងតំបន់មិនទាន់បោះបង្គោលព្រំដែន",
    "Unilateral activity in an area that is not yet demarcated",
    "កម្លាំងខាងយើងបានឃើញសកម្មភាពសាងសង់ជាឯកតោភាគី ក្នុងតំបន់មិនទាន់បោះបង្គោលព្រំដែន ហើយបានកត់ត្រាទីតាំង និងរូបភាព។",
    "Our units saw unilateral works in an area that is not yet demarcated and recorded the place and photos.",
    "- បញ្ឈប់សកម្មភាព និងចូលរួមពិនិត្យទីកន្លែងរួមគ្នា។",
    "- to stop the works and to join an inspection of the place.",
)


def plan(replay: Replay, staff: Staff, now: datetime) -> None:
    """Plan them into the replay; each act does nothing when its incident is not there."""
    Ponds(replay, staff).plan(now - ARCHIVE)
    replay.plan(now - timedelta(days=2, hours=3), lambda: waiting_for_the_check(staff))
    Renewed(replay, staff).plan(now)


def _incident(**filters: object) -> Incident | None:
    """The newest incident of the neighbour's doing there on which the ministry was asked, without a protest yet."""
    rows = Incident.objects.real().filter(
        category=Category.NEIGHBOUR, escalations__duties__unit__code="mfaic", protests=None, **filters
    )
    return rows.select_related("province", "district", "near_marker").order_by("-received_at").first()


def _person(name: str) -> User:
    return User.objects.get(username=name)


def _draft(staff: Staff, incident: Incident, texts: Texts, counterpart: str, bases: tuple[str, ...]) -> Protest | None:
    to = Counterpart.objects.filter(slug=counterpart).first()
    if to is None:
        return None
    protest = verbs.draft_protest(
        actor=staff.officials["mfaic"],
        incident=incident,
        office=staff.units["mfaic"],
        counterpart=to,
        legal_bases=list(LegalBasis.objects.filter(slug__in=bases).order_by("order", "slug")),
        urgent_reason="" if rules.engaged(incident) else URGENT,
        **texts.__dict__,
    )
    pieces = [one.key for one in evidence.offered(staff.officials["mfaic"], protest)]
    if pieces:
        verbs.add_protest_evidence(actor=staff.officials["mfaic"], protest=protest, chosen=pieces)
    verbs.submit_protest(actor=staff.officials["mfaic"], protest=protest)
    return protest


def _check(staff: Staff, protest: Protest) -> None:
    verbs.pass_legal_check(actor=staff.deputies["mfaic"], protest=protest, text="មូលដ្ឋានច្បាប់មានសុពលភាពនៅថ្ងៃនោះ។")


def _sign_and_send(staff: Staff, protest: Protest, reply_within: int) -> None:
    """Sign the dossier, write, number and sign its letter, and hand it to the embassy."""
    official, principal = staff.officials["mfaic"], _person("mfaic-principal")
    verbs.sign_protest(actor=principal, protest=protest)
    letter = letters.draft_letter(
        actor=official, office=staff.units["mfaic"], kind=LetterKind.PROTEST_NOTE, about=protest
    )
    letter = letters.number_letter(actor=principal, letter=letter)
    letters.sign_letter(actor=principal, letter=letter)
    today = timezone.localdate(clock.now())
    verbs.send_protest(
        actor=official,
        protest=protest,
        channel=NoteChannel.EMBASSY,
        sent_on=today,
        reply_due_on=today + timedelta(days=reply_within),
    )


class Ponds:
    """The case of 2015: drafted, checked, signed, sent to the embassy, answered, closed."""

    def __init__(self, replay: Replay, staff: Staff) -> None:
        self._replay, self._staff = replay, staff
        self._protest: Protest | None = None

    def plan(self, filed: datetime) -> None:
        """From the day on which the case was entered."""
        steps: tuple[tuple[timedelta, Callable[[], object]], ...] = (
            (timedelta(days=1, hours=4), self.draft),
            (timedelta(days=1, hours=9), lambda: self._do(lambda one: _check(self._staff, one))),
            (timedelta(days=2, hours=2), lambda: self._do(lambda one: _sign_and_send(self._staff, one, 21))),
            (timedelta(days=19, hours=3), lambda: self._do(self.reply)),
            (timedelta(days=24, hours=3), lambda: self._do(self.close)),
        )
        for after, act in steps:
            self._replay.plan(filed + after, act)

    def draft(self) -> None:
        """As soon as the neighbour was engaged."""
        incident = _incident(province__code="16", type="pond_or_canal", occurred_at__year=2015)
        if incident is not None:
            bases = (COMMUNIQUE, "kh-vn-supplementary-2005", "constitution-2")
            self._protest = _draft(self._staff, incident, PONDS, "vn-embassy", bases)

    def reply(self, protest: Protest) -> None:
        """A scan of what the embassy sent."""
        words = "ភាគីវៀតណាមបានពិនិត្យ ហើយនឹងលុបស្រះវិញ។ / The Vietnamese side has looked into it and will fill them in."
        scan = SimpleUploadedFile("note-145.pdf", _paper(words), content_type="application/pdf")
        verbs.file_reply(
            actor=self._staff.officials["mfaic"],
            protest=protest,
            reply_number="145/ĐSQ (demo)",
            reply_on=timezone.localdate(clock.now()) - timedelta(days=1),
            reply_text=words,
            outcome=ReplyOutcome.ACCEPTED,
            files=[scan],
        )

    def close(self, protest: Protest) -> None:
        """The ponds were filled in."""
        words = "ស្រះត្រូវបានលុបវិញ ខេត្តបានពិនិត្យ។ / The ponds were filled in; the province has looked."
        verbs.close_protest(actor=self._staff.officials["mfaic"], protest=protest, reason=words)

    def _do(self, act: Callable[[Protest], object]) -> None:
        if self._protest is not None:
            act(self._protest)


class Renewed:
    """A note of last year that nobody answered, renewed, and its second note is overdue too."""

    def __init__(self, replay: Replay, staff: Staff) -> None:
        self._replay, self._staff = replay, staff
        self._protest: Protest | None = None

    def plan(self, now: datetime) -> None:
        """Beginning ten months ago."""
        self._replay.plan(now - timedelta(days=340), self.first)
        self._replay.plan(now - timedelta(days=338), self.sent)
        self._replay.plan(now - timedelta(days=150), self.second)

    def first(self) -> None:
        """In another province than the ponds."""
        incident = _incident(province__code__in=("11", "20", "14", "25", "08", "21", "07", "10"))
        if incident is not None:
            self._protest = _draft(self._staff, incident, WORKS, "vn-embassy", (COMMUNIQUE,))

    def sent(self) -> None:
        """Checked, signed and handed over."""
        if self._protest is not None:
            _check(self._staff, self._protest)
            _sign_and_send(self._staff, self._protest, 60)

    def second(self) -> None:
        """Nothing came back, so it is renewed and sent again."""
        if self._protest is None:
            return
        official = self._staff.officials["mfaic"]
        reason = "មិនមានចម្លើយក្នុងរយៈពេលប្រាំមួយខែ។ / No reply in six months."
        new = verbs.renew_protest(actor=official, protest=self._protest, reason=reason)
        verbs.submit_protest(actor=official, protest=new)
        _check(self._staff, new)
        _sign_and_send(self._staff, new, 60)


def waiting_for_the_check(staff: Staff) -> None:
    """Tents in Kandal: with the deputy since the day before yesterday."""
    incident = _incident(province__code="08", type="temporary_structure")
    if incident is not None:
        _draft(staff, incident, TENTS, "vn-embassy", (COMMUNIQUE, "kh-vn-supplementary-2005"))


def _paper(words: str) -> bytes:
    """A sheet that stands for a scan."""
    lines = "".join(f"<p>{escape(part.strip())}</p>" for part in words.split("/"))
    return drawing.pdf(f'<html lang="km"><body><h1>145/ĐSQ</h1>{lines}<p>demo</p></body></html>')
