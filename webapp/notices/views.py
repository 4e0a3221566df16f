"""消息: a person's news, the newest first; read by going on to what they are about."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from models import Notification, User
from webapp import auth, clock, db, menu, news
from webapp.words import say_fields
from workflows import deliveries, notices
from workflows.errors import Invalid

bp = Blueprint("notices", __name__, url_prefix="/news")
MAIL: dict[str, LazyString] = {
    "each": _("each at once"),
    "daily": _("one mail a day, at half past eight"),
    "none": _("no mail"),
}


@bp.get("")
def index() -> ResponseReturnValue:
    return _page()


def _page(fault: str = "") -> ResponseReturnValue:
    after = request.args.get("after", "")
    is_id = after.isascii() and after.isdecimal() and len(after) < 19
    page = notices.of_user(db.session(), _user(), after=int(after) if is_id else None)
    shown = render_template(
        "notices/index.html",
        rows=[(row, _sentence(row)) for row in page.rows],
        unread=notices.count_unread(db.session(), _user()),
        after=url_for("notices.index", after=page.after) if page.after else None,
        user=_user(),
        choices=MAIL.items(),
        fault=fault,
    )
    return shown, 422 if fault else 200


def _user() -> User:
    return auth.rights().user


def _sentence(row: Notification) -> str:
    return news.sentence(row.kind, row.facts, lambda sentence: str(gettext(sentence)))


@bp.post("/<id:notice_id>")
def read(notice_id: int) -> ResponseReturnValue:
    """Read; on to the step or the case that it is about."""
    row = notices.mark_read(db.session(), notice_id, user=_user(), now=clock.now())
    return redirect(news.path(row.task_id, row.case_id, row.facts), 303)


@bp.post("/read")
def read_all() -> ResponseReturnValue:
    notices.mark_all_read(db.session(), _user(), now=clock.now())
    return redirect(url_for("notices.index"), 303)


@bp.post("/mail")
def choose() -> ResponseReturnValue:
    """How the person's news come by mail."""
    try:
        deliveries.choose(db.session(), _user(), request.form.get("mail", ""))
    except Invalid as refused:
        db.start_over()
        return _page(say_fields(refused)["mail"])
    flash(gettext("Your choice is kept."), "success")
    return redirect(url_for("notices.index"), 303)


@menu.count("notices.index")
def _unread() -> int:
    return notices.count_unread(db.session(), _user())
