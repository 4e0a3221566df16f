"""What a form's references may point to: the people, units and facts within the actor's reach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from models import (
    Case,
    DebriefingRound,
    Finding,
    Grant,
    Holding,
    Matter,
    Post,
    Scheme,
    Seat,
    StoredFile,
    Unit,
    User,
)
from workflows import citations, findings, questionnaires
from workflows.access import READS_CASES, Rights, within
from workflows.deadlines import day_of

MOST = 2000
Option = tuple[str, str]


@dataclass(frozen=True)
class Chooser:
    """Asks for the options of a field, once per page."""

    session: Session
    rights: Rights
    now: datetime
    variables: Mapping[str, Any]
    codes: Mapping[str, Sequence[Mapping[str, str]]]
    case: Case | None = None
    language: str = "zh"

    def __call__(self, ref: str, field: str) -> Sequence[Option]:
        """(value, label) pairs for a reference of a schema; none for one nobody knows."""
        if ref.startswith("codes:"):
            return self._code_list(ref.removeprefix("codes:"))
        ask = {
            "user": self._users,
            "unit": self._units,
            "person_or_unit": self._parties,
            "fact": self._facts,
            "subject": self._subjects,
            "member": self._members,
            "flag": self._flags,
            "matter": self._matters,
            "scheme": self._schemes,
            "file": self._files,
            "questionnaire": self._questionnaires,
            "evidence": self._evidence,
        }.get(ref)
        options = ask() if ask else ()
        return [*options, *self._attending(options)] if field == "present" else options

    def _attending(self, options: Sequence[Option]) -> list[Option]:
        """Who was noted at the round's session, also without a post: delegates of the members."""
        if self.case is None:
            return []
        round_ = select(DebriefingRound.present).where(DebriefingRound.case_id == self.case.id)
        known = {value for value, _ in options}
        there = [int(one) for one in self.session.scalar(round_) or () if one not in known]
        rows = self.session.execute(
            select(User.id, User.name, Unit.name)
            .outerjoin(Unit, Unit.id == User.unit_id)
            .where(User.id.in_(there))
        )
        return [(str(user_id), f"{name}（{unit or '-'}）") for user_id, name, unit in rows]

    def _schemes(self) -> Sequence[Option]:
        """Draft schemes, the newest first: one of them is put to the committee."""
        drafts = self.session.scalars(
            select(Scheme).where(Scheme.status == "draft").order_by(Scheme.id.desc()).limit(50)
        )
        return [(str(one.id), f"{one.year} v{one.number} {one.name}") for one in drafts]

    def _questionnaires(self) -> Sequence[Option]:
        """What may be sent out: the newest published version of each."""
        rows = questionnaires.published(self.session)
        return [(str(one.id), f"{one.title} v{one.number}") for one in rows]

    def _evidence(self) -> Sequence[Option]:
        """What the conclusions of a survey may cite."""
        if self.case is None:
            return ()
        return [(one.ref, one.label) for one in citations.of_case(self.session, self.case.id)]

    def _code_list(self, name: str) -> Sequence[Option]:
        name_key = "name_en" if self.language == "en" else "name"
        return [(one["code"], one.get(name_key) or one["name"]) for one in self.codes.get(name, ())]

    def _users(self) -> Sequence[Option]:
        """Who holds a post in reach, then who works there in a role: 督导员, 承办人."""
        seen: dict[str, str] = {}
        for user_id, name, post, unit in self.session.execute(self._in_posts()):
            seen.setdefault(str(user_id), f"{name}（{unit} {post}）")
        for user_id, name, unit in self.session.execute(self._in_roles()):
            seen.setdefault(str(user_id), f"{name}（{unit}）")
        return list(seen.items())

    def _in_posts(self) -> Any:
        return (
            select(User.id, User.name, Post.kind, Unit.name)
            .join(Holding, Holding.user_id == User.id)
            .join(Post, Post.id == Holding.post_id)
            .join(Unit, Unit.id == Post.unit_id)
            .where(*self._today(Holding), User.enabled.is_(True), self._in_reach())
            .order_by(Unit.path, Post.kind, User.name)
            .limit(MOST)
        )

    def _in_roles(self) -> Any:
        """The three administrators have no part in cases."""
        return (
            select(User.id, User.name, Unit.name)
            .join(Grant, Grant.user_id == User.id)
            .join(Seat, Seat.id == Grant.seat_id)
            .join(Unit, Unit.id == Seat.unit_id)
            .where(*self._today(Grant), User.enabled.is_(True), Seat.role.in_(READS_CASES))
            .where(self._in_reach())
            .order_by(Unit.path, Seat.role, User.name)
            .limit(MOST)
        )

    def _members(self) -> Sequence[Option]:
        """Who holds a post in reach, then whoever belongs to a unit there."""
        seen = dict(self._users())
        rows = self.session.execute(
            select(User.id, User.name, Unit.name)
            .join(Unit, Unit.id == User.unit_id)
            .where(User.enabled.is_(True), User.membership == "full", self._in_reach())
            .order_by(Unit.path, User.name)
            .limit(MOST)
        )
        for user_id, name, unit in rows:
            seen.setdefault(str(user_id), f"{name}（{unit}）")
        return list(seen.items())[:MOST]

    def _today(self, held: type[Holding] | type[Grant]) -> list[ColumnElement[bool]]:
        day = day_of(self.now)
        return [held.since <= day, or_(held.until.is_(None), held.until > day)]

    def _in_reach(self) -> Any:
        """The subtrees open to the actor, the units above him, and the case's own organ."""
        paths = list(self.rights.paths())
        above = {int(part) for path in paths for part in path.split("/") if part}
        reach = or_(within(paths), Unit.id.in_(above))
        if self.case is None:
            return reach
        unit = self.session.get(Unit, self.case.unit_id)
        return or_(reach, within([unit.path])) if unit else reach

    def _units(self) -> Sequence[Option]:
        rows = self.session.execute(
            select(Unit.id, Unit.name)
            .where(Unit.abolished_on.is_(None), self._in_reach())
            .order_by(Unit.path)
            .limit(MOST)
        )
        return [(str(unit_id), name) for unit_id, name in rows]

    def _parties(self) -> Sequence[Option]:
        units = [(f"unit-{value}", label) for value, label in self._units()]
        return units + [(f"user-{value}", label) for value, label in self._users()]

    def _facts(self) -> Sequence[Option]:
        """The facts of the case, and those that stand about its subject and unit."""
        wanted = [int(one) for one in self.variables.get("findings") or []]
        subject = self.variables.get("subject") or {}
        about: list[ColumnElement[bool]] = [Finding.id.in_(wanted)]
        if subject.get("user"):
            about.append(Finding.person_id == int(subject["user"]))
        if self.case is not None:
            about.append(Finding.unit_id == self.case.unit_id)
        rows = self.session.execute(
            select(Finding.id, Finding.fact, Finding.happened_on)
            .where(or_(*about), Finding.status != findings.UNFOUNDED)
            .order_by(Finding.id.in_(wanted).desc(), Finding.happened_on.desc())
            .limit(200)
        )
        return [(str(one), f"{fact}（{day.isoformat()}）") for one, fact, day in rows]

    def _files(self) -> Sequence[Option]:
        """The files of the case: one that was handed in with a form is chosen by its id."""
        if self.case is None:
            return ()
        rows = self.session.execute(
            select(StoredFile.id, StoredFile.name)
            .where(StoredFile.case_id == self.case.id)
            .order_by(StoredFile.id.desc())
            .limit(MOST)
        )
        return [(str(one), name) for one, name in rows]

    def _subjects(self) -> Sequence[Option]:
        rows: Mapping[str, Any] = self.variables.get("subjects") or {}
        return [(key, f"{row['name']} {row.get('post', '')}".strip()) for key, row in rows.items()]

    def _flags(self) -> Sequence[Option]:
        """The flags of a use of results: whose line, under which measure, until when."""
        return [
            (flag["flag"], f"{flag['name']}：{self._word('uses', flag['use'])}，{self._form(flag)}")
            for flag in self.variables.get("flags") or ()
        ]

    def _form(self, flag: Mapping[str, str]) -> str:
        return f"{self._word('accountability_form', flag['form'])}（{flag['until']}）"

    def _word(self, codes: str, code: str) -> str:
        return dict(self._code_list(codes)).get(code, code)

    def _matters(self) -> Sequence[Option]:
        rows = self.session.execute(
            select(Matter.id, Matter.title)
            .join(Unit, Unit.id == Matter.lead_unit_id)
            .where(Matter.closed_at.is_(None), within(self.rights.paths()))
            .order_by(Matter.id.desc())
            .limit(200)
        )
        return [(str(one), title) for one, title in rows]
