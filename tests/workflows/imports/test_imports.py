"""A workbook goes in whole or not at all, and twice without effect."""

from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import (
    AuditRow,
    Base,
    Evidence,
    Finding,
    Grant,
    Holding,
    Obligation,
    ObligationState,
    Post,
    Unit,
    User,
)
from tests.workflows.imports.books import Sheets, good, put, written
from workflows import findings
from workflows.errors import NotAllowed
from workflows.imports import Report, export_workbook, import_workbook, template

Take = Callable[..., Report]
TABLES: tuple[type[Base], ...] = (
    *(Unit, User, Post, Holding, Grant, Obligation, Evidence, Finding, AuditRow),
)


def counts(session: Session) -> list[int]:
    return [session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]


def test_a_good_workbook_is_taken_whole(session: Session, take: Take) -> None:
    report = take(written(good()))
    assert report.faults == []
    assert counts(session)[:-1] == [5, 5, 3, 3, 2, 7, 4, 1]
    branch = session.scalars(select(Unit).where(Unit.code == "B1")).one()
    above = {u.code: u.id for u in session.scalars(select(Unit))}
    assert branch.path == "/" + "".join(f"{above[c]}/" for c in ("SW", "GW", "A", "D", "B1"))
    assert branch.member_count == 12
    assert branch.term_ends_on == date(2028, 6, 30)


def test_nobody_brought_in_has_a_password(session: Session, take: Take) -> None:
    take(written(good()))
    assert set(session.scalars(select(User.password_hash))) == {None}


def test_the_holders_of_a_post_stay_as_history(session: Session, take: Take) -> None:
    take(written(good()))
    held = session.scalars(
        select(Holding).join(Post).where(Post.title == "第一支部书记").order_by(Holding.since)
    ).all()
    assert [one.user.login for one in held] == ["m01", "zb1"]
    assert held[0].until == held[1].since == date(2025, 7, 1)


def test_records_become_obligations_with_evidence(session: Session, take: Take) -> None:
    take(written(good()))
    rows = session.scalars(select(Obligation).order_by(Obligation.period)).all()
    states = {(row.period, row.state) for row in rows}
    assert (20251001, ObligationState.MISSED) in states
    assert (20251101, ObligationState.LATE) in states
    assert (20251201, ObligationState.EXCUSED) in states
    assert (20260201, ObligationState.OPEN) in states
    late = next(row for row in rows if row.state == ObligationState.LATE)
    paper = session.get_one(Evidence, late.evidence_id)
    assert (paper.held_on, paper.present, paper.expected) == (date(2025, 12, 3), 9, 12)


def test_a_missed_record_keeps_its_finding(session: Session, take: Take) -> None:
    take(written(good()))
    finding = session.scalars(select(Finding)).one()
    why = findings.why(session, finding)
    assert finding.fact.startswith("2025年第4季度“支部党员大会”")
    assert why.rule is not None
    assert why.rule.code == "DYDH"
    assert why.links[0].label == "支部党员大会"
    assert finding.calendar == "2026r1"


def test_the_same_workbook_twice_changes_nothing(session: Session, take: Take) -> None:
    take(written(good()))
    before = counts(session)
    report = take(written(good()))
    assert report.is_good
    assert report.changes == 0
    assert counts(session) == before


def test_a_dry_run_changes_nothing_and_counts(session: Session, take: Take) -> None:
    before = counts(session)
    report = take(written(good()), dry_run=True)
    assert report.counts["人员 新增"] == 5
    assert counts(session) == before


def test_one_faulty_row_keeps_all_others_out(session: Session, take: Take) -> None:
    before = counts(session)
    report = take(put("职责记录", 2, "实到人数", 13))
    (fault,) = report.faults
    assert (fault.sheet, fault.row, fault.column, fault.value) == ("职责记录", 2, "实到人数", "13")
    assert "实到多于应到" in str(fault)
    assert "more came" in str(fault)
    assert counts(session) == before


def test_what_goes_out_comes_in_again_without_change(session: Session, take: Take) -> None:
    take(written(good()))
    session.commit()
    before = counts(session)
    report = take(export_workbook(session))
    assert report.faults == []
    assert report.changes == 0
    assert counts(session) == before


def test_the_template_holds_every_column_and_no_row(take: Take) -> None:
    book = load_workbook(BytesIO(template()))
    assert book.sheetnames == ["单位", "人员", "岗位任职", "角色授权", "职责记录", "责任清单"]
    assert take(template()).faults == []


def test_columns_are_found_by_name_wherever_they_stand(session: Session, take: Take) -> None:
    sheets = good()
    for title, rows in sheets.items():
        turned = [list(reversed(row)) for row in rows]
        sheets[title] = [["某市机关工委"], [], *turned]
    assert take(written(sheets)).faults == []
    assert session.scalar(select(func.count(Unit.id))) == 5


def test_a_change_on_file_is_taken_and_counted(session: Session, take: Take) -> None:
    take(written(good()))
    session.commit()
    report = take(put("单位", 2, "正式党员数", 15))
    assert report.counts["单位 变更"] == 1
    branch = session.scalars(select(Unit).where(Unit.code == "B1")).one()
    assert (branch.member_count, branch.version) == (15, 2)


def test_a_unit_that_moves_takes_along_what_hangs_on_it(session: Session, take: Take) -> None:
    take(written(good()))
    session.commit()
    moved: Sheets = {
        "单位": [
            ["单位编码", "单位名称", "类型", "上级编码", "管理权限", "正式党员数"],
            ["A2", "市审计局", "党组", "GW", "党委", 0],
            ["D", "市财政局机关党委", "机关党委", "A2", "工委", 12],
        ]
    }
    assert take(written(moved)).faults == []
    paths = {unit.code: unit.path for unit in session.scalars(select(Unit))}
    assert paths["B1"].startswith(paths["D"])
    assert paths["D"].startswith(paths["A2"])


def test_a_term_that_ends_is_entered_without_a_second_holding(session: Session, take: Take) -> None:
    take(written(good()))
    session.commit()
    report = take(put("岗位任职", 4, "离任日期", date(2026, 2, 1)))
    assert report.counts["岗位任职 变更"] == 1
    assert session.scalar(select(func.count(Holding.id))) == 3


def test_a_person_disabled_by_the_workbook_is_out_at_once(session: Session, take: Take) -> None:
    take(written(good()))
    session.commit()
    sheets = good()
    sheets["人员"] = [[*row, "启用" if n == 0 else "是"] for n, row in enumerate(sheets["人员"])]
    sheets["人员"][3][-1] = "否"
    assert take(written(sheets)).is_good
    member = session.scalars(select(User).where(User.login == "m01")).one()
    assert not member.enabled
    assert member.session_key != ""


def test_an_import_stands_in_the_audit_trail(session: Session, take: Take) -> None:
    take(written(good()))
    row = session.scalars(select(AuditRow).where(AuditRow.action == "workbook_imported")).one()
    assert row.detail["counts"]["单位 新增"] == 5


def test_roles_come_in_by_the_security_admin_alone(
    session: Session, take: Take, now: datetime
) -> None:
    take(written(good()))
    session.commit()

    def bring(login: str, *titles: str) -> Report:
        user = session.scalars(select(User).where(User.login == login)).one()
        data = written({title: good()[title] for title in titles})
        return import_workbook(session, data, by=user, now=now)

    assert bring("anquan", "角色授权").is_good
    assert bring("xitong", "单位", "人员").is_good
    for login, title in (("xitong", "角色授权"), ("anquan", "人员"), ("dz", "单位")):
        with pytest.raises(NotAllowed):
            bring(login, title)


def test_progress_is_told(session: Session, take: Take, now: datetime) -> None:
    told: list[Any] = []
    import_workbook(session, written(good()), by=None, now=now, say=told.append)
    assert any("职责记录" in line for line in told)
