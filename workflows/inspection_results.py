"""What an inspection leads to: settled, summed up, established, rectified, reported."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from models import FieldFinding, Finding, Inspection, Unit, Visit
from workflows import assignment, documents, findings, inspection_visits, proposals, rectifications
from workflows.deadlines import day_of
from workflows.documents import Paper, chinese_date
from workflows.errors import Invalid, Refused
from workflows.forms import Fault
from workflows.inspection_overlaps import KINDS
from workflows.inspections import head_of, methods, of_case, secretaries, visits
from workflows.registry import Act, effect, guard, operation
from workflows.subjects import from_vars, organisation
from workflows.weak_grades import answer_of

NONE_FOUND = "未发现需要整改的问题"


def _visit(act: Act) -> Visit:
    key = act.scope[-1][1]
    return next(one for one in visits(act.session, of_case(act)) if str(one.unit_id) == key)


@guard("inspection", "field_work")
def the_field_work_holds(act: Act) -> None:
    """Something was looked at, each problem stands on evidence, and the outcome says so."""
    visit, inspection = _visit(act), of_case(act)
    on = date.fromisoformat(act.answers["visited_on"])
    faults: dict[str, str] = {}
    if not inspection.from_day <= on <= day_of(act.now):
        faults["visited_on"] = Fault("A day from {day} up to today.", day=inspection.from_day)
    found = bool(inspection_visits.for_unit(act.session, visit))
    if found != (act.answers["outcome"] == "problems"):
        faults["outcome"] = Fault("It does not agree with the problems on file.")
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)
    if not inspection_visits.evidence_of(act.session, visit):
        raise Refused("Put down at least one piece of evidence first.", guard="evidence")


@effect("inspection", "field_work")
def visited(act: Act) -> None:
    """The day stands, and who headed the unit on it."""
    visit = _visit(act)
    visit.visited_on = date.fromisoformat(act.answers["visited_on"])
    unit = act.session.get_one(Unit, visit.unit_id)
    visit.head_then = head_of(act.session, unit, visit.visited_on)


@guard("inspection", "hear_unit")
def the_unit_answered_each(act: Act) -> None:
    if not act.answers["read"]:
        raise Invalid("Please mend what is marked.", fields={"read": Fault("Look first.")})
    if any(not one.answer for one in inspection_visits.for_unit(act.session, _visit(act))):
        raise Refused("Answer each problem on the inspection's page first.", guard="answers")


@effect("inspection", "hear_unit")
def heard(act: Act) -> None:
    _visit(act).answered_at = act.now


@guard("inspection", "settle_findings")
def each_is_settled(act: Act) -> None:
    if any(not one.verdict for one in inspection_visits.for_unit(act.session, _visit(act))):
        raise Refused("Settle each problem on the inspection's page first.", guard="settled")


@effect("inspection", "settle_findings")
def settled(act: Act) -> None:
    """What nobody answered is on record as silence, never as consent."""
    visit = _visit(act)
    visit.settled_at = act.now
    for one in inspection_visits.for_unit(act.session, visit):
        one.answer = one.answer or "silent"


@effect("inspection", "write_summary")
def summed_up(act: Act) -> None:
    """综合报告, with each unit's problems as they were settled; what is a lead is left out."""
    row, said = of_case(act), act.answers
    documents.issue(
        act,
        Paper(
            "inspection_report",
            {
                "subject": row.topic,
                "from_day": chinese_date(row.from_day),
                "to_day": chinese_date(row.to_day),
                "topic": row.topic,
                "kind": KINDS[row.kind],
                "register_no": row.register_no,
                "methods": methods(row),
                "common": said["common"],
                "good": said.get("good") or "",
                "suggestions": said["suggestions"],
                "units": [_summary(act, visit) for visit in visits(act.session, row)],
            },
        ),
    )


def _summary(act: Act, visit: Visit) -> dict[str, str]:
    told = [one.fact for one in inspection_visits.for_unit(act.session, visit)]
    name = act.session.get_one(Unit, visit.unit_id).name
    return {"name": name, "problems": "；".join(told) or NONE_FOUND}


@guard("inspection", "approve_summary")
def the_meeting_was_held(act: Act) -> None:
    if act.answers["verdict"] != "approve":
        return
    if date.fromisoformat(act.answers["held_on"]) > day_of(act.now):
        raise Invalid("Please mend what is marked.", fields={"held_on": Fault("Not yet held.")})


@operation("establish_findings")
def establish_findings(act: Act) -> None:
    """确认问题: each is a finding that counts; every unit gets its own list, and no other's."""
    row = of_case(act)
    row.state = "established"
    found: dict[str, Any] = {}
    for visit in visits(act.session, row):
        for one in inspection_visits.standing(act.session, visit):
            finding = _established(act, row, visit, one)
            found[str(finding.id)] = {
                "unit": str(visit.unit_id),
                "severity": one.severity,
                "subject": organisation(act.session, visit.unit_id).as_vars(),
            }
        _feed_back(act, row, visit)
    act.vars["found"] = found


def _established(act: Act, row: Inspection, visit: Visit, one: FieldFinding) -> Finding:
    """Of no case, so that it is seen by its unit: nobody else of the inspection sees it."""
    day = visit.visited_on or day_of(act.now)
    finding = findings.find(
        act.session,
        findings.Fact(
            key=f"inspection:{one.id}",
            fact=one.fact,
            unit_id=visit.unit_id,
            kind="inspection",
            severity=one.severity,
            rule=one.rule,
            basis=one.basis,
            evidence=_references(act, one),
            happened_on=day,
            calendar=act.calendar.label(day),
        ),
        by=act.by,
        now=act.now,
    )
    one.finding_id = finding.id
    return finding


def _references(act: Act, one: FieldFinding) -> tuple[Mapping[str, str], ...]:
    """What was seen, and of a record that was drawn the record itself."""
    found: list[Mapping[str, str]] = []
    for piece in cited(act, one):
        label = f"{piece.held_on} {piece.text}"[:200]
        found.append({"type": "field_evidence", "id": str(piece.id), "label": label})
        if piece.record_id is not None:
            found.append({"type": "evidence", "id": str(piece.record_id)})
    return tuple(found)


def cited(act: Act, one: FieldFinding) -> list[Any]:
    visit = act.session.get_one(Visit, one.visit_id)
    pieces = inspection_visits.evidence_of(act.session, visit)
    return [piece for piece in pieces if str(piece.id) in one.evidence]


def _feed_back(act: Act, row: Inspection, visit: Visit) -> None:
    unit = act.session.get_one(Unit, visit.unit_id)
    told = inspection_visits.for_unit(act.session, visit)
    documents.issue(
        act,
        Paper(
            "inspection_feedback",
            {
                "subject": unit.name,
                "addressee": unit.name,
                "topic": row.topic,
                "from_day": chinese_date(row.from_day),
                "to_day": chinese_date(row.to_day),
                "head": visit.head_then,
                "clean": not told,
                "problems": [
                    {
                        "problem": one.fact,
                        "basis": one.basis,
                        "requirement": one.requirement,
                        "evidence": "；".join(piece.text for piece in cited(act, one)),
                    }
                    for one in told
                ],
            },
            about=f"unit-{unit.id}",
            serve=secretaries(act, unit),
        ),
    )


@operation("start_rectifications")
def start_rectifications(act: Act) -> None:
    """下发整改: one list for each unit with problems, with 回访; and what the rules propose."""
    row = of_case(act)
    for key, item in act.vars["found"].items():
        _propose(act, int(key), item, answer_of(act, "match_findings", key))
    for visit in visits(act.session, row):
        told = inspection_visits.for_unit(act.session, visit)
        if told:
            _list_for(act, row, visit, told)
    act.session.flush()


def _propose(act: Act, finding_id: int, item: Mapping[str, Any], answer: Any) -> None:
    """The first row that the table hit; nothing where it answers none, and nobody is moved."""
    hits = answer if isinstance(answer, list) else []
    if not hits or hits[0].get("measure") in (None, "none"):
        return
    first: Mapping[str, Any] = hits[0]
    proposals.propose(
        act.session,
        proposals.Draft(
            ground="inspection",
            measure=str(first["measure"]),
            to=str(first["to"]),
            subject=from_vars(item["subject"]),
            findings=[finding_id],
            why={
                "inputs": {"severity": item["severity"]},
                "basis": first.get("basis"),
                "further": hits[1:],
            },
            rule="measure_proposal",
            origin=f"{act.case.id}:{finding_id}",
            origin_case=act.case,
        ),
        by=None,
        now=act.now,
    )


def _list_for(act: Act, row: Inspection, visit: Visit, told: Sequence[FieldFinding]) -> None:
    unit = act.session.get_one(Unit, visit.unit_id)
    owner = secretaries(act, unit)
    reviewer = sorted(_supervisors(act, unit) - set(owner))
    if not owner or not reviewer:
        return
    case = rectifications.begin(
        act.session,
        rectifications.Listed(
            origin="inspection",
            key=f"rectification:inspection:{row.id}:{unit.id}",
            unit=unit,
            owner=owner,
            reviewer=reviewer,
            problems=[
                {"problem": one.fact, "basis": one.basis, "requirement": one.requirement}
                for one in told
            ],
            days=act.days("rect_other"),
            revisit=True,
            parent=act.case,
        ),
        by=act.by,
        now=act.now,
    )
    visit.rectification_id = case.id


def _supervisors(act: Act, unit: Unit) -> set[int]:
    """Who supervises the unit today, by the seat nearest above it."""
    found = assignment.someone_for(
        act.session, "role(supervisor)", subject={}, unit_id=unit.id, now=act.now
    )
    held = (assignment.holders_of(act.session, one, now=act.now) for one in found.principals)
    return {user for users in held for user in users}


@effect("inspection", "report_up")
def reported(act: Act) -> None:
    if act.answers["done"] == "reported" and date.fromisoformat(act.answers["on"]) > day_of(
        act.now
    ):
        raise Invalid("Please mend what is marked.", fields={"on": Fault("This day is to come.")})
    of_case(act).state = "closed"
