"""述职: a secretary's own on one page; the rounds for who organises and supervises them."""

import io
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from models import Case, Debriefing, DebriefingRound, Role, Task
from webapp import auth, clock, db, exports, history, i18n, pickers
from webapp.debriefings.words import (
    BOXES,
    LISTS,
    PARTS,
    PROPOSALS,
    STATES,
    STEPS,
    VERDICTS,
)
from webapp.grade_words import GRADES
from workflows import (
    access,
    ballots,
    debriefing_lists,
    debriefing_live,
    debriefing_quota,
    debriefing_reports,
    debriefing_steps,
    debriefings,
    readings,
    units,
)
from workflows.deadlines import day_of
from workflows.errors import Invalid
from workflows.forms import Fault

bp = Blueprint("debriefings", __name__, url_prefix="/debriefings")
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
WORDS = {
    "parts": PARTS,
    "states": STATES,
    "grades": GRADES,
    "labels": STEPS,
    "verdicts": VERDICTS,
    "outcomes": LISTS,
    "proposal_states": PROPOSALS,
}


@bp.get("")
def index() -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    own = debriefing_lists.own(session, current_user)
    return render_template(
        "debriefings/index.html",
        own=own,
        page=_one(own[0].row, own[0].case) if own else None,
        rounds=debriefing_lists.rounds(session, rights),
        may_begin=rights.has_role(Role.ORGANISER),
        year=day_of(clock.now()).year,
        now=clock.now(),
        **WORDS,
    )


@bp.post("")
def begin() -> ResponseReturnValue:
    """The organiser's round of the year is open; its plan waits in the inbox."""
    session, rights = db.session(), auth.rights()
    access.require_role(rights, Role.ORGANISER)
    year = request.form.get("year", "")
    if len(year) != 4 or not year.isdecimal() or not 2000 <= int(year) <= 2100:
        raise Invalid("Please mend what is marked.", fields={"year": Fault("Please enter a year.")})
    place = next(one for one in rights.places if one.is_role and one.name == Role.ORGANISER)
    unit = units.readable(session, place.unit_id, rights=rights)
    debriefings.begin(session, unit, int(year), rights=rights, now=clock.now())
    flash(gettext("The round is open: its plan waits in your inbox."), "success")
    return redirect(url_for("inbox.index"), 303)


@bp.get("/cases/<id:case_id>")
def of_case(case_id: int) -> ResponseReturnValue:
    """From a step of the round to its page with all inputs side by side."""
    round_ = debriefing_lists.of_case(db.session(), case_id, rights=auth.rights())
    return redirect(url_for("debriefings.show", round_id=round_.id))


@bp.get("/rounds/<id:round_id>")
def show(round_id: int) -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    round_, unit = debriefing_lists.get(session, round_id, rights=rights)
    exported = bool(request.args.get("export"))
    page = "debriefing round export" if exported else "debriefing round"
    db.sensitive_read(round_, user=rights.user, page=page)
    lines = debriefing_lists.lines(session, round_)
    if exported:
        return _export(round_.year, lines, request.args["export"])
    box = debriefing_lists.box_of(session, round_)
    case = access.case_for(session, round_.case_id, rights=rights)
    return render_template(
        "debriefings/round.html",
        round=round_,
        unit=unit,
        lines=lines,
        box=box,
        turnout=ballots.turnout(session, box) if box else None,
        quota=debriefing_quota.of_round(session, round_, case),
        lists=debriefing_steps.lists_of(session, round_),
        recording=debriefing_live.step(session, round_) is not None,
        boxes=BOXES,
        **WORDS,
    )


def _export(year: int, lines: object, kind: str) -> ResponseReturnValue:
    heads = [
        gettext(name)
        for name in ("Secretary", "Unit", "Post", "State", "Daily", "Session", "Ballot", "Total",
                     "Suggested", "Grade")
    ]  # fmt: skip
    rows = [
        [
            line.name,
            line.unit,
            line.row.post_then,
            str(STATES[line.row.state]),
            line.row.daily,
            line.row.session,
            line.row.ballot,
            line.row.total,
            str(GRADES.get(line.row.suggested, "")),
            str(GRADES.get(line.row.grade, "")),
        ]
        for line in lines  # type: ignore[attr-defined]
    ]
    return exports.answer(f"{year}-debriefings", heads, rows, kind=kind)


@bp.get("/<id:debriefing_id>")
def one(debriefing_id: int) -> ResponseReturnValue:
    """A secretary's year as the record has it, and what was decided."""
    row, case = _read(debriefing_id, "debriefing")
    return render_template(
        "debriefings/show.html", page=_one(row, case), row=row, now=clock.now(), **WORDS
    )


@bp.get("/<id:debriefing_id>/report.docx")
def paper(debriefing_id: int) -> ResponseReturnValue:
    """The report to write on, with what the system knows; with what was typed, if anything was."""
    row, case = _read(debriefing_id, "debriefing report")
    made = debriefing_reports.as_paper(db.session(), row, case, now=clock.now())
    name = f"{gettext('Debriefing report')}.docx"
    return send_file(io.BytesIO(made), mimetype=DOCX, as_attachment=True, download_name=name)


def _read(debriefing_id: int, page: str) -> tuple[Debriefing, Case]:
    """The debriefing, if it may be seen; somebody else's is in the read log before it is shown."""
    row, case = debriefing_lists.mine(db.session(), debriefing_id, rights=auth.rights())
    if row.user_id != current_user.id:
        db.sensitive_read(row, user=current_user, page=page)
        row, case = debriefing_lists.mine(db.session(), debriefing_id, rights=auth.rights())
    return row, case


def _one(row: Debriefing, case: Case) -> dict[str, Any]:
    """All that the page of one secretary shows."""
    session = db.session()
    round_ = session.get_one(DebriefingRound, row.round_id)
    tasks = debriefing_steps.tasks_for(session, row, case)
    found = debriefing_steps.list_state(session, row.list_case_id)
    earlier = debriefing_steps.before(session, row, round_)
    is_own = row.user_id == current_user.id
    report = debriefing_steps.report_of(session, row, tasks)
    return {
        "row": row,
        "case": case,
        "round": round_,
        "is_own": is_own,
        "steps": debriefing_steps.steps(row, round_, tasks, found),
        "waiting": _waiting(tasks, row) if is_own else [],
        "report": report,
        "told": _told(case, report.handed_in),
        "earlier": earlier,
        "earlier_list": debriefing_steps.list_state(
            session, earlier.list_case_id if earlier else None
        ),
        "found": found,
        "shows_scores": not is_own or row.state == "graded",
    }


def _waiting(tasks: Any, row: Debriefing) -> list[Task]:
    """What waits for the secretary himself; what his office has to do stands in his inbox."""
    own = (str(row.user_id), row.user_id)
    return [one for one in tasks if one.done_at is None and one.item_key in own]


def _told(case: Case, task: Task | None) -> Any:
    """The report that was handed in, field by field."""
    names = readings.Names(db.session(), codes=pickers.codes(), english=i18n.language() == "en")
    return history.lines_of(case, task, names) if task else []
