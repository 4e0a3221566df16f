"""People: enrolled, activated with a one-time code, recognised, disabled."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from models import Role, Unit, User
from workflows import access, audit, passwords
from workflows.access import Rights
from workflows.deadlines import ZONE
from workflows.errors import Conflict, Invalid, NotFound, Refused
from workflows.forms import Fault
from workflows.passwords import Policy

FAILURES, LOCK_MINUTES = 5, 15
CODE_DAYS = 14
LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
MEMBERSHIPS = ("full", "probationary", "none")
MANAGED_BY = ("committee", "work_committee", "party_group")


def find(session: Session, user_id: int) -> User | None:
    return session.get(User, user_id)


def get(session: Session, user_id: int) -> User:
    """The person; raises NotFound."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("There is no such person.")
    return user


def by_login(session: Session, login: str) -> User | None:
    return session.scalar(select(User).where(User.login == login.strip().lower()))


def recognise(
    session: Session,
    login: str,
    password: str,
    *,
    now: datetime,
    failures: int = FAILURES,
    lock_minutes: int = LOCK_MINUTES,
) -> User | None:
    """The person whose name and password these are, else none; failures are counted.

    Raises Refused while the account is locked. The caller commits also what is refused.
    """
    user = _held(session, login)
    if user is None or not user.enabled:
        passwords.matches(None, password)  # an unknown name takes as long as a wrong password
        _note_refused(session, user, "disabled" if user else "unknown", now)
        return None
    if user.locked_until is not None and now < user.locked_until:
        _note_refused(session, user, "locked", now)
    _require_unlocked(user, now)
    if not passwords.matches(user.password_hash, password):
        _count_failure(session, user, now, failures, lock_minutes)
        return None
    if user.password_hash and passwords.is_outdated(user.password_hash):
        user.password_hash = passwords.sealed(password)
    _welcome(session, user, "signed_in", now)
    return user


def _held(session: Session, login: str) -> User | None:
    """The person, kept for this transaction: attempts at once are counted one by one."""
    query = select(User).where(User.login == login.strip().lower()).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def _require_unlocked(user: User, now: datetime) -> None:
    if user.locked_until is None:
        return
    if now < user.locked_until:
        raise Refused(
            "Too many wrong attempts. Try again after {when}.",
            when=user.locked_until,
            guard="lockout",
        )
    user.locked_until, user.failed_sign_ins = None, 0


def _count_failure(
    session: Session, user: User, now: datetime, failures: int, lock_minutes: int
) -> None:
    user.failed_sign_ins += 1
    if user.failed_sign_ins >= failures:
        user.locked_until = now + timedelta(minutes=lock_minutes)
    session.flush()
    told = {"count": user.failed_sign_ins, "locked": user.locked_until is not None}
    _note_refused(session, user, "wrong", now, **told)


def _note_refused(
    session: Session, user: User | None, reason: str, now: datetime, **told: object
) -> None:
    """An unknown name is not kept: often enough it is a password in the wrong field."""
    audit.record(
        session,
        actor=None,
        action="sign_in_refused",
        subject=user or "sign-in",
        now=now,
        unit_id=user.unit_id if user else None,
        detail={"reason": reason, **told},
        outcome="refused",
    )


def _welcome(session: Session, user: User, action: str, now: datetime) -> None:
    user.failed_sign_ins, user.locked_until = 0, None
    if not user.session_key:
        user.session_key = secrets.token_urlsafe(16)
    session.flush()
    audit.record(session, actor=user, action=action, subject=user, now=now, unit_id=user.unit_id)


def sign_out(session: Session, user: User, *, now: datetime) -> None:
    """The person left; no copy of the cookie opens anything any more."""
    end_sessions(session, user)
    audit.record(
        session, actor=user, action="signed_out", subject=user, now=now, unit_id=user.unit_id
    )


def end_sessions(session: Session, user: User) -> None:
    """Every open session of the person ends, also in a copy of its cookie."""
    user.session_key = secrets.token_urlsafe(16)
    session.flush()


@dataclass(frozen=True)
class Enrolment:
    """Who somebody is, beyond name and login."""

    unit_id: int | None = None
    cadre: bool = False
    managed_by: str = "party_group"
    membership: str = "none"
    email: str = ""


def enrol(
    session: Session,
    *,
    login: str,
    name: str,
    by: User | None,
    now: datetime,
    more: Enrolment | None = None,
) -> str:
    """The person is on file and may activate the account with the code that is returned."""
    _require_clerk(session, by, now)
    more = more or Enrolment()
    login, name = login.strip().lower(), name.strip()
    _require_sound(session, login, name, more)
    if by_login(session, login) is not None:
        taken = Fault("There is somebody with this user name.")
        raise Conflict("There is somebody with this user name.", fields={"login": taken})
    user = User(login=login, name=name, **vars(more))
    session.add(user)
    session.flush()
    _note(session, user, "person_enrolled", by, now)
    return _give_code(session, user, now)


def _require_sound(session: Session, login: str, name: str, more: Enrolment) -> None:
    fields = {}
    if not LOGIN.fullmatch(login):
        fields["login"] = Fault("Two to forty of: a–z, digits, dot, hyphen, underscore.")
    if not name or len(name) > 200:
        fields["name"] = Fault("Please enter a name.")
    if more.managed_by not in MANAGED_BY:
        fields["managed_by"] = Fault("This value is not allowed here.")
    if more.membership not in MEMBERSHIPS:
        fields["membership"] = Fault("This value is not allowed here.")
    if more.unit_id is not None and session.get(Unit, more.unit_id) is None:
        fields["unit_id"] = Fault("There is no such unit.")
    if fields:
        raise Invalid("Please mend what is marked.", fields=fields)


def renew_code(session: Session, user: User, *, by: User | None, now: datetime) -> str:
    """A new one-time code; the old password and every session are at an end."""
    _require_clerk(session, by, now)
    user.password_hash = None
    end_sessions(session, user)
    _note(session, user, "code_renewed", by, now)
    return _give_code(session, user, now)


def _give_code(session: Session, user: User, now: datetime) -> str:
    code = passwords.new_code()
    user.code_hash = passwords.sealed(code)
    user.code_until = now + timedelta(days=CODE_DAYS)
    user.failed_sign_ins, user.locked_until = 0, None
    session.flush()
    return code


def activate(
    session: Session,
    login: str,
    code: str,
    password: str,
    *,
    now: datetime,
    policy: Policy | None = None,
) -> User:
    """The first password is set and the code used up; wrong codes are counted like passwords."""
    user = _held(session, login)
    stored = user.code_hash if user is not None and user.enabled else None
    if user is not None:
        _require_unlocked(user, now)
    passwords.require_good(password, login=login, policy=policy or Policy())
    right = passwords.matches(stored, passwords.same_code(code))
    if user is None or not right or user.code_until is None or user.code_until <= now:
        if user is not None and user.enabled:
            _count_failure(session, user, now, FAILURES, LOCK_MINUTES)
        else:
            _note_refused(session, user, "disabled" if user else "unknown", now)
        wrong = Fault("User name or code is wrong, or the code is too old.")
        raise Invalid("Please mend what is marked.", fields={"code": wrong})
    user.password_hash, user.code_hash, user.code_until = passwords.sealed(password), None, None
    user.session_key = secrets.token_urlsafe(16)
    _welcome(session, user, "account_activated", now)
    return user


def change_password(
    session: Session,
    user: User,
    old: str,
    new: str,
    *,
    now: datetime,
    policy: Policy | None = None,
) -> None:
    """The new password holds and every open session has ended."""
    if not passwords.matches(user.password_hash, old):
        wrong = Fault("This is not your present password.")
        raise Invalid("Please mend what is marked.", fields={"old_password": wrong})
    if old == new:
        same = Fault("This is your present password.")
        raise Invalid("Please mend what is marked.", fields={"password": same})
    passwords.require_good(new, login=user.login, policy=policy or Policy())
    user.password_hash = passwords.sealed(new)
    end_sessions(session, user)
    _note(session, user, "password_changed", user, now)


def disable(session: Session, user: User, *, reason: str, by: User | None, now: datetime) -> None:
    """The person may not sign in, and is out at once; posts and history stay as they are."""
    _require_clerk(session, by, now)
    if not reason.strip():
        raise Invalid("Say why.", fields={"reason": "Say why."})
    if by is not None and by.id == user.id:
        raise Refused("Nobody disables himself.", guard="own_account")
    if not user.enabled:
        raise Conflict("This was done before.")
    user.enabled = False
    end_sessions(session, user)
    _note(session, user, "person_disabled", by, now, reason=reason.strip())


def enable(session: Session, user: User, *, reason: str, by: User | None, now: datetime) -> None:
    """The person may sign in again."""
    _require_clerk(session, by, now)
    if user.enabled:
        raise Conflict("This was done before.")
    user.enabled, user.failed_sign_ins, user.locked_until = True, 0, None
    session.flush()
    _note(session, user, "person_enabled", by, now, reason=reason.strip())


def _require_clerk(session: Session, by: User | None, now: datetime) -> None:
    """Accounts are the system admin's; from the command line, the operator's."""
    if by is not None:
        access.require_role(access.rights_of(session, by, now=now), Role.SYSTEM_ADMIN)


def _note(
    session: Session, user: User, action: str, by: User | None, now: datetime, **detail: str
) -> None:
    audit.record(
        session,
        actor=by,
        action=action,
        subject=user,
        now=now,
        unit_id=user.unit_id,
        detail={"login": user.login, **detail},
    )


@dataclass(frozen=True)
class Wanted:
    """Which people a list shows."""

    text: str = ""
    path: str = ""  # of the unit whose subtree is meant
    paths: tuple[str, ...] | None = None  # the subtrees open to the one who asks; none: all
    cadre: bool | None = None
    after: int = 0  # id: the page begins behind it
    limit: int = 50


def search(session: Session, wanted: Wanted) -> list[tuple[User, str]]:
    """People with the name of their unit, in the order of their ids: one page."""
    query = (
        select(User, func.coalesce(Unit.name, ""))
        .outerjoin(Unit, Unit.id == User.unit_id)
        .where(User.id > wanted.after, *_conditions(wanted))
        .order_by(User.id)
        .limit(wanted.limit)
    )
    return [(user, name) for user, name in session.execute(query)]


def count(session: Session, wanted: Wanted) -> int:
    query = select(func.count(User.id)).outerjoin(Unit, Unit.id == User.unit_id)
    return session.scalar(query.where(*_conditions(wanted))) or 0


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if text := wanted.text.strip():
        conditions.append(
            or_(
                User.name.contains(text, autoescape=True),
                User.login.startswith(text.lower(), autoescape=True),
            )
        )
    if wanted.path:
        conditions.append(Unit.path.startswith(wanted.path, autoescape=True))
    if wanted.paths is not None:
        conditions.append(access.within(wanted.paths))
    if wanted.cadre is not None:
        conditions.append(User.cadre.is_(wanted.cadre))
    return conditions


KEEPERS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN})


def open_to(rights: Rights) -> tuple[str, ...] | None:
    """The subtrees whose people this person may look up; none: everybody's."""
    return None if rights.has_role(*KEEPERS) else rights.paths(frozenset(Role))


def readable(session: Session, user_id: int, *, rights: Rights) -> User:
    """The person, if this one may look him up; else NotFound, as if there were nobody."""
    user = get(session, user_id)
    unit = session.get(Unit, user.unit_id) if user.unit_id else None
    paths = open_to(rights)
    seen = paths is None or (unit is not None and unit.path.startswith(paths))
    if not seen and user.id != rights.user.id:
        raise NotFound("There is no such person.")
    return user


def lock_ends(user: User, now: datetime) -> str | None:
    """When a locked account opens again, in the organisation's time; none: it is open."""
    if user.locked_until is None or user.locked_until <= now:
        return None
    return user.locked_until.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def unit_of(session: Session, user: User) -> Unit | None:
    """The unit he belongs to."""
    return session.get(Unit, user.unit_id) if user.unit_id else None
