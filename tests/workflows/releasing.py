"""A process in force, two who may change it, and the ways that a draft goes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from config import ROOT
from models import Definition, DefinitionDraft, Role
from tests.cast import Cast
from workflows import definitions, drafts, releases
from workflows.engine import Bundle
from workflows.releases import Verdict

RENAMED = {"提醒前核对": "提醒前再核对"}
UNFIT = {'value="line_superior(subject)"': 'value="nobody_at_all(subject)"'}
DIAGRAM = "diagrams/reminder"


@lru_cache
def shipped() -> Bundle:
    return Bundle.from_folder(ROOT / "bpmn" / "reminder")


def redrawn(changes: Mapping[str, str] = RENAMED) -> bytes:
    """The shipped diagram with each text on the left made that on the right."""
    text = shipped().diagrams["reminder"].decode()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text.encode()


@dataclass
class Office:
    """The reminder is in force as v1; first and second are process administrators."""

    cast: Cast
    now: datetime

    @classmethod
    def open(cls, cast: Cast, now: datetime) -> "Office":
        cast.grant("second", Role.PROCESS_ADMIN, "work")
        cast.grant("third", Role.PROCESS_ADMIN, "work")
        cast.users["first"] = cast.users["process_admin"]
        definitions.publish(cast.session, shipped(), by=None, now=now)
        return cls(cast, now)

    def by(self, who: str) -> "Hand":
        return Hand(self, who)

    def version(self, number: int, begins: datetime) -> Definition:
        """A version of that number, in force from then on, as if it had been published."""
        drawn = redrawn({"提醒前核对": f"提醒前核对{number}"})
        made = definitions.publish(
            self.cast.session,
            replace(shipped(), diagrams={"reminder": drawn}),
            by=self.cast.users["first"],
            now=self.now,
            effective_from=begins,
        )
        assert made.number == number
        return made

    def in_force(self, at: datetime) -> int:
        return definitions.latest(self.cast.session, "reminder", now=at).number


@dataclass(frozen=True)
class Hand:
    """One person, acting at the office's time."""

    office: Office
    who: str

    @property
    def _act(self) -> dict[str, Any]:
        now = self.office.now
        return {"rights": self.office.cast.rights(self.who, now), "now": now}

    def begin(self) -> DefinitionDraft:
        return drafts.begin(self.office.cast.session, "reminder", **self._act)

    def write(
        self, draft: DefinitionDraft, files: Mapping[str, bytes | None], seen: int | None = None
    ) -> DefinitionDraft:
        seen = draft.version if seen is None else seen
        return drafts.write(self.office.cast.session, draft.id, files, seen=seen, **self._act)

    def take_over(self, draft: DefinitionDraft) -> DefinitionDraft:
        return drafts.take_over(self.office.cast.session, draft.id, **self._act)

    def hand_in(
        self, draft: DefinitionDraft, note: str = "再核对一次", day: date | None = None
    ) -> DefinitionDraft:
        return releases.hand_in(self.office.cast.session, draft.id, note, day, **self._act)

    def review(
        self, draft: DefinitionDraft, approved: bool = True, remark: str = "", seen: int = 0
    ) -> DefinitionDraft:
        verdict = Verdict(approved, remark, seen or draft.version)
        return releases.review(self.office.cast.session, draft.id, verdict, **self._act)

    def publish(self, draft: DefinitionDraft, day: date | None = None) -> Definition:
        return releases.publish(self.office.cast.session, draft.id, day, **self._act)

    def discard(self, draft: DefinitionDraft) -> DefinitionDraft:
        return drafts.discard(self.office.cast.session, draft.id, **self._act)

    def go_on(self, draft: DefinitionDraft) -> DefinitionDraft:
        return drafts.go_on_from_newest(self.office.cast.session, draft.id, **self._act)

    def retire(self, number: int, reason: str = "有误") -> Definition:
        session = self.office.cast.session
        return releases.retire(session, "reminder", number, reason, **self._act)

    def withdraw(self, number: int, reason: str = "有误") -> Definition:
        session = self.office.cast.session
        return releases.withdraw(session, "reminder", number, reason, **self._act)

    def changed(self) -> DefinitionDraft:
        """A draft in which one step has another name."""
        return self.write(self.begin(), {DIAGRAM: redrawn()})
