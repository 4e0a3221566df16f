"""问责, from the inquiry to the report: facts by version, 见面与申辩, answers (条例 11)."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from models import Task
from workflows import cases, codes, documents
from workflows.accountability import all_subjects, refuse_party, set_inquiry_due
from workflows.deadlines import day_of
from workflows.documents import Paper
from workflows.errors import Invalid, Refused
from workflows.forms import Fault
from workflows.parties import ids_of, local, names
from workflows.registry import Act, effect, guard, operation
from workflows.subjects import from_vars

LENIENCY = frozenset({"17", "18", "19"})  # exempt, lenient, aggravated


@guard("accountability", "inquiry_extension_asked")
def extension_in_time(act: Act) -> None:
    """Asked before the due date, once."""
    due = datetime.fromisoformat(act.vars["due"]["inquiry"])
    if act.vars.get("inquiry_extended"):
        raise Refused("An extension can be asked for once.", guard="extension")
    if act.now > due:
        raise Refused("An extension is asked for before the due date.", guard="extension")


@guard("accountability", "inquiry_extension_decide")
def extension_within_bounds(act: Act) -> None:
    refuse_party(act)
    if act.answers["granted"]:
        due = datetime.fromisoformat(act.vars["due"]["inquiry"])
        new = datetime.fromisoformat(f"{act.answers['new_due']}T00:00:00+08:00")
        longest = act.days("inquiry_extension")
        if not 0 < act.calendar.workdays_between(day_of(due), day_of(new)) <= longest:
            raise Invalid(
                "An inquiry is extended by at most {days} working days.",
                days=longest,
                fields={"new_due": Fault("Choose another day.")},
            )


@operation("apply_inquiry_extension")
def apply_inquiry_extension(act: Act) -> None:
    """Stored date and open task move together; the original stays on the task."""
    said = act.vars["inquiry_extension_decide"]
    act.vars["inquiry_extended"] = True
    if not said["granted"]:
        return
    due = act.calendar.end_of_day(datetime.fromisoformat(said["new_due"]).date())
    act.vars["due"]["inquiry"] = due.isoformat()
    task = act.session.scalars(
        select(Task).where(
            Task.case_id == act.case.id, Task.node == "investigate", Task.done_at.is_(None)
        )
    ).one()
    cases.move_due_date(act.session, task, due, calendar=act.calendar)


@effect("accountability", "write_facts")
def facts_written(act: Act) -> None:
    """A new version of the facts: what was heard on an older one no longer counts (guard 3)."""
    act.vars["facts_version"] = int(act.vars.get("facts_version", 0)) + 1
    for one in all_subjects(act):
        material = [row for row in act.answers["material"] if row["subject"] in (one.key, one.name)]
        documents.issue(
            act,
            Paper(
                "fact_material",
                {
                    "subject": one.name,
                    "material": material or act.answers["material"],
                    "version": act.vars["facts_version"],
                },
                about=one.key,
                serve=ids_of(act.vars["subjects"][one.key]["subject"]),
            ),
        )


@guard("accountability", "meet_subject")
def two_met_him(act: Act) -> None:
    """见面: enough of the team were present."""
    present = set(ids_of(act.answers["present"])) & set(ids_of(act.vars["team"]))
    least = act.rule("team_min")
    if len(present) < least:
        raise Refused(
            "The subject is heard by at least {least} of the team.",
            guard="team",
            least=least,
            fields={"present": Fault("Name at least {least} of the team.", least=least)},
        )


@effect("accountability", "answer_points")
def points_answered(act: Act) -> None:
    """The 见面 record of this version of the facts stands in the file (guard 3 asks for it)."""
    key, subject = _scope_subject(act)
    here = act.vars["meeting"][key]
    opinion = here.get("subject_opinion") or {}
    documents.issue(
        act,
        Paper(
            "meeting_record",
            {
                "subject": subject.name,
                "at": local(here["meet_subject"]["met_at"]),
                "place": here["meet_subject"]["place"],
                "present": "、".join(names(act, here["meet_subject"]["present"])),
                "heard": here["meet_subject"]["heard"],
                "opinion": opinion.get("opinion", "lapsed"),
                "defence": opinion.get("defence", []),
                "points": act.answers["points"],
                "note": act.answers.get("note", ""),
                "version": act.vars["facts_version"],
            },
            about=key,
        ),
    )
    act.vars.setdefault("heard", {})[key] = act.vars["facts_version"]
    if act.answers["recheck"]:
        set_inquiry_due(act, act.days("inquiry_redo"))


def _scope_subject(act: Act) -> tuple[str, Any]:
    key = act.scope[-1][1]
    return key, from_vars(act.vars["subjects"][key])


def require_heard(act: Act) -> None:
    """Guard 3: no report and no decision without each subject's 见面 record of these facts."""
    heard = act.vars.get("heard") or {}
    missing = [
        one.name for one in all_subjects(act) if heard.get(one.key) != act.vars["facts_version"]
    ]
    if missing:
        raise Refused(
            "{names} has not been heard on this version of the facts.",
            guard="G3",
            names="、".join(missing),
        )


@guard("accountability", "investigate")
def each_article_was_looked_at(act: Act) -> None:
    """Guard 6: whether there is a circumstance of Art 17, 18 or 19 is said, claimed or not."""
    if act.answers["outcome"] != "established":
        return
    looked_at = {row["article"] for row in act.answers["circumstances"]}
    missing = sorted(LENIENCY - looked_at)
    if missing:
        raise Refused(
            "Nothing is said of Art {articles}: say whether such a circumstance was found.",
            guard="G6",
            articles="、".join(missing),
            fields={"circumstances": Fault("Add a row for each article.")},
        )


def require_tags_answered(act: Act, answered: list[dict[str, Any]]) -> None:
    """Guard 6: every circumstance of Arts 17, 18, 19 that was found is adopted or not, and why."""
    rows = act.vars["investigate"].get("circumstances", [])
    found = {row["tag"] for row in rows if row["found"]}
    open_tags = found - {row["tag"] for row in answered if row.get("reason")}
    if open_tags:
        raise Refused(
            "Each circumstance of Arts 17 to 19 is answered: {tags}.",
            guard="G6",
            tags="、".join(sorted(open_tags)),
        )


@guard("accountability", "draft_report")
def report_may_be_written(act: Act) -> None:
    require_heard(act)
    require_tags_answered(act, act.answers.get("circumstances", []))


@effect("accountability", "draft_report")
def report_written(act: Act) -> None:
    documents.issue(
        act,
        Paper(
            "investigation_report",
            {
                **{k: v for k, v in act.answers.items() if k not in ("facts", "basis")},
                "basis": codes.named("basis", act.answers["basis"]),
                "subject": "、".join(one.name for one in all_subjects(act)),
                "team": "、".join(names(act, act.vars["team"])),
            },
        ),
    )
