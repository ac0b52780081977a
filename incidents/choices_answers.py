"""The fixed words of answering: clocks, engagement, guidance, protest, letters, drills and the flight recorder."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ClockState(models.TextChoices):
    RUNNING = "running", _("running")
    PAUSED = "paused", _("paused")
    STOPPED = "stopped", _("stopped")


class ClockEventKind(models.TextChoices):
    START = "start", _("started")
    PAUSE = "pause", _("paused")
    RESUME = "resume", _("resumed")
    EXTEND = "extend", _("extended")
    # The calendar of the office has changed, so the deadline was computed anew.
    RECOMPUTE = "recompute", _("computed anew")
    STOP = "stop", _("stopped")


class Why(models.TextChoices):
    """Why something happened to a clock or an answer by itself, where nobody's own words say it."""

    ANSWERED = "answered", _("the answer was given")
    HANDED_ON = "handed_on", _("it is another institution's matter")
    INFORMATION_GIVEN = "information_given", _("the information was given")
    ANSWERED_ANYWAY = "answered_anyway", _("answered without waiting for the information")
    FORGOTTEN = "forgotten", _("accepted, and then nothing more was heard")
    CALENDAR = "calendar", _("the calendar of the office has changed")
    DRILL_OVER = "drill_over", _("the drill is over")


class EngagementKind(models.TextChoices):
    MEETING = "meeting", _("meeting at the place")
    MEETING_AT_POST = "meeting_at_post", _("meeting at a post or office")
    TELEPHONE = "telephone", _("telephone call")
    LETTER = "letter", _("letter or note at local level")
    JOINT_INSPECTION = "joint_inspection", _("joint inspection")
    NO_CONTACT = "no_contact", _("contact was sought and not had")


class EngagementResult(models.TextChoices):
    HALTED = "halted", _("the activity was halted")
    PARTLY = "partly", _("partly halted or removed")
    GOES_ON = "goes_on", _("the activity goes on")
    REFERRED_UP = "referred_up", _("they refer it to their superiors")
    UNKNOWN = "unknown", _("not known yet")


class CounterpartKind(models.TextChoices):
    EMBASSY = "embassy", _("embassy")
    FOREIGN_MINISTRY = "foreign_ministry", _("ministry of foreign affairs")
    COMMISSION = "commission", _("joint border commission, their side")
    PROVINCE = "province", _("provincial authority")
    BORDER_POST = "border_post", _("border post or force")


class InstructionState(models.TextChoices):
    """Life of a piece of guidance (duty D10)."""

    ISSUED = "issued", _("issued")
    QUESTIONED = "questioned", _("question asked back")
    ACKNOWLEDGED = "acknowledged", _("acknowledged, being carried out")
    DONE = "done", _("reported as done")
    ADEQUATE = "adequate", _("carried out and found adequate")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ProtestState(models.TextChoices):
    """Life of a protest dossier (duty D10)."""

    DRAFT = "draft", _("being drafted")
    LEGAL_CHECK = "legal_check", _("legal check")
    SIGN_OFF = "sign_off", _("waiting for signature")
    SIGNED = "signed", _("signed, to be sent")
    SENT = "sent", _("sent, reply awaited")
    REPLIED = "replied", _("reply filed")
    CLOSED = "closed", _("closed")
    RENEWED = "renewed", _("renewed by a further note")
    ABANDONED = "abandoned", _("not pursued")


class NoteChannel(models.TextChoices):
    EMBASSY = "embassy", _("handed to the embassy")
    OWN_EMBASSY = "own_embassy", _("through our embassy")
    COMMISSION = "commission", _("through the joint commission")
    COURIER = "courier", _("courier")
    OTHER = "other", _("another way")


class ReplyOutcome(models.TextChoices):
    ACCEPTED = "accepted", _("they accept and act")
    PARTLY = "partly", _("they accept in part")
    REJECTED = "rejected", _("they reject it")
    OWN_CLAIM = "own_claim", _("they answer with a claim of their own")
    JOINT_INSPECTION = "joint_inspection", _("they propose a joint inspection")
    NONE = "none", _("no reply was received")


class LegalKind(models.TextChoices):
    TREATY = "treaty", _("treaty")
    COMMUNIQUE = "communique", _("joint communiqué")
    MEMORANDUM = "memorandum", _("memorandum of understanding")
    GUIDELINE = "guideline", _("guidelines")
    DIRECTIVE = "directive", _("directive")
    LAW = "law", _("law")


class LetterDirection(models.TextChoices):
    OUTGOING = "outgoing", _("outgoing")
    INCOMING = "incoming", _("incoming")


class LetterKind(models.TextChoices):
    """What a letter is for; each kind has a template and the facts that fill it."""

    REPORT = "report", _("report to the ministries")
    CLOSURE_ORDER = "closure_order", _("order to close a crossing")
    NOTICE_TO_HEAD = "notice_to_head", _("notice to the head of a unit")
    PROTEST_NOTE = "protest_note", _("protest note")
    PROPOSAL = "proposal", _("proposal to formalise a crossing")
    INSTRUCTION = "instruction", _("instruction")
    OTHER = "other", _("other letter")


class LetterState(models.TextChoices):
    DRAFT = "draft", _("draft")
    # The number is taken and printed on the paper; it can no longer be given to another.
    NUMBERED = "numbered", _("numbered, to be signed")
    SIGNED = "signed", _("signed")
    SENT = "sent", _("sent")
    RECEIVED = "received", _("received")
    VOID = "void", _("void")


class Classification(models.TextChoices):
    PUBLIC = "public", _("public")
    INTERNAL = "internal", _("internal")
    RESTRICTED = "restricted", _("restricted")
    CONFIDENTIAL = "confidential", _("confidential")
    SECRET = "secret", _("secret")


class Precedence(models.TextChoices):
    ROUTINE = "routine", _("routine")
    PRIORITY = "priority", _("priority")
    IMMEDIATE = "immediate", _("immediate")
    FLASH = "flash", _("flash")


class RankRelation(models.TextChoices):
    """Whether the addressee stands above, beside or below the office: the courtesy formula follows it."""

    SUPERIOR = "superior", _("above us")
    EQUAL = "equal", _("beside us")
    SUBORDINATE = "subordinate", _("below us")
    FOREIGN = "foreign", _("foreign")


class DrillState(models.TextChoices):
    PLANNED = "planned", _("planned")
    RUNNING = "running", _("running")
    ENDED = "ended", _("ended")
    CALLED_OFF = "called_off", _("called off")


class FindingKind(models.TextChoices):
    """What the flight recorder finds amiss."""

    NEVER_WRITTEN = "never_written", _("should have been told; no notice was written")
    NOT_HANDED_OVER = "not_handed_over", _("a notice was written and not handed over in time")
    FAILED = "failed", _("a notice failed for good")
    DUTY_MISSING = "duty_missing", _("an institution should owe an answer and does not")
    LADDER_BROKEN = "ladder_broken", _("a step of the ladder is missing")
    TOLD_AFTER_ANSWER = "told_after_answer", _("told although the duty was answered")


class LateCause(models.TextChoices):
    """Why a notice was late, as far as the record shows."""

    BROKER = "broker", _("the message broker was away")
    WORKER = "worker", _("no worker was running")
    SWEEPER = "sweeper", _("the sweeper stood still")
    DATABASE = "database", _("the whole site stood still")
    RECEIVER = "receiver", _("the receiver did not take it")
    UNKNOWN = "unknown", _("not known")
