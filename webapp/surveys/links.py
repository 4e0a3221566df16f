"""发放: the links of a survey are given out, as slips with QR codes or as a workbook, once.

Of an anonymous survey nobody can look them up again: the slips of a unit are alike, and which of
them somebody takes is written nowhere. Who is asked by name comes to his own link by his news.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import segno
from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from config import Config
from models import Survey, Unit
from webapp import auth, clock, db, exports
from webapp.surveys.telling import group_name
from webapp.surveys.views import bp
from workflows import survey_links, surveys
from workflows.survey_links import Sheet
from workflows.survey_populations import read_cell


@dataclass(frozen=True)
class Slip:
    """What is cut out and handed to one person."""

    address: str
    code: str  # the QR code, as an address of its picture


@bp.get("/<id:survey_id>/links")
def links(survey_id: int) -> ResponseReturnValue:
    survey = surveys.held(db.session(), survey_id, rights=auth.rights())
    return render_template(
        "surveys/links.html",
        survey=survey,
        units=survey_links.groups_of(db.session(), survey),
    )


@bp.post("/<id:survey_id>/links")
def give_out(survey_id: int) -> ResponseReturnValue:
    """All that was not given out yet, as a workbook; by name with the names."""
    session, rights, now = db.session(), auth.rights(), clock.now()
    survey = surveys.held(session, survey_id, rights=rights)
    heads = [gettext("Unit"), gettext("Who"), gettext("Link")]
    if not survey.anonymous:
        lines = [
            [unit, name, _address(token)]
            for unit, name, token in survey_links.named_links(
                session, survey, by=rights.user, now=now
            )
        ]
        return exports.workbook(gettext("Links"), heads, lines)
    sheets = survey_links.issue(session, survey, by=rights.user, now=now)
    if not sheets:
        return _nothing_left(survey)
    organs = survey_links.organs(session)
    lines = [
        [sheet.unit, _who(survey, sheet, organs), _address(token)]
        for sheet in sheets
        for token in sheet.tokens
    ]
    return exports.workbook(gettext("Links"), heads, lines)


@bp.post("/<id:survey_id>/links/<id:unit_id>")
def print_slips(survey_id: int, unit_id: int) -> ResponseReturnValue:
    """The slips of one unit with their QR codes; `anew` those that were not used yet, again."""
    session, rights, now = db.session(), auth.rights(), clock.now()
    survey = surveys.held(session, survey_id, rights=rights)
    if request.form.get("anew"):
        sheets = survey_links.issue_anew(session, survey, unit_id, by=rights.user, now=now)
    else:
        sheets = survey_links.issue(session, survey, by=rights.user, now=now, unit_id=unit_id)
    if not any(sheet.tokens for sheet in sheets):
        return _nothing_left(survey)
    organs = survey_links.organs(session)
    return render_template(
        "surveys/slips.html",
        survey=survey,
        sheets=[
            (sheet.unit, _who(survey, sheet, organs), _slips(sheet.tokens)) for sheet in sheets
        ],
    )


def _nothing_left(survey: Survey) -> ResponseReturnValue:
    flash(gettext("No links are left to give out; used ones are not replaced."), "warning")
    return redirect(url_for("surveys.links", survey_id=survey.id), 303)


def _slips(tokens: Sequence[str]) -> list[Slip]:
    addresses = [_address(token) for token in tokens]
    return [
        Slip(one, segno.make_qr(one, error="m").svg_data_uri(scale=3, border=2))
        for one in addresses
    ]


def _address(token: str) -> str:
    config: Config = current_app.extensions["config"]
    base = config.public_url or request.url_root
    return base.rstrip("/") + url_for("answers.show", token=token)


def _who(survey: Survey, sheet: Sheet, organs: dict[str, Unit]) -> str:
    return group_name(survey.attributes, read_cell(sheet.cell), organs)


@bp.get("/<id:survey_id>/own")
def own(survey_id: int) -> ResponseReturnValue:
    """Where the news leads whoever is asked by name."""
    survey, answered_at = surveys.asking(db.session(), survey_id, user=auth.rights().user)
    return render_template(
        "surveys/own.html", survey=survey, answered_at=answered_at, now=clock.now()
    )


@bp.post("/<id:survey_id>/own")
def answer_own(survey_id: int) -> ResponseReturnValue:
    """A fresh link for the signed-in person, and on to its page."""
    token = survey_links.own_link(db.session(), survey_id, user=auth.rights().user)
    return redirect(url_for("answers.show", token=token), 303)
