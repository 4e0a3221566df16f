"""The demo's lists, plans and questionnaires by workbook: out, in where nothing is, out again."""

import io
from typing import Any

from openpyxl import load_workbook
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from models import (
    JointPlan,
    PlanChange,
    PlanCheckpoint,
    PlanEvidence,
    PlanItem,
    PlanMeasure,
    PlanMilestone,
    Questionnaire,
    ResponsibilityLine,
    ResponsibilityList,
    Unit,
)
from tests.demo.days import NOW
from workflows import operations, plan_books, questionnaire_books
from workflows.imports import import_workbook
from workflows.imports.export import export_lists

assert operations.names()  # the registry is filled: diagrams find their operations


def cells(data: bytes) -> list[tuple[Any, ...]]:
    """Every sheet's rows: what differs between two workbooks beside is the time in the package."""
    book = load_workbook(io.BytesIO(data))
    return [(sheet.title, *row) for sheet in book for row in sheet.iter_rows(values_only=True)]


def test_lists_of_all_organs(session: Session) -> None:
    before = export_lists(session)
    session.execute(update(ResponsibilityList).values(replaced_by=None))
    for table in (ResponsibilityLine, ResponsibilityList):
        session.execute(delete(table))
    session.expire_all()
    report = import_workbook(session, before, by=None, now=NOW)
    assert report.is_good, report.faults[:5]
    assert len(cells(before)) > 2_000
    assert cells(export_lists(session)) == cells(before)
    session.rollback()


def plans(session: Session) -> list[tuple[JointPlan, Unit]]:
    query = select(JointPlan, Unit).join(Unit, Unit.id == JointPlan.unit_id)
    return [
        (plan, unit) for plan, unit in session.execute(query.order_by(JointPlan.year, Unit.code))
    ]


def test_plans_of_all_organs(session: Session) -> None:
    before = plan_books.export(session, plans(session))
    session.execute(update(ResponsibilityLine).values(plan_item_id=None))
    for table in (
        PlanChange, PlanEvidence, PlanCheckpoint, PlanMilestone, PlanMeasure, PlanItem, JointPlan
    ):  # fmt: skip
        session.execute(delete(table))
    session.expire_all()
    report = plan_books.take(session, before, rights=None, now=NOW, existing=True)
    assert report.is_good, report.faults[:5]
    assert len(cells(before)) > 100
    assert cells(plan_books.export(session, plans(session))) == cells(before)
    session.rollback()


def test_questionnaires(session: Session) -> None:
    rows = session.scalars(select(Questionnaire)).all()
    assert rows
    for row in rows:
        said = (row.title, row.title_en)
        before = questionnaire_books.write(*said, row.questions)
        read = questionnaire_books.read(before)
        assert read.report.is_good, read.report.faults[:5]
        assert questionnaire_books.normal(read.questions) == questionnaire_books.normal(
            row.questions
        )
        assert cells(questionnaire_books.write(*said, read.questions)) == cells(before)
