"""述职评议会 live: the order of speaking, what is typed, who is there, the screen for everybody."""

from collections.abc import Callable, Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import DebriefingRound, Task
from webapp import auth, clock, db, errors, keeping, words
from webapp.debriefings.views import bp
from webapp.debriefings.words import BOXES, LISTS, PROPOSALS, TURNS, VERDICTS, WAYS
from workflows import (
    ballots,
    debriefing_attendance,
    debriefing_lists,
    debriefing_live,
    debriefing_steps,
)
from workflows.debriefing_live import Turn, Typed
from workflows.errors import Conflict, Invalid

WORDS = {"turn_words": TURNS, "ways": WAYS, "boxes": BOXES, "verdicts": VERDICTS} | {
    "outcomes": LISTS,
    "proposal_states": PROPOSALS,
}
FIELDS = ("spoke", "comment", "by", "score", "question", "answer")


@bp.get("/rounds/<id:round_id>/session")
def session_page(round_id: int) -> ResponseReturnValue:
    rights = auth.rights()
    round_, _unit = debriefing_lists.get(db.session(), round_id, rights=rights)
    db.sensitive_read(round_, user=rights.user, page="debriefing session")
    return _page(round_id)


def _page(
    round_id: int,
    at: int | None = None,
    typed: dict[str, str] | None = None,
    faults: dict[str, str] | None = None,
) -> str:
    session, rights = db.session(), auth.rights()
    round_, unit = debriefing_lists.get(session, round_id, rights=rights)
    turns = debriefing_live.turns(session, round_)
    task = debriefing_live.step(session, round_)
    box = debriefing_lists.box_of(session, round_)
    wanted = request.args.get("words", "").strip()[:80]
    return render_template(
        "debriefings/session.html",
        round=round_,
        unit=unit,
        task=task,
        turns=turns,
        at=_chosen(turns, at),
        records=task is not None and debriefing_live.may_record(unit, rights),
        commentators=debriefing_live.commentators(session, round_),
        typed=typed or {},
        faults=faults or {},
        last_year=debriefing_steps.last_year(session, round_),
        there=debriefing_attendance.attendance(session, round_),
        found=debriefing_attendance.find_people(session, round_, wanted) if wanted else [],
        words=wanted,
        box=box,
        turnout=ballots.turnout(session, box) if box else None,
        holders=debriefing_live.scrutineers(session, box),
        **WORDS,
    )


def _chosen(turns: Sequence[Turn], at: int | None) -> Turn | None:
    """Whose form is open: the one asked for, else who speaks, else who is next."""
    asked = request.args.get("at", "")
    wanted = at or (int(asked) if asked.isdecimal() and len(asked) < 20 else 0)
    asked_for = [one for one in turns if one.debriefing.id == wanted]
    speaking = [one for one in turns if one.state == "speaks"]
    coming = [one for one in turns if one.state == "waits"]
    return next(iter([*asked_for, *speaking, *coming, *turns]), None)


@bp.get("/rounds/<id:round_id>/screen")
def screen(round_id: int) -> ResponseReturnValue:
    """For the wall: who speaks, who is next; of the ballot how many have voted and nothing else."""
    session = db.session()
    round_, unit = debriefing_lists.get(session, round_id, rights=auth.rights())
    turns = debriefing_live.turns(session, round_)
    box = debriefing_lists.box_of(session, round_)
    return render_template(
        "debriefings/screen.html",
        round=round_,
        unit=unit,
        turns=turns,
        speaking=next((one for one in turns if one.state == "speaks"), None),
        coming=next((one for one in turns if one.state == "waits"), None),
        box=box,
        turnout=ballots.turnout(session, box) if box else None,
        **WORDS,
    )


@bp.post("/rounds/<id:round_id>/session")
def act(round_id: int) -> ResponseReturnValue:
    """The record is opened, the next is called, the order changed, the record handed over."""
    name, _, number = request.form.get("act", "").partition("-")
    if name == "hand_over":
        return _hand_over(round_id)
    if name not in ACTS or (number and not (number.isdecimal() and len(number) < 20)):
        raise Invalid("The request could not be read. Please go back and try again.")
    ACTS[name](round_id, int(number or 0))
    return redirect(url_for("debriefings.session_page", round_id=round_id), 303)


def _open(round_id: int, _: int) -> None:
    place, now = request.form.get("place", ""), clock.now()
    debriefing_live.open_record(db.session(), round_id, place, rights=auth.rights(), now=now)


def _tell(what: str) -> Callable[[int, int], None]:
    return lambda round_id, _: debriefing_live.tell(
        db.session(), round_id, what, rights=auth.rights(), now=clock.now()
    )


def _call(round_id: int, number: int) -> None:
    debriefing_live.call(db.session(), round_id, number, rights=auth.rights(), now=clock.now())


def _move(by: int) -> Callable[[int, int], None]:
    return lambda round_id, number: debriefing_live.move(
        db.session(), round_id, number, by, rights=auth.rights()
    )


def _lots(round_id: int, _: int) -> None:
    debriefing_live.draw_lots(db.session(), round_id, rights=auth.rights(), now=clock.now())


def _end(round_id: int, _: int) -> None:
    debriefing_live.end(db.session(), round_id, rights=auth.rights(), now=clock.now())


ACTS: dict[str, Callable[[int, int], None]] = {
    "open": _open,
    "told": _tell("last_year"),
    "inspected": _tell("inspection"),
    "call": _call,
    "end": _end,
    "up": _move(-1),
    "down": _move(1),
    "lots": _lots,
}


def _hand_over(round_id: int) -> ResponseReturnValue:
    """The live record stands in the form of the step; minutes and signature come there."""
    task: Task = debriefing_live.hand_over(
        db.session(), round_id, rights=auth.rights(), now=clock.now()
    )
    flash(gettext("The record stands in the form: add the minutes and hand it in."), "success")
    return redirect(url_for("inbox.show", task_id=task.id), 303)


@bp.post("/rounds/<id:round_id>/session/<id:debriefing_id>")
def keep(round_id: int, debriefing_id: int) -> ResponseReturnValue:
    """What was typed about one secretary is kept as it is."""
    typed = {name: request.form.get(name, "") for name in FIELDS}
    seen = request.form.get("_drafted", "")
    edition = int(seen) if seen.isdecimal() and len(seen) < 10 else 0
    session, rights = db.session(), auth.rights()
    try:
        edition = debriefing_live.keep(
            session, round_id, debriefing_id, Typed(**typed), seen=edition, rights=rights
        )
    except (Conflict, Invalid) as refusal:
        return _not_kept(round_id, debriefing_id, typed, refusal)
    if keeping.is_asked():
        return keeping.kept(edition)
    flash(gettext("Kept."), "success")
    url = url_for("debriefings.session_page", round_id=round_id, at=debriefing_id)
    return redirect(url, 303)


def _not_kept(
    round_id: int, debriefing_id: int, typed: dict[str, str], refusal: Conflict | Invalid
) -> ResponseReturnValue:
    """The page as it was typed, with what the refusal says."""
    db.start_over()
    newest = debriefing_live.edition(db.session(), debriefing_id)
    if keeping.is_asked():
        return keeping.overtaken(refusal, newest)
    told = words.say_fields(refusal) | {"": words.say(refusal)}
    return _page(round_id, debriefing_id, typed, told), errors.status_of(refusal)


@bp.post("/rounds/<id:round_id>/attendance")
def attendance(round_id: int) -> ResponseReturnValue:
    """Who is there: ticked, read from a list of names, or struck out."""
    session, rights = db.session(), auth.rights()
    round_ = debriefing_live.recording(session, round_id, rights=rights)
    add, remove = _ids("add"), _ids("remove")
    if text := request.form.get("roster", "")[:20_000]:
        add = [*add, *_roster(round_, text)]
    debriefing_attendance.attend(session, round_id, add=add, remove=remove, rights=rights)
    url = url_for("debriefings.session_page", round_id=round_id, _anchor="tab-there")
    return redirect(url, 303)


def _ids(name: str) -> list[int]:
    typed = request.form.getlist(name)[:1000]
    return [int(one) for one in typed if one.isdecimal() and len(one) < 20]


def _roster(round_: DebriefingRound, text: str) -> list[int]:
    read = debriefing_attendance.read_roster(db.session(), round_, text)
    if read.unknown:
        flash(gettext("Not found: %(names)s", names="、".join(read.unknown)), "warning")
    if read.unclear:
        told = gettext(
            "Several people bear this name, add the unit behind it: %(names)s",
            names="、".join(read.unclear),
        )
        flash(told, "warning")
    return list(read.found)
