"""The demo's ballots: codes collected, votes cast and counted as the real ones are."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select

from demo.acting import Scene
from models import Box, Case, Elector, Scrutineer, User
from workflows import ballots, sealing

CHOICES = ("good", "fair", "average", "poor")
# The share from which on a work is judged so, and how votes then fall.
VOTES = (
    (0.93, (80, 17, 3, 0)),
    (0.88, (55, 38, 7, 0)),
    (0.80, (30, 50, 18, 2)),
    (0.0, (12, 42, 38, 8)),
)


def box_of(scene: Scene, case: Case) -> Box:
    return scene.session.scalars(select(Box).where(Box.case_id == case.id)).one()


def opened(scene: Scene, case: Case, at: datetime) -> dict[int, str]:
    """Each scrutineer has collected his code and the urn is open; the codes by person."""
    box = box_of(scene, case)
    held = select(User).join(Scrutineer, Scrutineer.user_id == User.id)
    watchers = scene.session.scalars(held.where(Scrutineer.box_id == box.id).order_by(User.id))
    return {
        user.id: ballots.collect_key(scene.session, box.id, by=user, now=at)
        for user in watchers.all()
    }


def voted(scene: Scene, case: Case, quality: Mapping[str, float], *, every: int = 1) -> None:
    """The electors have voted; with `every`, one in so many has not."""
    box = box_of(scene, case)
    by_key = {str(scene.user(login).id): share for login, share in quality.items()}
    roll = select(User).join(Elector, Elector.user_id == User.id)
    electors = scene.session.scalars(roll.where(Elector.box_id == box.id).order_by(User.id)).all()
    for place, user in enumerate(electors):
        if every > 1 and (place % every == 0 or "-zb" in user.login):
            continue
        _, elector = ballots.paper_for(scene.session, box.id, user=user)
        marks = {
            item["key"]: sealing.seal(box.public_key or b"", _choice(scene.random, by_key, item))
            for item in ballots.items_for(box, elector)
        }
        ballots.cast(scene.session, box.id, marks, user=user)


def _choice(draw: random.Random, quality: Mapping[str, float], item: Mapping[str, str]) -> str:
    share = quality[item["key"]]
    weights = next(votes for least, votes in VOTES if share >= least)
    return draw.choices(CHOICES, weights)[0]


def held(scene: Scene, case: Case, quality: Mapping[str, float], at: datetime) -> None:
    """Everybody has voted; two scrutineers have counted, and the result is on record."""
    codes = opened(scene, case, at)
    voted(scene, case, quality)
    two = dict(list(codes.items())[:2])
    by = scene.session.get_one(User, min(codes))
    later = at + timedelta(minutes=40)
    ballots.count(scene.session, box_of(scene, case).id, two, by=by, now=later)
    task = scene.open_task(case, "close_ballot")
    scene.do(task, later, {"closed": True}, by=by.login)
