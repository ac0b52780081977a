"""The verbs of incidents. Nothing else writes their tables."""

from incidents.actions.answering import ByLink, answer_by_link
from incidents.actions.answers import Acknowledged, acknowledge
from incidents.actions.attribution import reattribute
from incidents.actions.bundles import make_bundle
from incidents.actions.cases import (
    appeal,
    close_case,
    decide_appeal,
    explain,
    notify_head,
    rule_case,
    take_to_review,
    withdraw_case,
)
from incidents.actions.checkpoints import describe_checkpoint, recognise_again, recognise_checkpoint
from incidents.actions.contests import contest_attribution, rule_contest, state_in_contest, withdraw_contest
from incidents.actions.drills import (
    announce_drill,
    begin_drill,
    call_off_drill,
    end_drill,
    note_lessons,
    watch_drills,
)
from incidents.actions.duty_watch import watch_duties
from incidents.actions.engagements import Logged, log_engagement, strike_engagement
from incidents.actions.escalation import escalate, open_duty
from incidents.actions.filing import Filed, file_incident, forget_staged, settle_conflicting_copy
from incidents.actions.guidance import (
    acknowledge_instruction,
    answer_question,
    ask_back,
    find_adequate,
    find_wanting,
    instruct,
    report_instruction_done,
    withdraw_instruction,
)
from incidents.actions.guidance_watch import watch_guidance
from incidents.actions.letters import (
    discard_letter,
    draft_letter,
    edit_letter,
    number_letter,
    send_letter,
    sign_letter,
    void_letter,
)
from incidents.actions.letters_register import enter_original, receive_letter
from incidents.actions.letters_templates import edit_letter_template
from incidents.actions.life import close_incident, reopen_incident, verify_incident
from incidents.actions.observations import report_observation
from incidents.actions.opening import open_case
from incidents.actions.protest_evidence import add_protest_evidence, remove_protest_evidence
from incidents.actions.protests import (
    abandon_protest,
    close_protest,
    draft_protest,
    edit_protest,
    file_reply,
    pass_legal_check,
    renew_protest,
    send_protest,
    send_protest_back,
    sign_protest,
    submit_protest,
    watch_protests,
)
from incidents.actions.recorder import settle_finding
from incidents.actions.removals import (
    confirm_removal,
    deny_removal,
    not_a_checkpoint,
    order_removal,
    report_removal,
    watch_checkpoints,
)
from incidents.actions.requests import give_information
from incidents.actions.snooze import put_off_reminders

__all__ = (
    "Acknowledged",
    "ByLink",
    "Filed",
    "Logged",
    "abandon_protest",
    "acknowledge",
    "acknowledge_instruction",
    "add_protest_evidence",
    "announce_drill",
    "answer_by_link",
    "answer_question",
    "appeal",
    "ask_back",
    "begin_drill",
    "call_off_drill",
    "close_case",
    "close_incident",
    "close_protest",
    "confirm_removal",
    "contest_attribution",
    "decide_appeal",
    "deny_removal",
    "describe_checkpoint",
    "discard_letter",
    "draft_letter",
    "draft_protest",
    "edit_letter",
    "edit_letter_template",
    "edit_protest",
    "end_drill",
    "enter_original",
    "escalate",
    "explain",
    "file_incident",
    "file_reply",
    "find_adequate",
    "find_wanting",
    "forget_staged",
    "give_information",
    "instruct",
    "log_engagement",
    "make_bundle",
    "not_a_checkpoint",
    "note_lessons",
    "notify_head",
    "number_letter",
    "open_case",
    "open_duty",
    "order_removal",
    "pass_legal_check",
    "put_off_reminders",
    "reattribute",
    "receive_letter",
    "recognise_again",
    "recognise_checkpoint",
    "remove_protest_evidence",
    "renew_protest",
    "reopen_incident",
    "report_instruction_done",
    "report_observation",
    "report_removal",
    "rule_case",
    "rule_contest",
    "send_letter",
    "send_protest",
    "send_protest_back",
    "settle_conflicting_copy",
    "settle_finding",
    "sign_letter",
    "sign_protest",
    "state_in_contest",
    "strike_engagement",
    "submit_protest",
    "take_to_review",
    "verify_incident",
    "void_letter",
    "watch_checkpoints",
    "watch_drills",
    "watch_duties",
    "watch_guidance",
    "watch_protests",
    "withdraw_case",
    "withdraw_contest",
    "withdraw_instruction",
)
