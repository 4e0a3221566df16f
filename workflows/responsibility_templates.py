"""三级四岗, 四级四岗: which post answers for what, as versions of which one is in force."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import DutyRule, ResponsibilityTemplate, Role, UnitKind, User
from workflows import audit, posts
from workflows.access import Rights, require_role
from workflows.errors import Conflict, Invalid, NotFound

SHIPPED = Path(__file__).parent.parent / "bpmn" / "_responsibilities.json"
STATUSES = ("seen", "partly", "unconfirmed")
PERSONAL = ("deploy", "inquire", "coordinate", "oversee")  # 四个亲自
KINDS = (
    UnitKind.WORK_COMMITTEE,
    UnitKind.PARTY_GROUP,
    UnitKind.ORGAN_COMMITTEE,
    UnitKind.BRANCH,
)


@dataclass(frozen=True)
class Duty:
    """One line of a template."""

    area: str
    text: str
    personal: str = ""
    duty: str = ""
    source: str = ""


@dataclass(frozen=True)
class Charge:
    """What a post of a template answers for, and how its level is called to account."""

    post: str
    kind: str  # of the unit
    charge: str  # 首要责任, 主业责任, 主角责任
    title: str  # 第一责任人 …
    duties: tuple[Duty, ...]


def charges(content: Mapping[str, Any]) -> list[Charge]:
    """The posts of a template in its order, each with its duties."""
    named = {one["kind"]: one["charge"] for one in content["levels"]}
    return [
        Charge(
            post=one["post"],
            kind=one["level"],
            charge=named[one["level"]],
            title=one.get("title", ""),
            duties=tuple(
                Duty(
                    line["area"],
                    line["text"],
                    line.get("personal", ""),
                    line.get("duty", ""),
                    line.get("source", ""),
                )
                for line in content["duties"]
                if line["post"] == one["post"]
            ),
        )
        for one in content["posts"]
    ]


def install(session: Session, now: datetime, *, source: Path = SHIPPED) -> int:
    """The shipped templates are in force; returns how many versions that made.

    Runs again without effect; a template that the organ has put in itself is left alone.
    """
    made = 0
    for entry in json.loads(source.read_text(encoding="utf-8"))["templates"]:
        content = {name: entry[name] for name in ("levels", "posts", "duties")}
        known = in_force(session, entry["code"])
        if known is not None and (known.origin == "local" or known.content == content):
            continue
        names = (entry["name"], entry["name_en"], entry["status"])
        _take(session, entry["code"], names, content, by=None, now=now)
        made += 1
    return made


def put_in(
    session: Session,
    code: str,
    name: str,
    content: Mapping[str, Any],
    *,
    rights: Rights,
    now: datetime,
) -> ResponsibilityTemplate:
    """The organ's own version is in force for lists drawn up from now on; lists that are issued
    keep theirs. Raises Conflict where it says what is in force already."""
    require_role(rights, Role.SECURITY_ADMIN)
    known = in_force(session, code)
    if known is not None and known.content == dict(content) and known.name == name:
        raise Conflict("This is what version {number} in force says.", number=known.number)
    require_sound(session, content)
    english = known.name_en if known is not None and known.name == name else ""
    return _take(session, code, (name, english, "seen"), content, by=rights.user, now=now)


def require_sound(session: Session, content: Mapping[str, Any]) -> None:
    """Every post stands at a level that may have it, says something, and names duties that are."""
    named = {one["kind"] for one in content["levels"]}
    codes = set(session.scalars(select(DutyRule.code).distinct()))
    for one in content["posts"]:
        if one["level"] not in named or one["post"] not in posts.POSTS.get(one["level"], ()):
            raise Invalid("{post} is no post of its level.", post=one["post"])
        if not any(line["post"] == one["post"] for line in content["duties"]):
            raise Invalid("{post} has no duty.", post=one["post"])
    held = {one["post"] for one in content["posts"]}
    for line in content["duties"]:
        if line["post"] not in held:
            raise Invalid("{post} is no post of this template.", post=line["post"])
        if line.get("duty") and line["duty"] not in codes:
            raise Invalid("There is no duty {code}.", code=line["duty"])


def _take(
    session: Session,
    code: str,
    said: tuple[str, str, str],
    content: Mapping[str, Any],
    *,
    by: User | None,
    now: datetime,
) -> ResponsibilityTemplate:
    number = _retire(session, code) + 1
    name, name_en, status = said
    made = ResponsibilityTemplate(
        code=code,
        number=number,
        name=name,
        name_en=name_en,
        content=dict(content),
        status=status,
        origin="local" if by else "shipped",
        made_by=by.id if by else None,
        made_at=now,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as error:
        raise Conflict("Somebody put in another version meanwhile. Please look again.") from error
    audit.record(
        session,
        actor=by,
        action="responsibility_template",
        subject=made,
        now=now,
        detail={"code": code, "number": made.number, "name": name},
    )
    return made


def _retire(session: Session, code: str) -> int:
    """No version of the template is in force; the number of its last."""
    versions = session.scalars(
        select(ResponsibilityTemplate)
        .where(ResponsibilityTemplate.code == code)
        .order_by(ResponsibilityTemplate.number)
    ).all()
    for one in versions:
        one.in_force = False
    return versions[-1].number if versions else 0


def in_force(session: Session, code: str) -> ResponsibilityTemplate | None:
    """The version of that template by which lists are drawn up now."""
    return session.scalar(
        select(ResponsibilityTemplate)
        .where(ResponsibilityTemplate.code == code, ResponsibilityTemplate.in_force.is_(True))
        .order_by(ResponsibilityTemplate.number.desc())
        .limit(1)
    )


def to_choose(session: Session) -> Sequence[ResponsibilityTemplate]:
    """The templates in force, in the order in which they came."""
    return session.scalars(
        select(ResponsibilityTemplate)
        .where(ResponsibilityTemplate.in_force.is_(True))
        .order_by(ResponsibilityTemplate.made_at, ResponsibilityTemplate.id)
    ).all()


def all_of(session: Session) -> list[tuple[ResponsibilityTemplate, str]]:
    """Every version with who put it in, by template, the newest first."""
    query = (
        select(ResponsibilityTemplate, User.name)
        .outerjoin(User, User.id == ResponsibilityTemplate.made_by)
        .order_by(ResponsibilityTemplate.code.desc(), ResponsibilityTemplate.number.desc())
    )
    return [(row, who or "") for row, who in session.execute(query)]


def get(session: Session, template_id: int) -> ResponsibilityTemplate:
    """The version; raises NotFound."""
    found = session.get(ResponsibilityTemplate, template_id)
    if found is None:
        raise NotFound("There is no such template.")
    return found
