"""交接: who left and whose list is still his, what would move, and the hand-over in one act."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import PostHandover, Role
from webapp import auth, clock, db
from webapp.responsibilities import common
from webapp.responsibilities.common import bp
from workflows import people, responsibility_handovers, responsibility_lists
from workflows.deadlines import day_of
from workflows.errors import Invalid
from workflows.responsibility_handovers import Asked, Preview
from workflows.responsibility_lists import Filter

PAGE = 50


@bp.get("/handovers")
def handovers() -> ResponseReturnValue:
    """Lists of people who left their posts, offered for hand-over; and what was handed over."""
    session, rights, now = db.session(), auth.rights(), clock.now()
    gone, _more = responsibility_lists.page(session, rights, Filter(gone=True), now=now, limit=200)
    done = responsibility_handovers.history(
        session, rights, before=common.number("before"), limit=PAGE + 1
    )
    return render_template(
        "responsibilities/handovers.html",
        gone=[
            (one, responsibility_handovers.may_hand_over(session, one.post, rights)) for one in gone
        ],
        done=done[:PAGE],
        after=(
            url_for("responsibilities.handovers", before=done[PAGE - 1].row.id)
            if len(done) > PAGE
            else None
        ),
    )


@bp.get("/handovers/<id:post_id>")
def handover(post_id: int) -> ResponseReturnValue:
    return _page(_look(post_id), {}, None)


@bp.post("/handovers/<id:post_id>")
def hand_over(post_id: int) -> ResponseReturnValue:
    """`check` does it all and undoes it again; `take` does it."""
    _look(post_id)  # not this person's: 404 before anything else
    made: list[PostHandover] = []
    faults = common.attempt(lambda: made.append(_hand_over(post_id)))
    if faults:
        return _page(_look(post_id), faults, None)
    if request.form.get("act") != "take":
        moved = made[0].moved
        db.start_over()
        return _page(_look(post_id), {}, moved)
    flash(
        gettext(
            "The post is handed over: %(tasks)s tasks, %(lists)s lists.",
            tasks=len(made[0].moved["tasks"]),
            lists=len(made[0].moved["lists"]),
        ),
        "success",
    )
    return redirect(url_for("responsibilities.handovers"), 303)


def _look(post_id: int) -> Preview:
    return responsibility_handovers.look(
        db.session(), post_id, rights=auth.rights(), now=clock.now()
    )


def _hand_over(post_id: int) -> PostHandover:
    session, rights, now = db.session(), auth.rights(), clock.now()
    login = common.text("to", 80)
    user = people.by_login(session, login) if login else None
    if user is None:
        raise Invalid("Please mend what is marked.", fields={"to": "There is no such person."})
    asked = Asked(user.id, common.day("since"), common.text("note", 2000))
    return responsibility_handovers.hand_over(session, post_id, asked, rights=rights, now=now)


def _page(
    seen: Preview, faults: dict[str, str], moved: dict[str, object] | None
) -> ResponseReturnValue:
    since: date = day_of(clock.now())
    if seen.is_replaced and seen.present is not None:
        since = seen.present.since
    page = render_template(
        "responsibilities/handover.html",
        seen=seen,
        faults=faults,
        moved=moved,
        typed=request.form,
        to=seen.present.user.login if seen.is_replaced and seen.present else "",
        since=since,
        appoints=auth.rights().has_role(Role.SYSTEM_ADMIN),
        people=responsibility_handovers.successors(db.session(), seen),
    )
    return page, 422 if faults else 200
