"""A whole case in memory: the engine runs the ladder's own diagram, the record gives the answers.

What an automatic step would write is left out; what the diagram reads of it is kept (`KEEPS`).
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from workflows.deadlines import Calendar, day_of
from workflows.engine import Call, EngineFault, Outcome, ReadyTask, Spec, to_json
from workflows.engine.replay import Replay
from workflows.grounds import GROUNDS
from workflows.hosting import calendar_functions
from workflows.levels import STEPS
from workflows.subjects import Subject
from workflows.what_if.answers import Record, Said, made_up

MOST_STEPS = 60  # of one case: a ladder that never ends is shown as standing still
TAKEN_AT = {"hold_talk": "reminder", "approve_interview": "interview"}
STOPPED = "stopped"


@dataclass
class Given:
    """What a case begins with."""

    process: str
    key: str
    subject: Subject
    ground: str
    case_id: int | None
    at: datetime


@dataclass
class Lived:
    """What became of it: proposals, measures taken, steps opened, where it stands."""

    proposals: list[tuple[datetime, str, Mapping[str, Any]]] = field(default_factory=list)
    taken: list[tuple[str, date]] = field(default_factory=list)
    steps: list[tuple[str, str, datetime]] = field(default_factory=list)  # node, who, opened
    assumed: Counter[str] = field(default_factory=Counter)
    stood_at: str = ""
    level: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class World:
    """What all cases of a run share: rules, calendar, answers, the end of the span."""

    specs: Mapping[str, Spec]
    forms: Mapping[str, Mapping[str, bytes]]
    days: Mapping[str, Any]
    rule: Mapping[str, Any]
    calendar: Calendar
    until: datetime


class Life:
    """One case under one ladder; also the engine's host."""

    def __init__(
        self, given: Given, world: World, record: Record, reminded: Callable[[date], bool]
    ) -> None:
        self.given, self.world, self.record = given, world, record
        self._reminded = reminded
        self.now = given.at
        self.lived = Lived()
        self._visits: Counter[str] = Counter()
        self._hits: list[Mapping[str, Any]] = []
        self._ground = ""

    def run(self) -> Lived:
        """The case until it ends, stands still, or the span is over."""
        spec = self.world.specs[self.given.process]
        try:
            self._run(Replay.start(spec, vars=self._vars(), host=self, now=self.now))
        except (EngineFault, KeyError, TypeError, ValueError) as fault:
            self.lived.stood_at = str(getattr(fault, "node", None) or self.given.process)
        return self.lived

    def _vars(self) -> dict[str, Any]:
        subject = self.given.subject
        users = [str(subject.user_id)] if subject.user_id else []
        return {
            "due": {},
            "unit": str(subject.unit_id),
            "subject": subject.as_vars(),
            "subject_users": users,
            "findings": [],
            "proposal": "",
            "ground": self.given.ground,
            "days": dict(self.world.days),
            "rule": dict(self.world.rule),
        }

    def _run(self, case: Replay) -> None:
        planned: dict[UUID, tuple[ReadyTask, Said]] = {}
        for _ in range(MOST_STEPS):
            if case.is_finished:
                return
            ready = {one.id: one for one in case.ready_tasks()}
            planned = {key: value for key, value in planned.items() if key in ready}
            for one in ready.values():
                if one.id not in planned:
                    planned[one.id] = (one, self._planned(case, one))
            if not self._step(case, planned):
                return
        self.lived.stood_at = STOPPED

    def _step(self, case: Replay, planned: dict[UUID, tuple[ReadyTask, Said]]) -> bool:
        """The next answer or timer; False where nothing more comes within the span."""
        coming = [(said.at, one) for one, said in planned.values() if said.answers is not None]
        first = min(coming, key=lambda pair: (pair[0], pair[1].node), default=None)
        wake = case.wake_at
        if first is None and wake is None:
            self.lived.stood_at = next((one.node for one, _ in planned.values()), STOPPED)
            return False
        by_timer = first is None or (wake is not None and wake <= first[0])
        at = wake if by_timer else first[0] if first else None
        if at is None or at > self.world.until:
            return False
        self.now = max(at, self.now)
        case.at(self.now)
        if by_timer:
            case.advance()
        elif first is not None:
            self._answer(case, first[1], planned.pop(first[1].id)[1].answers or {})
        return True

    def _planned(self, case: Replay, task: ReadyTask) -> Said:
        visit = self._visits[task.node]
        self._visits[task.node] += 1
        self.lived.steps.append((task.node, task.properties.get("who", ""), self.now))
        said = self.record.answer(
            task.node,
            self.given.key,
            visit,
            unit_id=self.given.subject.unit_id,
            case_id=self.given.case_id,
            now=self.now,
        )
        if said is not None:
            return said
        self.lived.assumed[task.node] += 1
        due = _due(case, task) or self.world.calendar.end_of_day(day_of(self.now))
        forms = self.world.forms[self.given.process]
        schema = forms.get(f"{task.properties.get('formKey', '')}.schema.json")
        return Said(due, made_up(schema), assumed=True)

    def _answer(self, case: Replay, task: ReadyTask, answers: dict[str, Any]) -> None:
        answers = self._bounded(task.node, answers, case.vars)
        if keep := KEEPS.get(task.node):
            keep(self, case.vars, answers)
        if task.node in TAKEN_AT and answers.get("verdict", "approve") == "approve":
            self.lived.taken.append((TAKEN_AT[task.node], day_of(self.now)))
        case.complete(task.id, answers)

    def _bounded(self, node: str, answers: dict[str, Any], vars: dict[str, Any]) -> dict[str, Any]:
        """A second answer is asked for, a list sent back, no oftener than the rule lets."""
        rule, rect = self.world.rule, vars.get("rect") or {}
        if node == "assess_reminder" and answers.get("verdict") == "again":
            bound = vars.get("asked_again", 0) >= int(rule["reply_again_max"])
            return {**answers, "verdict": "corrected"} if bound else answers
        if node == "rect_verify" and answers.get("overall") == "return":
            bound = rect.get("returns", 0) >= int(rule["rect_returns_max"])
            return {**answers, "overall": "pass"} if bound else answers
        return answers

    # --- what the engine asks ------------------------------------------------------------------

    @property
    def functions(self) -> Mapping[str, Callable[..., object]]:
        return calendar_functions(self.world.calendar, self.now)

    def call(self, operation: str, call: Call) -> None:
        if operation == "issue_letter":
            self.lived.taken.append(("reminder", day_of(self.now)))
        elif operation == "rect_issue":
            days = int(call.vars["rect"]["days"])
            call.vars["due"]["rect"] = self.end_of(days)
            call.vars["rect"] |= {"returns": 0, "result": "stopped"}
        elif operation == "rect_count_return":
            call.vars["rect"]["returns"] = int(call.vars["rect"].get("returns", 0)) + 1
        elif operation in ("rect_pass", "rect_propose_fail"):
            passed = operation == "rect_pass"
            call.vars["rect"]["result"] = "passed" if passed else "failed"
        if "propose" in operation and self._hits and self._hits[0].get("measure") != "none":
            self.lived.proposals.append((self.now, self._ground, self._hits[0]))

    def end_of(self, days: int) -> str:
        """The end of the day so many working days on."""
        day = self.world.calendar.add_workdays(day_of(self.now), days)
        return self.world.calendar.end_of_day(day).isoformat()

    def decision_inputs(self, decision: str, call: Call) -> Mapping[str, object]:
        subject = self.given.subject
        if decision == "approval_level":
            return {
                "step": STEPS.get(call.node.id, "decision"),
                "kind": "org" if subject.kind == "org" else "cadre",
                "form": call.vars.get("form"),
                "managed_by": subject.managed_by,
                "principal": subject.principal,
            }
        if decision != "measure_proposal":
            return {}
        rect = call.vars.get("rect") or {}
        failed = call.node.id == "rect_match_fail"
        self._ground = str(
            rect.get("ground", "failed") if failed else GROUNDS.get(call.node.id, "")
        )
        return {
            "ground": self._ground,
            "origin": str(rect.get("origin") or self.given.process),
            "kind": subject.kind,
            "serious": bool(call.vars.get("serious")),
            "reminded_6m": self._reminded(day_of(self.now)),
            "grade": call.vars.get("grade"),
            "severity": call.vars.get("severity"),
        }

    def decided(self, decision: str, call: Call, outcome: Outcome) -> None:
        value = to_json(outcome.value)
        if decision == "approval_level":
            call.vars["min"] = dict(value)
            self.lived.level = dict(value)
        if decision == "measure_proposal":
            self._hits = value if isinstance(value, list) else [value] if value else []


def _due(case: Replay, task: ReadyTask) -> datetime | None:
    if not task.properties.get("due"):
        return None
    try:
        value = to_json(case.evaluate(task.properties["due"], task.scope, task.item))
        found = datetime.fromisoformat(str(value))
    except (EngineFault, ValueError):
        return None
    return found if found.tzinfo else None


def _reply(life: Life, vars: dict[str, Any], answers: dict[str, Any]) -> None:
    for name in ("reply_due", "new_reply_due"):
        if answers.get(name):
            end = life.world.calendar.end_of_day(date.fromisoformat(answers[name]))
            vars["due"]["reply"] = end.isoformat()
    if answers.get("verdict") == "again":
        vars["asked_again"] = int(vars.get("asked_again", 0)) + 1
        vars["due"].setdefault("reply", life.end_of(int(life.world.days["reply_reminder"])))
    if answers.get("form") == "letter" and "reply" not in vars["due"]:
        vars["due"]["reply"] = life.end_of(int(life.world.days["reply_reminder"]))


def _talk(life: Life, vars: dict[str, Any], answers: dict[str, Any]) -> None:
    if answers.get("reply_needed"):
        vars["due"]["reply"] = life.end_of(int(life.world.days["reply_reminder"]))


def _plan(life: Life, vars: dict[str, Any], answers: dict[str, Any]) -> None:
    vars["talkers"] = answers.get("talkers") or []
    vars["recorder"] = answers.get("recorder") or ""
    vars["reviewer"] = ""
    notice = life.end_of(int(life.world.days["interview_notice"]))
    vars["due"]["planned_at"] = answers.get("planned_at") or notice


def _new_time(life: Life, vars: dict[str, Any], answers: dict[str, Any]) -> None:
    if answers.get("new_at"):
        vars["due"]["planned_at"] = answers["new_at"]


def _held(life: Life, vars: dict[str, Any], answers: dict[str, Any]) -> None:
    _new_time(life, vars, answers)
    vars["rect"] = {
        "origin": life.given.process,
        "unit": str(life.given.subject.unit_id),
        "owner": vars["subject_users"],
        "reviewer": "",
        "problems": [],
        "days": int(life.world.days["rect_interview"]),
        "extension_org": (vars.get("min") or {}).get("org", "work_committee"),
        "extension_rank": (vars.get("min") or {}).get("rank", "deputy"),
        "revisit": True,
    }


def _verified(life: Life, vars: dict[str, Any], answers: dict[str, Any]) -> None:
    if answers.get("overall") == "fail":
        vars["rect"]["ground"] = "failed"
    if answers.get("state") == "relapsed":
        vars["rect"]["ground"] = "relapse"


# What a person's answer leaves in the case for the diagram to read, by the step.
KEEPS: Mapping[str, Callable[[Life, dict[str, Any], dict[str, Any]], None]] = {
    "decide_reminder": _reply,
    "hold_talk": _talk,
    "assess_reminder": _reply,
    "prepare_interview": _plan,
    "review_target": _new_time,
    "hold_interview": _held,
    "rect_verify": _verified,
    "rect_revisit": _verified,
}
