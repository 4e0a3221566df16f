"""What a month's circular says in words, from its figures alone."""

from collections.abc import Mapping
from typing import Any

from workflows import city_picture

DUTIES = {
    "on_time": "按期完成",
    "late": "逾期完成",
    "missed": "缺失",
    "excused": "免予履行",
    "open": "尚未到期",
}
KINDS = {
    "missed_duty": "责任事项未办",
    "late_duty": "责任事项逾期",
    "red_over": "红灯长期未消",
    "unit_reds": "同一单位多次红灯",
    "false_report": "弄虚作假",
    "plan_late": "整改方案逾期",
    "work_late": "整改逾期",
    "failed": "整改不力",
    "relapse": "问题回潮",
    "interview_refused": "拒不接受约谈",
    "reminder_escalated": "提醒后未改正",
    "abuse": "滥用问责",
    "debriefing": "述职评议发现",
    "assessment": "考核发现",
    "inspection": "督导检查发现",
}
RECTIFIED = {"passed": "合格销号", "failed": "整改不力", "open": "正在整改", "stopped": "终止"}
STAGES = {
    "plan": "同谋划",
    "deploy": "同部署",
    "carry_out": "同落实",
    "check": "同检查",
    "assess": "同考核",
}
WORDS = {"duties": DUTIES, "findings": KINDS, "rectified": RECTIFIED}


def said(figures: Mapping[str, Any], remarks: str) -> dict[str, Any]:
    """The fields of the paper (paper_fields.py: city_circular)."""
    month, year = figures["month"], figures["year"]
    return {
        "month": month["label"],
        "duties": [_duties(month), _duties(year)],
        "plan": _plan(month),
        "matters": _matters(month["lights"]),
        "findings": _findings(month, figures["past"]),
        "rectified": [_rectified(month), _rectified(year)],
        "skins": _skins(month["skins"]),
        "changes": [change(one) for one in figures["changes"]],
        "remarks": [line for line in remarks.splitlines() if line.strip()],
        "organs": [_organ(one) for one in month["organs"]],
    }


def percent(share: float | None) -> str:
    return "—" if share is None else f"{share * 100:.1f}%"


def _duties(one: Mapping[str, Any]) -> str:
    duties = one["duties"]
    settled = duties["on_time"] + duties["late"] + duties["missed"]
    rate = percent(duties["on_time"] / settled if settled else None)
    counts = "，".join(f"{word}{duties[name]}项" for name, word in DUTIES.items())
    return f"{one['label']}责任事项{counts}；按期完成率{rate}"


def _plan(one: Mapping[str, Any]) -> str:
    items = one["items"]
    red = "、".join(f"{STAGES[s]}{row['red']}个" for s, row in one["stages"].items() if row["red"])
    return (
        f"“五同”计划项共{sum(items.values())}项，其中绿灯{items['green']}项、蓝灯{items['blue']}项、"
        f"黄灯{items['yellow']}项、红灯{items['red']}项，各环节已完成{items['done']}项"
        + (f"；红灯环节：{red}" if red else "")
    )


def _matters(lights: Mapping[str, int]) -> str:
    return (
        f"在办督办事项{sum(lights.values())}件，其中绿灯{lights['green']}件、"
        f"蓝灯{lights['blue']}件、黄灯{lights['yellow']}件、红灯{lights['red']}件"
    )


def _findings(one: Mapping[str, Any], past: Mapping[str, Any]) -> str:
    found, before = one["findings"], sum(past["findings"].values())
    kinds = "、".join(f"{KINDS.get(kind, kind)}{number}个" for kind, number in found.items())
    total = sum(found.values())
    return f"认定问题{total}个（{past['label']}{before}个）" + (f"：{kinds}" if kinds else "")


def _rectified(one: Mapping[str, Any]) -> str:
    counts = one["rectified"]
    told = "，".join(f"{word}{counts[name]}件" for name, word in RECTIFIED.items())
    rate = percent(city_picture.rate(counts))
    begun = sum(counts.values())
    return f"{one['label']}启动整改{begun}件：{told}；合格率{rate}，回潮{one['relapsed']}个"


def _skins(skins: Mapping[str, Any]) -> str:
    if skins["index"] is None:
        return f"{skins['year']}年尚无“五同”计划"
    driven = "、".join(f"{part['name']}{part['hits']}处" for part in skins["parts"] if part["hits"])
    before = f"（上年{skins['before']}）" if skins["before"] is not None else ""
    return f"两张皮指数{skins['index']}{before}" + (f"，主要来自：{driven}" if driven else "")


def change(one: Mapping[str, Any]) -> str:
    """One figure of an earlier circular that is otherwise by now."""
    word = WORDS[one["kind"]].get(one["figure"], one["figure"])
    return f"{one['number']}所列“{word}”原为{one['was']}，现为{one['is']}"


def _organ(one: Mapping[str, Any]) -> str:
    return (
        f"{one['name']}：按期{one['on_time']}、逾期{one['late']}、缺失{one['missed']}；"
        f"在办督办{one['matters']}件（红灯{one['reds']}）；认定问题{one['findings']}个"
    )
