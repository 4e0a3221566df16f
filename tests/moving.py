"""A small process in several versions, its cases, and two who administer it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import insert, inspect, select
from sqlalchemy.orm import Session

from config import ROOT
from models import Base, Case, CaseMove, Definition, Inbox, MovePlan, Role, Task
from models.ids import new_id
from tests.cast import Cast, assemble
from tests.workflows.engine.drawing import boundary, end, line, properties, start, timer
from workflows import cases, definitions, move_plans
from workflows.cases import Opening
from workflows.engine import Bundle
from workflows.move_plans import Wish

PROCESS = "trial"
WHO = "role(supervisor)"
FLOW = re.compile(r'<bpmn:sequenceFlow id="(\w+)"')
SPACES = (
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:di="http://www.omg.org/spec/DD/20100524/DI" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
)


def form(*fields: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {one: {"type": "string", "title": one, "maxLength": 200} for one in fields},
    }


@dataclass(frozen=True)
class Version:
    """Steps in a row; the last name of a pair is what the step is called."""

    steps: tuple[str, ...] = ("write", "check", "sign")
    due: str = "workdays(5)"
    terms: Mapping[str, str] = field(default_factory=dict)  # of single steps
    names: Mapping[str, str] = field(default_factory=dict)
    late: Mapping[str, str] = field(default_factory=dict)  # a timer at a step, and its text
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def bundle(self) -> Bundle:
        return Bundle(PROCESS, {PROCESS: self._diagram()}, forms=self._forms())

    def _diagram(self) -> bytes:
        body = start() + "".join(self._step(one) for one in self.steps) + end()
        for step, text in self.late.items():
            body += boundary(f"late_{step}", step, timer(text), stops=True)
            body += line(f"late_{step}", self.steps[-1])
        body += line("begin", *self.steps, "finished")
        name = f'<bpmn:process id="{PROCESS}" name="试行流程" isExecutable="true">'
        said = f"{name}{properties(nameEn='Trial')}{body}</bpmn:process>{self._picture(body)}"
        head = f'<bpmn:definitions {SPACES} id="d" targetNamespace="t">'
        return f"{head}{said}</bpmn:definitions>".encode()

    def _picture(self, body: str) -> str:
        """A shape for each node and a line for each flow, so that the checks let it pass."""
        here = '<dc:Bounds x="0" y="0" width="9" height="9"/>'
        way = '<di:waypoint x="0" y="0"/><di:waypoint x="9" y="9"/>'
        nodes = ("begin", *self.steps, *(f"late_{one}" for one in self.late), "finished")
        shapes = (f'<bpmndi:BPMNShape bpmnElement="{n}">{here}</bpmndi:BPMNShape>' for n in nodes)
        flows = FLOW.findall(body)
        edges = (f'<bpmndi:BPMNEdge bpmnElement="{f}">{way}</bpmndi:BPMNEdge>' for f in flows)
        plane = f'<bpmndi:BPMNPlane bpmnElement="{PROCESS}">{"".join((*shapes, *edges))}'
        return f"<bpmndi:BPMNDiagram>{plane}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"

    def _step(self, step: str) -> str:
        due = self.terms.get(step, self.due)
        said = properties(who=WHO, due=due, formKey=step)
        name = self.names.get(step, step)
        return f'<bpmn:userTask id="{step}" name="{name}">{said}</bpmn:userTask>'

    def _forms(self) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for step in self.steps:
            schema = form(*self.fields.get(step, ("text",)))
            found[f"{step}.schema.json"] = orjson.dumps(schema)
            found[f"{step}.ui.json"] = orjson.dumps({"order": list(schema["properties"])})
        return found


V1 = Version()


class Office:
    """The city with two process administrators, and the process in force: cases that begin run
    its first version until the later ones are published, at the latest by a plan."""

    def __init__(
        self,
        session: Session,
        now: datetime,
        first: Version,
        *later: Version,
        cast: Cast | None = None,
    ) -> None:
        self.session, self.now, self.later = session, now, list(later)
        self.cast = cast or assemble(session)
        self.cast.grant("process_admin2", Role.PROCESS_ADMIN, "work")
        values = definitions.read_parameters(ROOT / "bpmn" / "_parameters.json")
        definitions.install_parameters(session, values, by=None, now=now)
        self._publish(first)

    @classmethod
    def of(cls, session: Session, now: datetime) -> "Office":
        """What stands there already."""
        found = cls.__new__(cls)
        found.session, found.now, found.later = session, now, []
        found.cast = Cast.of(session)
        return found

    def publish(self, *versions: Version) -> None:
        """These are the newest versions, after those that were still to come."""
        for one in (*self.later, *versions):
            self._publish(one)
        self.later = []

    def _publish(self, version: Version) -> Definition:
        return definitions.publish(self.session, version.bundle(), by=None, now=self.now)

    def begin(self, count: int = 1) -> list[Case]:
        """So many cases, each at its first step."""
        unit = self.cast.units["finance"]
        known = self.session.query(Case).count()
        return [self._begin(known + n, unit.id) for n in range(count)]

    def _begin(self, number: int, unit_id: int) -> Case:
        opening = Opening(
            process=PROCESS, key=f"trial:{number}", title=f"办件{number}", unit_id=unit_id
        )
        return cases.begin(self.session, opening, by=None, now=self.now)

    def many(self, cases: Sequence[Case], count: int) -> None:
        """So many cases more, each as one of these stands, with its tasks, in their inboxes."""
        self.session.flush()
        made: dict[type[Base], list[dict[str, Any]]] = {Case: [], Task: [], Inbox: []}
        for number in range(count):
            model = cases[number % len(cases)]
            key = {"id": new_id(), "key": f"many:{number}", "title": f"副本{number}"}
            made[Case].append(_row(self.session, model) | key)
            for task in self.session.scalars(select(Task).where(Task.case_id == model.id)):
                ids = {"id": new_id(), "case_id": key["id"]}
                made[Task].append(_row(self.session, task) | ids)
                waits = self.session.scalars(select(Inbox).where(Inbox.task_id == task.id))
                made[Inbox] += [_row(self.session, one) | {"task_id": ids["id"]} for one in waits]
        for kind, rows in made.items():
            for alike in _by_columns(rows):
                self.session.execute(insert(kind.__table__), alike)  # type: ignore[arg-type]

    def do(self, case: Case, node: str, **answers: Any) -> Task:
        return self.cast.do(case, node, "supervisor", self.now, answers)

    def plan(self, to: int, *sources: int, **more: Any) -> MovePlan:
        self.publish()
        rights = self.cast.rights("process_admin", self.now)
        wish = Wish(PROCESS, sources or (1,), to, more.pop("reason", "规定修订"), **more)
        return move_plans.make(self.session, wish, rights=rights, now=self.now)

    def approve(self, plan: MovePlan) -> None:
        rights = self.cast.rights("process_admin2", self.now)
        move_plans.approve(self.session, plan.id, rights=rights, now=self.now)

    def revert(self, plan: MovePlan, reason: str = "条件不成熟") -> None:
        rights = self.cast.rights("process_admin2", self.now)
        move_plans.revert(self.session, plan.id, reason, rights=rights, now=self.now)

    def open_nodes(self, case: Case) -> list[str]:
        wanted = select(Task.node).where(Task.case_id == case.id, Task.done_at.is_(None))
        return sorted(self.session.scalars(wanted))

    def states(self, plan: MovePlan) -> list[str]:
        wanted = select(CaseMove.state).where(CaseMove.plan_id == plan.id).order_by(CaseMove.id)
        return list(self.session.scalars(wanted))


def _row(session: Session, row: Base) -> dict[str, Any]:
    """The row as it is stored."""
    table = type(row).__table__
    found = session.execute(select(table).where(*_key(row))).mappings().one()
    return {name: value for name, value in found.items() if value is not None}


def _key(row: Base) -> list[Any]:
    columns = inspect(type(row)).primary_key
    return [column == getattr(row, column.name) for column in columns]


def _by_columns(rows: list[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(tuple(row), []).append(row)
    return found.values()
