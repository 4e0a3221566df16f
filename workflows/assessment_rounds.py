"""机关党建考核 as a process: scheme, cutoff, facts, teams, business results, grades, publicity."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Assessment, Case, Scheme, Unit, UnitKind, UnitSheet, User
from workflows import (
    assessments,
    business_books,
    cases,
    documents,
    gradings,
    recusals,
    schemes,
    score_sheets,
    scores,
    scoring,
)
from workflows.access import Rights, require_role
from workflows.assessments import Entered
from workflows.deadlines import day_of
from workflows.documents import Paper
from workflows.engine import Outcome
from workflows.errors import Invalid, NotAllowed, Refused
from workflows.forms import Fault
from workflows.parties import ids_of
from workflows.registry import Act, decided, effect, guard, inputs, operation
from workflows.year_facts import exact

TEAM_MIN = "team_min"
WORDS = {"good": "好", "fair": "较好", "average": "一般", "poor": "差"}
BY_TEAM = ("self_report", "panel", "survey")


def begin(
    session: Session, unit: Unit, year: int, *, group: str, rights: Rights, now: datetime
) -> Case:
    """The year's assessment of a group waits for its scheme; begun again, it is the same one."""
    require_role(rights, "assessor")
    if not rights.covers(unit, ["assessor"], posts=False):
        raise NotAllowed("This is not among your duties.")
    opening = cases.Opening(
        process="assessment",
        key=f"assessment:{group}:{year}",
        title=f"{year}年度机关党建考核",
        unit_id=unit.id,
        variables={"year": year, "group": group},
    )
    return cases.begin(session, opening, by=rights.user, now=now)


def of_case(act: Act) -> Assessment:
    """The assessment that the case at hand runs."""
    return act.session.scalars(select(Assessment).where(Assessment.case_id == act.case.id)).one()


@guard("assessment", "set_scheme")
def the_scheme_holds(act: Act) -> None:
    """A draft without faults, units that are organs, and two of the team left for each."""
    said = act.answers
    scheme = schemes.get(act.session, int(said["scheme"]))
    faults: dict[str, str] = {}
    if scheme.year != int(act.vars["year"]) or int(said["year"]) != int(act.vars["year"]):
        faults["year"] = Fault("This round is that of {year}.", year=act.vars["year"])
    if scheme.status == "draft" and (found := schemes.faults_of(scheme)):
        faults["scheme"] = Fault("This scheme has {count} faults.", count=len(found))
    for unit in _units(act, said["units"]):
        if unit.kind != UnitKind.PARTY_GROUP:
            faults["units"] = Fault("{unit} is no organ.", unit=unit.name)
        elif len(_team_for(act, unit, said["team"])) < int(act.rule(TEAM_MIN)):
            faults["team"] = Fault(
                "For {unit} fewer than {least} are left: nobody assesses the own unit.",
                unit=unit.name,
                least=act.rule(TEAM_MIN),
            )
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)


def _units(act: Act, ids: Any) -> Sequence[Unit]:
    return act.session.scalars(select(Unit).where(Unit.id.in_(ids_of(ids))).order_by(Unit.id)).all()


def _team_for(act: Act, unit: Unit, team: Any) -> list[str]:
    """The team without who belongs to the unit (回避)."""
    rows = act.session.execute(
        select(User.id, Unit.path)
        .outerjoin(Unit, Unit.id == User.unit_id)
        .where(User.id.in_(ids_of(team)))
        .order_by(User.id)
    )
    return [str(user_id) for user_id, path in rows if not (path or "").startswith(unit.path)]


@effect("assessment", "set_scheme")
def scheme_set(act: Act) -> None:
    said = act.answers
    act.vars["units"] = {
        str(unit.id): {
            "unit": str(unit.id),
            "committee": str(committee_of(act.session, unit).id),
            "name": unit.name,
            "team": _team_for(act, unit, said["team"]),
        }
        for unit in _units(act, said["units"])
    }
    cutoff = date.fromisoformat(said["cutoff"])
    act.vars["due"]["cutoff"] = act.calendar.end_of_day(cutoff).isoformat()


def committee_of(session: Session, unit: Unit) -> Unit:
    """The organ's own 机关党委, which answers for it; without one, the organ itself."""
    below = select(Unit).where(
        Unit.parent_id == unit.id,
        Unit.kind == UnitKind.ORGAN_COMMITTEE,
        Unit.abolished_on.is_(None),
    )
    return session.scalars(below.order_by(Unit.id)).first() or unit


@effect("assessment", "approve_scheme")
def scheme_approved(act: Act) -> None:
    """考核方案 is issued: rules, content and means in one paper."""
    if act.answers["verdict"] != "approve":
        return
    scheme = schemes.get(act.session, int(act.vars["set_scheme"]["scheme"]))
    plan = schemes.plan_of(scheme)
    documents.issue(
        act,
        Paper(
            "assessment_plan",
            {
                "addressee": "各被考核单位",
                "year": act.vars["year"],
                "name": scheme.name,
                "combine": COMBINE[plan.rules.combine],
                "quota": f"{plan.rules.quota * 100:.0f}",
                "content": [
                    {"name": one.name, "points": str(one.points), "means": MEANS[one.means]}
                    for one in plan.indicators
                ],
            },
        ),
    )


COMBINE = {
    "equal": "党建与业务各占一半",
    "coefficient": "业务得分乘以党建等次系数",
    "cap": "总分不高于党建得分",
}
MEANS = {
    "computed": "系统记录计算",
    "self_report": "自评并复核",
    "panel": "考核组评分",
    "survey": "问卷结果",
    "import": "业务考核结果",
    "effect": "以业务成效评价党建",
}


@operation("publish_scheme")
def publish_scheme(act: Act) -> None:
    """The version is in force and frozen; the year's assessment stands on it."""
    said = act.vars["set_scheme"]
    scheme = schemes.get(act.session, int(said["scheme"]))
    schemes.publish(act.session, scheme, by=act.by, now=act.now)
    assessments.begin(
        act.session,
        scheme,
        cutoff=date.fromisoformat(said["cutoff"]),
        case_id=act.case.id,
        by=act.by,
        now=act.now,
    )


@operation("freeze_facts")
def freeze_facts(act: Act) -> None:
    assessments.freeze(act.session, of_case(act), _units(act, act.vars["units"]), now=act.now)


def _unit_of(act: Act) -> int:
    key = act.scope[-1][1]
    return int(act.vars["units"][key]["unit"])


@guard("assessment", "self_review")
def the_unit_looked_at_its_facts(act: Act) -> None:
    """Only self-reported indicators take a score of the unit's own."""
    if not act.answers["checked"]:
        raise Invalid("Please mend what is marked.", fields={"checked": Fault("Look first.")})
    _require_means(act, act.answers.get("scores") or [], ("self_report",))


def _require_means(act: Act, rows: Sequence[Mapping[str, Any]], means: Sequence[str]) -> None:
    plan = _plan(act)
    known = {one.code: one for one in plan.indicators}
    for row in rows:
        one = known.get(row["indicator"])
        if one is None or one.means not in means:
            raise Invalid("{code} takes no score here.", code=row["indicator"])


def _plan(act: Act) -> scoring.Scheme:
    assessment = of_case(act)
    return schemes.plan_of(act.session.get_one(Scheme, assessment.scheme_id))


@guard("assessment", "verify_unit")
def the_team_scores_what_it_may(act: Act) -> None:
    """Every open dispute is answered first; evaluators are of the unit's team."""
    unit_id = _unit_of(act)
    if assessments.open_disputes(act.session, of_case(act), unit_id):
        raise Refused("Answer the unit's disputes on its sheet first.", guard="disputes")
    rows = act.answers.get("scores") or []
    _require_means(act, rows, BY_TEAM)
    team = act.vars["units"][act.scope[-1][1]]["team"]
    if any(row["by"] not in team for row in rows):
        raise Refused("Who scores belongs to the team and not to the unit.", guard="recusal")
    recusals.require_free(act.session, of_case(act), unit_id, ids_of([r["by"] for r in rows]))


@effect("assessment", "verify_unit")
def unit_verified(act: Act) -> None:
    """Each evaluator's score is a fact of its own, in his name."""
    for row in act.answers.get("scores") or []:
        _enter(
            act, _unit_of(act), row["indicator"], row["score"], f"panel:{row['by']}", row["basis"]
        )


def _enter(act: Act, unit_id: int, indicator: str, score: float, ref: str, text: str) -> None:
    if act.by is None:
        raise Refused("A score is entered by a person.", guard="person")
    said = Entered(unit_id, indicator, exact(score), ref, text)
    assessments.enter(act.session, of_case(act), said, by=act.by, now=act.now)


@guard("assessment", "enter_business")
def every_unit_has_its_result(act: Act) -> None:
    """One line for each unit; none is asked for where the workbook brought all."""
    given = [int(row["unit"]) for row in act.answers.get("results") or []]
    units = set(ids_of(act.vars["units"]))
    told = business_books.whole(act.session, of_case(act), units)
    if len(given) != len(set(given)) or not units - told <= set(given) <= units:
        raise Invalid(
            "Each unit has one line.", fields={"results": Fault("Each unit has one line.")}
        )


@effect("assessment", "enter_business")
def business_entered(act: Act) -> None:
    """The imported result reaches every business indicator in the same share."""
    imported = [one for one in _plan(act).of_side("business") if one.means == "import"]
    ref = f"file:{act.answers['source']}"
    known = business_books.brought_in(act.session, of_case(act))  # by workbook: asked for once
    for row in act.answers.get("results") or []:
        for one in (one for one in imported if (int(row["unit"]), one.code) not in known):
            points = one.points * exact(row["score"]) / Decimal(100)
            _enter_points(act, int(row["unit"]), one.code, points, ref)


def _enter_points(act: Act, unit_id: int, code: str, points: Decimal, ref: str) -> None:
    if act.by is None:
        raise Refused("A score is entered by a person.", guard="person")
    said = Entered(unit_id, code, points, ref, "业务考核结果")
    assessments.enter(act.session, of_case(act), said, by=act.by, now=act.now)


@operation("compute_scores")
def compute_scores(act: Act) -> None:
    """合成: both sides stand beside each other, and the total by the scheme's way."""
    scores.compute(act.session, of_case(act), _units(act, act.vars["units"]))
    act.vars["sheets"] = {
        key: {name: item[name] for name in ("unit", "committee", "name")}
        for key, item in act.vars["units"].items()
    }


@inputs("assessment_grade")
def grade_inputs(act: Act) -> Mapping[str, Any]:
    """The table's inputs for one unit, from its sheet."""
    sheet = _sheet(act, int((act.item or {})["unit"]))
    return {
        "veto": bool(sheet.vetoes),
        "points": float(sheet.total),
        "quota_left": sheet.reason not in ("over_quota", "tie"),
    }


def _sheet(act: Act, unit_id: int) -> UnitSheet:
    found = score_sheets.sheet_of(act.session, of_case(act), unit_id)
    if found is None:
        raise Refused("This unit has no sheet.", guard="sheet")
    return found


@decided("assessment_grade")
def grade_suggested(act: Act, outcome: Outcome) -> None:
    if isinstance(outcome.value, Mapping):
        _sheet(act, int((act.item or {})["unit"])).suggested = str(outcome.value["grade"])


@guard("assessment", "moderate")
def every_unit_is_moderated(act: Act) -> None:
    """One line each; a reason where it differs, where a veto applies and where units tie."""
    rows = act.answers["items"]
    if sorted(int(row["unit"]) for row in rows) != sorted(ids_of(act.vars["units"])):
        raise Invalid("Each unit has one line.", fields={"items": Fault("Each unit has one line.")})
    for row in rows:
        sheet = _sheet(act, int(row["unit"]))
        name = act.vars["units"][str(row["unit"])]["name"]
        if row["proposed"] != sheet.suggested and not (row.get("reason") or "").strip():
            raise Refused(
                "{unit}: a grade other than the suggested one needs a reason.",
                unit=name,
                guard="reason",
            )
        if sheet.reason == "tie" and row["proposed"] == "good" and not row.get("tie_reason"):
            raise Refused("{unit}: say why it goes before its equals.", unit=name, guard="tie")


@effect("assessment", "moderate")
def moderated(act: Act) -> None:
    """A veto counts from here on only where a person has confirmed it."""
    for row in act.answers["items"]:
        if row.get("veto_confirmed") and act.by is not None:
            gradings.confirm_vetoes(
                act.session, of_case(act), int(row["unit"]), by=act.by, now=act.now
            )


@operation("prepare_hearing")
def prepare_hearing(act: Act) -> None:
    """Each unit hears its own result; after a review only who had objected."""
    again = act.vars.get("objectors")
    keys = again or list(act.vars["units"])
    act.vars["hear_for"] = {key: act.vars["sheets"][key] for key in keys}


@guard("assessment", "confirm_result")
def heard_once(act: Act) -> None:
    if act.answers["answer"] == "object" and act.vars.get("objectors"):
        raise Refused("Your objection was reviewed already; it is heard once.", guard="once")


def _objectors(act: Act) -> list[str]:
    heard = act.vars.get("hear_units") or {}
    return [
        key
        for key, said in heard.items()
        if (said.get("confirm_result") or {}).get("answer") == "object"
    ]


@guard("assessment", "review_scores")
def every_objection_is_answered(act: Act) -> None:
    """One line for each unit that objected; what is changed is a fact struck, never a score."""
    rows = act.answers["items"]
    if sorted(str(row["unit"]) for row in rows) != sorted(_objectors(act)):
        raise Invalid("Each unit has one line.", fields={"items": Fault("Each unit has one line.")})


@effect("assessment", "review_scores")
def scores_reviewed(act: Act) -> None:
    act.vars["objectors"] = _objectors(act)
    scores.compute(act.session, of_case(act), _units(act, act.vars["units"]))


@guard("assessment", "decide_assessment")
def the_decision_holds(act: Act) -> None:
    """集体审定: the quota and the reasons hold, whatever the diagram before it says."""
    if act.answers["verdict"] != "approve":
        return
    if date.fromisoformat(act.answers["held_on"]) > day_of(act.now):
        raise Invalid("Please mend what is marked.", fields={"held_on": Fault("Not yet held.")})
    rows = act.answers["grades"]
    if sorted(int(row["unit"]) for row in rows) != sorted(ids_of(act.vars["units"])):
        raise Invalid(
            "Each unit has one line.", fields={"grades": Fault("Each unit has one line.")}
        )


@effect("assessment", "decide_assessment")
def assessment_decided(act: Act) -> None:
    if act.answers["verdict"] != "approve" or act.by is None:
        return
    reasons = gradings.reasons_of(act.vars["moderate"])
    grades = {
        int(row["unit"]): (row["grade"], reasons.get(str(row["unit"])) or gradings.BY_COMMITTEE)
        for row in act.answers["grades"]
    }
    gradings.decide(act.session, of_case(act), grades, by=act.by, now=act.now)
