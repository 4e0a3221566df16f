"""民主测评 by a sealed urn: who voted is known, what he voted nobody can tell, admins included.

Order: prepare → each scrutineer collects his code → open → cast → two scrutineers count.
"""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from models import Box, Elector, OpenedBallot, Scrutineer, SealedBallot, User
from models.database import overwrite_deleted
from workflows import audit, sealing
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from workflows.sealing import BoxKeys

FEWEST = 5  # in a category, and for a figure to be shown
SCRUTINEERS = 3
MIXED = 3000  # marks: a session of 80 electors and 36 secretaries is mixed whole at each paper


@dataclass(frozen=True)
class Voter:
    user_id: int
    category: str
    except_item: str | None = None  # nobody votes on himself


@dataclass(frozen=True)
class Question:
    """What is voted on: items by key, and the choices offered for each."""

    title: str
    items: Sequence[tuple[str, str]]
    choices: Sequence[str]


def prepare(
    session: Session,
    question: Question,
    voters: Sequence[Voter],
    scrutineers: Sequence[int],
    *,
    case_id: int,
    now: datetime,
) -> Box:
    """The box waits for its scrutineers' keys; with under five electors no ballot is held."""
    if len(set(scrutineers)) != SCRUTINEERS:
        raise Invalid("A ballot needs three scrutineers.")
    categories = merged(Counter(voter.category for voter in voters))
    held = len(voters) >= FEWEST
    box = Box(
        case_id=case_id,
        title=question.title,
        items=[{"key": key, "name": name} for key, name in question.items],
        choices=list(question.choices),
        categories=categories,
        state="collecting" if held else "not_held",
    )
    session.add(box)
    session.flush()
    if held:
        session.execute(insert(Elector), [_roll_row(box, voter, categories) for voter in voters])
        session.add_all(
            Scrutineer(box_id=box.id, user_id=user_id, shares={})
            for user_id in sorted(set(scrutineers))
        )
    session.flush()
    _note(session, box, "ballot_prepared", None, now, electors=len(voters))
    return box


def _roll_row(box: Box, voter: Voter, categories: Mapping[str, str]) -> dict[str, Any]:
    return {
        "box_id": box.id,
        "user_id": voter.user_id,
        "category": categories[voter.category],
        "except_item": voter.except_item,
        "voted": False,
    }


def merged(sizes: Mapping[str, int]) -> dict[str, str]:
    """Which category each is counted with: those under five are joined until none is."""
    groups = [([name], size) for name, size in sorted(sizes.items())]
    while len(groups) > 1:
        groups.sort(key=lambda group: (group[1], group[0]))
        (names, size), (next_names, next_size), *rest = groups
        if size >= FEWEST:
            break
        groups = [(sorted(names + next_names), size + next_size), *rest]
    return {name: "+".join(names) for names, _ in groups for name in names}


def collect_key(session: Session, box_id: int, *, by: User, now: datetime) -> str:
    """The scrutineer's code, shown this once; with the third the box opens."""
    box = _turn(session, box_id)
    own = _scrutineer(session, box, by)
    if own.public_key is not None:
        raise Conflict("Your code was collected already; it is kept nowhere.")
    code = sealing.new_code()
    own.public_key = sealing.public_of(code, box.id)
    session.flush()
    _note(session, box, "ballot_key_collected", by, now)
    _open_when_complete(session, box, now)
    return code


def _open_when_complete(session: Session, box: Box, now: datetime) -> None:
    holders = session.scalars(select(Scrutineer).where(Scrutineer.box_id == box.id)).all()
    publics = {str(one.user_id): one.public_key for one in holders if one.public_key is not None}
    if len(publics) < SCRUTINEERS:
        return
    keys = sealing.make(publics)
    box.public_key, box.sealed_key, box.state = keys.public, keys.sealed, "open"
    for one in holders:
        one.shares = {other: half.hex() for other, half in keys.shares[str(one.user_id)].items()}
    session.flush()
    _note(session, box, "ballot_opened", None, now)


def boxes_for(session: Session, user: User) -> Sequence[tuple[Box, bool]]:
    """The open boxes that the person may vote in, and whether he has."""
    rows = session.execute(
        select(Box, Elector.voted)
        .join(Elector, Elector.box_id == Box.id)
        .where(Elector.user_id == user.id, Box.state == "open")
        .order_by(Box.id)
    )
    return [(box, voted) for box, voted in rows]


def watched_by(session: Session, user: User) -> Sequence[tuple[Box, Scrutineer]]:
    """The boxes that the person is a scrutineer of, the newest first."""
    rows = session.execute(
        select(Box, Scrutineer)
        .join(Scrutineer, Scrutineer.box_id == Box.id)
        .where(Scrutineer.user_id == user.id)
        .order_by(Box.id.desc())
        .limit(50)
    )
    return [(box, own) for box, own in rows]


def watched(session: Session, box_id: int, *, user: User) -> Box:
    """The box, for one of its scrutineers; NotFound for anybody else."""
    for box, _ in watched_by(session, user):
        if box.id == box_id:
            return box
    raise NotFound("There is no such ballot, or it is not yours.")


def scrutineers_of(session: Session, box: Box) -> Sequence[tuple[int, str]]:
    """Their ids and names."""
    rows = session.execute(
        select(User.id, User.name)
        .join(Scrutineer, Scrutineer.user_id == User.id)
        .where(Scrutineer.box_id == box.id)
        .order_by(User.id)
    )
    return [(user_id, name) for user_id, name in rows]


def paper_for(session: Session, box_id: int, *, user: User) -> tuple[Box, Elector]:
    """The box and the elector's own line of the roll; NotFound for anybody else."""
    row = session.execute(
        select(Box, Elector)
        .join(Elector, Elector.box_id == Box.id)
        .where(Box.id == box_id, Elector.user_id == user.id)
    ).first()
    if row is None:
        raise NotFound("There is no such ballot, or it is not yours.")
    return row[0], row[1]


def cast(session: Session, box_id: int, marks: Mapping[str, bytes], *, user: User) -> None:
    """The sealed marks are in the urn and the elector ticked off, all or none.

    There is no time, no trail of who: only that he has voted. A second ballot is a Conflict.
    """
    _, elector = paper_for(session, box_id, user=user)
    box = _turn(session, box_id)
    if box.state != "open":
        raise Conflict("The ballot is closed.")
    _require_whole(box, elector, marks)
    ticked = session.execute(
        update(Elector)
        .where(Elector.box_id == box_id, Elector.user_id == user.id, Elector.voted.is_(False))
        .values(voted=True)
        .returning(Elector.user_id)
    ).all()
    if not ticked:
        raise Conflict("You have voted already.")
    _mix_in(session, box, [(elector.category, item, sealed) for item, sealed in marks.items()])


def _mix_in(session: Session, box: Box, fresh: Sequence[tuple[str, str, bytes]]) -> None:
    """The urn is laid anew: no place, id or transaction of a row says who brought it."""
    overwrite_deleted(session.connection())
    of_box = select(SealedBallot.id).where(SealedBallot.box_id == box.id)
    taken = of_box.order_by(func.random()).limit(MIXED)
    gone = delete(SealedBallot).where(SealedBallot.id.in_(taken))
    lying = session.execute(
        gone.returning(SealedBallot.category, SealedBallot.item, SealedBallot.sealed),
        execution_options={"synchronize_session": False},
    )
    rows = [
        {"id": _random_id(), "box_id": box.id, "category": category, "item": item, "sealed": sealed}
        for category, item, sealed in [*lying, *fresh]
    ]
    _shuffle(rows)
    session.execute(insert(SealedBallot), rows)


def _random_id() -> int:
    return secrets.randbits(62)


def _shuffle(rows: list[dict[str, Any]]) -> None:
    secrets.SystemRandom().shuffle(rows)


def items_for(box: Box, elector: Elector) -> list[Mapping[str, Any]]:
    """What the elector is asked: all but himself."""
    return [item for item in box.items if item["key"] != elector.except_item]


def _require_whole(box: Box, elector: Elector, marks: Mapping[str, bytes]) -> None:
    asked = {item["key"] for item in items_for(box, elector)}
    if set(marks) != asked or any(len(one) != sealing.SEALED for one in marks.values()):
        raise Invalid("This is not a whole ballot of this box.")


def turnout(session: Session, box: Box) -> tuple[int, int]:
    """How many have voted, of how many: all that is shown while the box is open."""
    voted = session.scalar(
        select(func.count()).where(Elector.box_id == box.id, Elector.voted.is_(True))
    )
    electors = session.scalar(select(func.count()).where(Elector.box_id == box.id))
    return voted or 0, electors or 0


def count(
    session: Session,
    box_id: int,
    codes: Mapping[int, str],
    *,
    by: User,
    now: datetime,
) -> dict[str, Any]:
    """计票: two codes open the urn; it is shuffled, tallied and gone, and the key with it.

    Returns the result. Raises Refused on a wrong code, NotAllowed for who is no scrutineer.
    """
    box = _turn(session, box_id)
    _scrutineer(session, box, by)
    if box.state != "open" or box.public_key is None or box.sealed_key is None:
        raise Conflict("The ballot is not open.")
    key = _key_of(session, box, codes)
    overwrite_deleted(session.connection())
    urn = session.scalars(select(SealedBallot).where(SealedBallot.box_id == box.id)).all()
    rows = [row for sealed in urn if (row := _read(box, sealed, key))]
    told = told_apart(rows)
    _shuffle(told)
    if told:
        session.execute(insert(OpenedBallot), told)
    session.execute(delete(SealedBallot).where(SealedBallot.box_id == box.id))
    session.execute(update(Scrutineer).where(Scrutineer.box_id == box.id).values(shares={}))
    box.sealed_key, box.state = None, "counted"
    box.result = tally(box, told)
    session.flush()
    _note(session, box, "ballot_counted", by, now, marks=len(rows))
    return box.result


def _key_of(session: Session, box: Box, codes: Mapping[int, str]) -> RSAPrivateKey:
    if len(codes) != 2:
        raise Refused("Two scrutineers open the box together.", guard="two_keys")
    holders = {
        str(one.user_id): {other: bytes.fromhex(half) for other, half in one.shares.items()}
        for one in session.scalars(select(Scrutineer).where(Scrutineer.box_id == box.id))
    }
    keys = BoxKeys(box.public_key or b"", box.sealed_key or b"", holders)
    (one, other) = ((str(user_id), code) for user_id, code in codes.items())
    try:
        return sealing.open_box(keys, one, other, box=box.id)
    except sealing.WrongCode:
        raise Refused("A code does not open this box.", guard="two_keys") from None


def _read(box: Box, ballot: SealedBallot, key: RSAPrivateKey) -> dict[str, Any] | None:
    """One mark; none where it was spoilt in the browser."""
    try:
        choice = sealing.unseal(key, ballot.sealed)
    except sealing.BrokenBallot:
        return None
    if choice not in box.choices:
        return None
    return {
        "id": _random_id(),
        "box_id": box.id,
        "category": ballot.category,
        "item": ballot.item,
        "choice": choice,
    }


def told_apart(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The marks, each under the category that it is counted with.

    Where under five of a category marked an item, it is joined with another; what is under five
    even so is kept nowhere: a row of the table would say what the result must not.
    """
    told: list[dict[str, Any]] = []
    for item in sorted({row["item"] for row in rows}):
        of_item = [row for row in rows if row["item"] == item]
        if len(of_item) >= FEWEST:
            names = merged(Counter(row["category"] for row in of_item))
            told += [{**row, "category": names[row["category"]]} for row in of_item]
    return told


def tally(box: Box, told: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """item → category → choice → number."""
    found: dict[str, dict[str, Counter[str]]] = {item["key"]: {} for item in box.items}
    for row in told:
        found[row["item"]].setdefault(row["category"], Counter())[row["choice"]] += 1
    return {
        item: {name: dict(marks) for name, marks in groups.items()}
        for item, groups in found.items()
    }


def _turn(session: Session, box_id: int) -> Box:
    """The box as whoever was faster left it; nobody else acts on it until we are through.

    PostgreSQL only: on SQLite a writer is alone from its beginning.
    """
    box = session.scalar(
        select(Box)
        .where(Box.id == box_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if box is None:
        raise NotFound("There is no such ballot, or it is not yours.")
    return box


def _scrutineer(session: Session, box: Box, user: User) -> Scrutineer:
    own = session.scalar(
        select(Scrutineer).where(Scrutineer.box_id == box.id, Scrutineer.user_id == user.id)
    )
    if own is None:
        raise NotAllowed("Only the scrutineers of this ballot may do this.")
    return own


def _note(
    session: Session, box: Box, action: str, by: User | None, now: datetime, **detail: object
) -> None:
    audit.record(
        session,
        actor=by,
        action=action,
        subject=box,
        now=now,
        case_id=box.case_id,
        detail=dict(detail),
    )
