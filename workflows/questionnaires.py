"""问卷: drafted question by question, published, then frozen: what comes after is a new version."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from models import Questionnaire, Role, Survey, User
from models.ids import new_id
from workflows import audit, survey_questions
from workflows.access import Rights, require_role
from workflows.errors import Conflict, Invalid, NotFound
from workflows.forms import Fault
from workflows.survey_questions import LONGEST_ANSWER, MOST_QUESTIONS

PAGE = 50
LONGEST_TITLE = 200
Question = Mapping[str, Any]


@dataclass(frozen=True)
class Listed:
    """One line of the list: the newest version, and in how many surveys any of them was used."""

    row: Questionnaire
    used: int


@dataclass(frozen=True)
class Page:
    rows: Sequence[Listed]
    after: int | None  # the id to go on from; none: this was the last page


@dataclass(frozen=True)
class Filter:
    """What narrows the list down."""

    words: str = ""
    state: str = ""


@dataclass(frozen=True)
class Edit:
    """Who changes a draft, which state of it he saw, and when."""

    rights: Rights
    version: int
    now: datetime


def page(
    session: Session,
    chosen: Filter,
    *,
    rights: Rights,
    after: int | None = None,
    size: int = PAGE,
) -> Page:
    """The questionnaires by their newest version, the latest first."""
    require_role(rights, Role.SUPERVISOR)
    other = aliased(Questionnaire)
    newest = select(func.max(other.number)).where(other.code == Questionnaire.code)
    conditions: list[ColumnElement[bool]] = [Questionnaire.number == newest.scalar_subquery()]
    if chosen.words:
        conditions.append(Questionnaire.title.contains(chosen.words, autoescape=True))
    if chosen.state:
        conditions.append(Questionnaire.state == chosen.state)
    if after is not None:
        conditions.append(Questionnaire.id < after)
    wanted = select(Questionnaire).where(*conditions).order_by(Questionnaire.id.desc())
    rows = session.scalars(wanted.limit(size + 1)).all()
    used = _used(session, [row.code for row in rows])
    listed = [Listed(row, used.get(row.code, 0)) for row in rows[:size]]
    return Page(listed, rows[size - 1].id if len(rows) > size else None)


def _used(session: Session, codes: Sequence[str]) -> dict[str, int]:
    counted = (
        select(Questionnaire.code, func.count(Survey.id))
        .join(Survey, Survey.questionnaire_id == Questionnaire.id)
        .where(Questionnaire.code.in_(codes))
        .group_by(Questionnaire.code)
    )
    return dict(session.execute(counted).all())


def get(session: Session, questionnaire_id: int, *, rights: Rights) -> Questionnaire:
    """The questionnaire, for who makes surveys; raises NotFound."""
    require_role(rights, Role.SUPERVISOR)
    found = session.get(Questionnaire, questionnaire_id)
    if found is None:
        raise NotFound("There is no such questionnaire.")
    return found


def versions(session: Session, questionnaire: Questionnaire) -> Sequence[Questionnaire]:
    """All its versions, the newest first."""
    return session.scalars(
        select(Questionnaire)
        .where(Questionnaire.code == questionnaire.code)
        .order_by(Questionnaire.number.desc())
    ).all()


def surveys_with(session: Session, questionnaire: Questionnaire) -> Sequence[Survey]:
    """The surveys that ask this version, the latest first."""
    return session.scalars(
        select(Survey)
        .where(Survey.questionnaire_id == questionnaire.id)
        .order_by(Survey.id.desc())
        .limit(20)
    ).all()


def draft(
    session: Session,
    title: str,
    *,
    rights: Rights,
    now: datetime,
    title_en: str = "",
    questions: Sequence[Question] = (),
) -> Questionnaire:
    """A new questionnaire to be worked on; Invalid without a title."""
    require_role(rights, Role.SUPERVISOR)
    _require_title(title, title_en)
    row = _version(str(new_id()), 1, (title, title_en, questions), by=rights.user, now=now)
    session.add(row)
    session.flush()
    _note(session, row, "questionnaire_drafted", rights.user, now)
    return row


def _version(
    code: str,
    number: int,
    said: tuple[str, str, Sequence[Question]],
    *,
    by: User | None,
    now: datetime,
) -> Questionnaire:
    title, title_en, questions = said
    return Questionnaire(
        code=code,
        number=number,
        title=title.strip(),
        title_en=title_en.strip(),
        questions=[dict(one) for one in questions],
        state="draft",
        made_by=by.id if by else None,
        made_at=now,
        changed_by=by.id if by else None,
        changed_at=now,
    )


def _require_title(title: str, title_en: str) -> None:
    faults: dict[str, str] = {}
    if not title.strip():
        faults["title"] = Fault("Please fill this in.")
    for name, text in (("title", title), ("title_en", title_en)):
        if len(text) > LONGEST_TITLE:
            faults[name] = Fault("No more than {limit} characters, please.", limit=LONGEST_TITLE)
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)


def new_version(
    session: Session, questionnaire: Questionnaire, *, rights: Rights, now: datetime
) -> Questionnaire:
    """A draft that begins with what this version asks; the draft there is, if there is one."""
    require_role(rights, Role.SUPERVISOR)
    newest = versions(session, questionnaire)[0]
    if newest.state == "draft":
        return newest
    said = (questionnaire.title, questionnaire.title_en, questionnaire.questions)
    row = _version(questionnaire.code, newest.number + 1, said, by=rights.user, now=now)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # somebody else began it at the same moment
        return versions(session, questionnaire)[0]
    _note(session, row, "questionnaire_drafted", rights.user, now)
    return row


def rename(
    session: Session, questionnaire: Questionnaire, title: str, title_en: str, edit: Edit
) -> None:
    """The draft has this title."""
    _require_turn(session, questionnaire, edit)
    _require_title(title, title_en)
    questionnaire.title, questionnaire.title_en = title.strip(), title_en.strip()
    _changed(session, questionnaire, questionnaire.questions, edit)


def put(
    session: Session, questionnaire: Questionnaire, place: int, question: Question, edit: Edit
) -> None:
    """The question stands at that place (from 0); at the place after the last it is a new one.

    Invalid field by field where the question does not hold; what does not hold with others is
    told by `faults_of`, and forbids only to publish.
    """
    _require_turn(session, questionnaire, edit)
    questions = list(questionnaire.questions)
    if place < len(questions):
        questions[place] = dict(question)
    elif len(questions) < MOST_QUESTIONS:
        questions.append(dict(question))
        place = len(questions) - 1
    else:
        raise Invalid("At most {limit} questions can be asked.", limit=MOST_QUESTIONS)
    prefix = f"questions-{place}-"
    found = survey_questions.faults_of(questions, longest=LONGEST_ANSWER)
    own = {name.removeprefix(prefix): told for name, told in found.items() if prefix in name}
    if own:
        raise Invalid("Please mend what is marked.", fields=own)
    _changed(session, questionnaire, questions, edit)


def remove(session: Session, questionnaire: Questionnaire, place: int, edit: Edit) -> None:
    """The question at that place is asked no more."""

    def without(questions: list[Any]) -> list[Any]:
        return questions[:place] + questions[place + 1 :]

    _rearrange(session, questionnaire, place, without, edit)


def move(session: Session, questionnaire: Questionnaire, place: int, by: int, edit: Edit) -> None:
    """The question comes one earlier (-1) or later (+1); at the edge it stays."""

    def moved(questions: list[Any]) -> list[Any]:
        target = min(max(place + by, 0), len(questions) - 1)
        questions.insert(target, questions.pop(place))
        return questions

    _rearrange(session, questionnaire, place, moved, edit)


def _rearrange(
    session: Session,
    questionnaire: Questionnaire,
    place: int,
    change: Callable[[list[Any]], list[Any]],
    edit: Edit,
) -> None:
    _require_turn(session, questionnaire, edit)
    if not 0 <= place < len(questionnaire.questions):
        raise NotFound("There is no such question.")
    _changed(session, questionnaire, change(list(questionnaire.questions)), edit)


def _require_turn(session: Session, questionnaire: Questionnaire, edit: Edit) -> None:
    """Nobody edits what is published, nor over what another has changed since he looked."""
    require_role(edit.rights, Role.SUPERVISOR)
    if questionnaire.state != "draft":
        running = next((s for s in surveys_with(session, questionnaire) if s.state == "open"), None)
        if running is not None:
            raise Conflict(
                "This questionnaire is being answered in “{survey}” until {when}: it is not "
                "edited. Make a new version instead.",
                survey=running.title,
                when=running.closes,
            )
        raise Conflict("A published questionnaire is not edited. Make a new version instead.")
    if questionnaire.version != edit.version:
        who = session.get(User, questionnaire.changed_by) if questionnaire.changed_by else None
        raise Conflict(
            "{who} changed this questionnaire at {when}. What you typed still stands below: look "
            "at both, then save again.",
            who=who.name if who else "-",
            when=questionnaire.changed_at or questionnaire.made_at,
        )


def _changed(
    session: Session, questionnaire: Questionnaire, questions: Sequence[Any], edit: Edit
) -> None:
    questionnaire.questions = list(questions)
    questionnaire.changed_by, questionnaire.changed_at = edit.rights.user.id, edit.now
    session.flush()
    _note(session, questionnaire, "questionnaire_changed", edit.rights.user, edit.now)


def faults_of(questionnaire: Questionnaire) -> dict[str, Fault]:
    """Why it cannot be published, by path (`questions-2-title`); nothing where it can."""
    return survey_questions.faults_of(questionnaire.questions, longest=LONGEST_ANSWER)


def publish(
    session: Session,
    questionnaire: Questionnaire,
    *,
    by: User | None,
    now: datetime,
    version: int | None = None,
) -> None:
    """It can be sent out, and is never edited again; Invalid with every fault."""
    if questionnaire.state == "published":
        return
    if version is not None and questionnaire.version != version:
        raise Conflict("Somebody changed this questionnaire meanwhile. Please look again.")
    if faults := faults_of(questionnaire):
        raise Invalid("The questionnaire cannot be published yet.", fields=faults)
    questionnaire.state, questionnaire.published_at = "published", now
    questionnaire.published_by = by.id if by else None
    session.flush()
    _note(session, questionnaire, "questionnaire_published", by, now)


def discard(session: Session, questionnaire: Questionnaire, edit: Edit) -> None:
    """The draft is gone; what was published stays."""
    _require_turn(session, questionnaire, edit)
    _note(session, questionnaire, "questionnaire_discarded", edit.rights.user, edit.now)
    session.delete(questionnaire)
    session.flush()


def published(session: Session) -> Sequence[Questionnaire]:
    """The newest published version of each, for a survey to choose from."""
    other = aliased(Questionnaire)
    newest = select(func.max(other.number)).where(
        other.code == Questionnaire.code, other.state == "published"
    )
    return session.scalars(
        select(Questionnaire)
        .where(Questionnaire.state == "published", Questionnaire.number == newest.scalar_subquery())
        .order_by(Questionnaire.id.desc())
        .limit(200)
    ).all()


def _note(
    session: Session, row: Questionnaire, action: str, by: User | None, now: datetime
) -> None:
    audit.record(
        session,
        actor=by,
        action=action,
        subject=row,
        now=now,
        detail={"title": row.title, "number": row.number, "questions": len(row.questions)},
    )
