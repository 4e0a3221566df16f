"""The words for what stands in the trail: acts, kinds of subjects, outcomes, facts."""

import json
from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from webapp.terms import TERMS, term

ACTIONS: dict[str, LazyString] = {
    "signed_in": _("signed in"),
    "signed_out": _("signed out"),
    "sign_in_refused": _("sign-in refused"),
    "account_activated": _("account activated"),
    "refused": _("refused: not among the duties"),
    "password_changed": _("password changed"),
    "code_renewed": _("one-time code renewed"),
    "person_enrolled": _("person enrolled"),
    "person_disabled": _("account disabled"),
    "person_enabled": _("account opened again"),
    "role_granted": _("role given"),
    "role_revoked": _("role taken"),
    "appointed": _("appointed"),
    "relieved": _("relieved"),
    "unit_added": _("unit added"),
    "unit_renamed": _("unit renamed"),
    "unit_moved": _("unit moved"),
    "unit_abolished": _("unit abolished"),
    "workbook_imported": _("workbook imported"),
    "calendar_seeded": _("calendar laid down"),
    "calendar_edited": _("calendar edited"),
    "calendar_recomputed": _("deadlines recomputed"),
    "dates_recomputed": _("dates recomputed"),
    "published": _("process published"),
    "repair_asked": _("repair of a case asked for"),
    "case_repaired": _("case repaired"),
    "repair_declined": _("repair of a case declined"),
    "trial_asked": _("what-if trial asked for"),
    "trial_cancelled": _("what-if trial cancelled"),
    "move_planned": _("plan to move cases made"),
    "move_examined_anew": _("plan to move cases tried again"),
    "move_approved": _("plan to move cases approved"),
    "move_given_up": _("plan to move cases given up"),
    "move_halted": _("moving of cases halted"),
    "move_resumed": _("moving of cases resumed"),
    "move_reverted": _("moving of cases reverted"),
    "case_moved": _("case moved to another version"),
    "case_moved_back": _("case moved back to its version"),
    "restart_asked": _("new beginning of a case asked for"),
    "restart_declined": _("new beginning of a case declined"),
    "case_restarted": _("case begun anew at a step"),
    "draft_made": _("draft of a process made"),
    "draft_saved": _("draft of a process saved"),
    "draft_taken_over": _("draft of a process taken over"),
    "draft_handed_in": _("draft of a process handed in"),
    "draft_approved": _("draft of a process approved"),
    "draft_returned": _("draft of a process returned"),
    "draft_discarded": _("draft of a process given up"),
    "version_withdrawn": _("version of a process withdrawn"),
    "version_retired": _("version of a process retired"),
    "set_parameters": _("parameters set"),
    "duty_installed": _("duty laid down"),
    "duty_revised": _("duty revised"),
    "responsibility_template": _("template of responsibility lists put in force"),
    "responsibility_changed": _("responsibility list edited"),
    "handed_over": _("post handed over"),
    "obligations_missed": _("obligations missed"),
    "obligation_excused": _("obligation excused"),
    "obligation_lifted": _("obligation lifted, asked by mistake"),
    "evidence_handed_in": _("evidence handed in"),
    "evidence_corrected": _("evidence corrected"),
    "file_stored": _("file stored"),
    "finding_restated": _("finding restated"),
    "proposed": _("proposed"),
    "accepted": _("proposal accepted"),
    "declined": _("proposal declined"),
    "lapsed": _("proposal lapsed"),
    "opened": _("case begun"),
    "completed": _("step done"),
    "carried_over": _("answer of the step before taken over"),
    "took_act": _("act taken"),
    "stopped": _("case stopped"),
    "case_retried": _("case tried again"),
    "issued": _("paper issued"),
    "merged": _("matters merged"),
    "archived": _("archived"),
    "survey_prepared": _("survey prepared"),
    "survey_opened": _("survey opened"),
    "survey_stopped": _("survey stopped"),
    "survey_settled": _("survey settled"),
    "survey_links_issued": _("links of a survey given out"),
    "plan_imported": _("plan brought in"),
    "plan_changed": _("plan changed"),
    "plan_change_refused": _("change of a plan refused"),
    "plan_item_handed_over": _("plan item handed over"),
    "plan_evidence_handed_in": _("evidence of a plan item handed in"),
    "plan_item_done": _("plan item reported done"),
    "plan_offer_taken": _("matter asked for a plan item"),
    "plan_offer_declined": _("matter for a plan item declined"),
    "milestone_reached": _("milestone reached"),
    "urged": _("urged"),
    "questionnaire_drafted": _("questionnaire drafted"),
    "questionnaire_changed": _("questionnaire changed"),
    "questionnaire_published": _("questionnaire published"),
    "questionnaire_discarded": _("draft of a questionnaire discarded"),
    "circular_drafted": _("monthly circular drafted"),
    "circular_changed": _("monthly circular changed"),
    "circular_issued": _("monthly circular issued"),
    "research_begun": _("research begun"),
    "research_changed": _("research changed"),
    "research_claimed": _("claim made"),
    "research_claim_dropped": _("claim taken out"),
    "research_concluded": _("research concluded"),
    "field_note_added": _("talk or visit entered"),
    "field_note_changed": _("talk or visit changed"),
    "assessment_begun": _("assessment begun"),
    "facts_frozen": _("facts frozen"),
    "score_entered": _("score entered"),
    "business_imported": _("business results imported"),
    "fact_disputed": _("fact disputed"),
    "dispute_dismissed": _("dispute dismissed"),
    "fact_struck": _("fact struck out"),
    "veto_entered": _("veto entered"),
    "veto_taken_back": _("veto taken back"),
    "veto_confirmed": _("veto confirmed"),
    "grades_decided": _("grades decided"),
    "results_published": _("results published"),
    "recusal_declared": _("conflict of interest declared"),
    "recusal_withdrawn": _("conflict of interest taken back"),
    "withdrawal_asked": _("asked to keep out of the case"),
    "withdrawal_granted": _("keeps out of the case"),
    "withdrawal_refused": _("need not keep out of the case"),
    "effect_ended": _("effect ended"),
    "mail_retried": _("mail sent again"),
    "backup_made": _("backup made"),
    "session_opened": _("session's record opened"),
    "session_told": _("told at the session"),
    "speaker_called": _("called up to debrief"),
    "order_drawn": _("order of speaking drawn by lot"),
    "ballot_prepared": _("ballot prepared"),
    "ballot_key_collected": _("part of the ballot's key collected"),
    "ballot_opened": _("ballot opened"),
    "ballot_counted": _("ballot counted"),
    "scheme_drafted": _("scheme drafted"),
    "scheme_changed": _("scheme changed"),
    "scheme_published": _("scheme published"),
    "institution_entered": _("an organ's rule entered"),
    "institution_ended": _("an organ's rule ended"),
    "plan_entry_made": _("item put in the plan of inspections"),
    "plan_entry_changed": _("item of the plan of inspections changed"),
    "plan_entry_filed": _("item of the plan of inspections filed"),
    "plan_entry_withdrawn": _("item taken out of the plan of inspections"),
    "inspection_book_taken": _("rules and plan of inspections imported"),
    "field_evidence_added": _("evidence of an inspection put down"),
    "sample_drawn": _("sample drawn"),
    "problem_noted": _("problem of an inspection put down"),
    "problem_answered": _("problem of an inspection answered by the unit"),
    "problem_settled": _("problem of an inspection settled"),
    "backup_restored": _("backup brought back"),
    "audit_exported": _("audit records exported"),
    "chain_verified": _("audit trail verified"),
    "audit_key_changed": _("audit trail goes on under a new key"),
}
FAMILIES: dict[str, LazyString] = {"finding": _("finding"), "measure": _("measure")}
SUBJECTS: dict[str, LazyString] = {
    "moveplan": _("plan to move cases"),
    "restart": _("new beginning of a case"),
    "trial": _("what-if trial"),
    "caserepair": _("repair of a case"),
    "user": _("person"),
    "unit": _("unit"),
    "post": _("post"),
    "holding": _("appointment"),
    "grant": _("role"),
    "case": _("case"),
    "task": _("step"),
    "matter": _("matter"),
    "proposal": _("proposal"),
    "finding": _("finding"),
    "assessment": _("assessment"),
    "debriefing": _("debriefing"),
    "debriefinground": _("round of debriefings"),
    "institution": _("an organ's rule"),
    "supervisionplanentry": _("item of the plan of inspections"),
    "inspection": _("inspection"),
    "visit": _("visit of an inspection"),
    "sample": _("sample"),
    "box": _("ballot"),
    "measure": _("measure"),
    "document": _("paper"),
    "urging": _("urging"),
    "storedfile": _("file"),
    "definition": _("process"),
    "parameterset": _("parameters"),
    "dutyrule": _("duty"),
    "notification": _("news"),
    "resultuse": _("line of a use of results"),
    "survey": _("survey"),
    "str": _("list or page"),
}
PLACES: dict[str, LazyString] = {
    "audit": _("Audit"),
    "people": _("People"),
    "organisation": _("Units and people"),
    "calendar": _("Working days"),
    "obligation": _("obligations"),
    "workbook": _("workbook"),
    "sign-in": _("Sign in"),
    "backup": _("Backup"),
    "panel scores": _("Panel scores"),
    "eligibility": _("Eligibility"),
    "exchange": _("Exchange"),
    "weak_results": _("Weak results"),
    "result_uses": _("Use of results"),
    "careers": _("Records of party work"),
}
OUTCOMES: dict[str, LazyString] = {
    "done": _("carried out"),
    "refused": _("turned away"),
    "failed": _("went wrong"),
}
REASONS: dict[str, LazyString] = {
    "wrong": _("wrong password or code"),
    "unknown": _("unknown user name"),
    "disabled": _("account disabled"),
    "locked": _("account locked"),
}
FACTS: dict[str, LazyString] = {
    "reason": _("Reason"),
    "login": _("User name"),
    "name": _("Name"),
    "count": _("Count"),
    "locked": _("Locked"),
    "role": _("Role"),
    "person": _("Person"),
    "post": _("Post"),
    "day": _("Day"),
    "process": _("Process"),
    "definition": _("Version"),
    "number": _("Number"),
    "node": _("Step"),
    "answers": _("Answers"),
    "key": _("Key"),
    "kind": _("Kind"),
    "form": _("Form"),
    "result": _("Result"),
    "rule": _("Rule"),
    "measure": _("Measure"),
    "template": _("Template"),
    "about": _("About"),
    "text": _("Text"),
    "size": _("Size"),
    "state": _("State"),
    "before": _("Before"),
    "days": _("Days"),
    "notice": _("Notice"),
    "years": _("Years"),
    "changed": _("Changed"),
    "code": _("Code"),
    "documents": _("Papers"),
    "on_time": _("On time"),
    "obligations": _("obligations"),
    "tasks": _("steps"),
    "list": _("List"),
    "filter": _("Filter"),
    "sealed": _("Sealed rows"),
    "faults": _("Faults"),
    "first": _("From link"),
    "last": _("To link"),
    "file": _("File"),
    "made_at": _("Made at"),
    "anonymous": _("Anonymous"),
    "asked": _("Asked"),
    "answered": _("Answered"),
    "links": _("Links"),
}
FLAWS: dict[str, LazyString] = {
    "missing": _("Link {seq} is missing."),
    "gone": _("The row of link {seq} is gone."),
    "changed": _("The row of link {seq} was changed."),
    "torn": _("Link {seq} does not follow from the one before."),
    "differs": _("Link {seq} differs from the head exported then."),
    "cut": _("The chain once reached {seq}: its end was cut off."),
    "unknown": _("The key of link {seq} is not at hand."),
    "stale": _("Link {seq} was made with a key that had been given up, or was not yet in force."),
    "head": _("The head does not stand where the chain ends, at {seq}."),
}


def action(code: str) -> str:
    """What was done; a new state of a finding or a measure is told with that state."""
    if code in ACTIONS:
        return str(ACTIONS[code])
    family, _sep, state = code.partition("_")
    if family in FAMILIES and state:
        return str(gettext("%(what)s: %(state)s", what=FAMILIES[family], state=term(state)))
    return code


def known_actions() -> list[tuple[str, str]]:
    """What the filter offers, by its words."""
    return sorted(((code, str(word)) for code, word in ACTIONS.items()), key=lambda one: one[1])


def subject(kind: str) -> str:
    return str(SUBJECTS.get(kind, kind))


def place(text: str) -> str:
    """A subject that is no row: "calendar 2027" by its first word."""
    first, _space, rest = text.partition(" ")
    return f"{PLACES[first]} {rest}".strip() if first in PLACES else text


def fact(key: str, value: Any) -> str:
    """A value of the detail as a reader would write it."""
    if isinstance(value, bool):
        return str(gettext("yes") if value else gettext("no"))
    if value is None or value == "":
        return "—"
    if isinstance(value, list | Mapping):
        return json.dumps(value, ensure_ascii=False)
    if key == "reason" and value in REASONS:
        return str(REASONS[value])
    return str(TERMS.get(value, value)) if isinstance(value, str) else str(value)


def label(key: str) -> str:
    return str(FACTS.get(key, key))


def note(detail: Mapping[str, Any]) -> str:
    """Why somebody was not let in, and that the account was locked by it."""
    reason = str(REASONS.get(detail.get("reason", ""), ""))
    if reason and detail.get("locked"):
        return str(gettext("%(reason)s; now locked", reason=reason))
    return reason


def flaw(code: str, seq: int) -> str:
    """What does not hold, and where."""
    return str(FLAWS[code]).format(seq=seq)
