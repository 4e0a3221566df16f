"""Words, times and links that the pages of a case's file share with those of its steps."""

from datetime import datetime

from flask import current_app, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from webapp import table_words
from webapp.cases.views import bp
from webapp.i18n import moment
from workflows.findings import Link

BY_TABLE: LazyString = _("Established in its case")


@bp.app_template_global("table_word")
def table_word(value: object) -> str:
    return table_words.tell(value)


@bp.app_template_global("result_word")
def result_word(result: str) -> str:
    return str(table_words.RESULTS.get(result) or result)


@bp.app_template_global("fact_kind")
def fact_kind(kind: str) -> str:
    """The rule of a fact that a case itself proved."""
    return f"{BY_TABLE}：{table_words.tell(kind)}"


@bp.app_template_global("evidence_url")
def evidence_url(link: Link) -> str | None:
    """Where a piece of evidence is shown; none where no page shows it."""
    if link.type == "case" and link.id.isdecimal():
        return url_for("cases.show", case_id=int(link.id))
    if link.type == "obligation" and link.label and "duties.show" in current_app.view_functions:
        return url_for("duties.show", key=link.id)
    return None


@bp.app_template_filter("stamp")
def stamp(text: str) -> str:
    """A time as answers keep it, on the organisation's clocks."""
    try:
        return moment(datetime.fromisoformat(text))
    except (TypeError, ValueError):
        return str(text)
