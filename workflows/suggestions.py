"""What the case knows already stands in the form: data is asked for once and reused.

Nothing here is an answer yet: whoever does the step reads it, changes it and hands it in.
"""

from collections.abc import Callable, Mapping
from typing import Any

from workflows import debriefing_suggestions, plan_suggestions

Vars = Mapping[str, Any]
Rows = list[dict[str, Any]]
LENIENCY = ("17", "18", "19")  # guard 6: each is looked at, claimed or not
TESTS = ("facts", "evidence", "basis", "responsibility", "procedure", "handling")  # 条例 21


def for_task(node: str, schema: Mapping[str, Any], variables: Vars, item: str) -> dict[str, Any]:
    """By field, for the fields that the form has; `item` is the key within a multi-instance."""
    known = {
        **_facts(schema, variables),
        **_one_row_each(schema, variables),
        **(SUGGEST[node](variables, item) if node in SUGGEST else {}),
    }
    return {name: value for name, value in known.items() if value and name in schema["properties"]}


def _facts(schema: Mapping[str, Any], variables: Vars) -> dict[str, Any]:
    """The case's own facts, wherever a field asks for facts by that name."""
    part = schema["properties"].get("facts", {})
    return {"facts": variables.get("findings")} if part.get("x-ref") == "fact" else {}


def _one_row_each(schema: Mapping[str, Any], variables: Vars) -> dict[str, Any]:
    """A row for each subject of the case, where rows are about one."""
    subjects = variables.get("subjects") or {}
    found = {}
    for name, part in schema["properties"].items():
        inner = part.get("items", {}).get("properties", {})
        if inner.get("subject", {}).get("x-ref") == "subject":
            facts = _facts(part["items"], variables)
            found[name] = [{"subject": key, **facts} for key in subjects]
    return found


def _subjects(variables: Vars, _: str) -> dict[str, Any]:
    subject = variables.get("subject")
    if not subject:
        return {}
    kind = "org" if subject["kind"] == "org" else "cadre"
    row = {"kind": kind, "ref": subject["key"], "post_then": subject.get("post", "")}
    return {"subjects": [{**row, "principal": bool(subject.get("principal"))}]}


def _talk(variables: Vars, _: str) -> dict[str, Any]:
    return {"at": variables["due"].get("planned_at"), "present": variables.get("talkers")}


def _plan(variables: Vars, _: str) -> dict[str, Any]:
    problems = (variables.get("rect") or {}).get("problems") or []
    owner = (variables.get("rect") or {}).get("owner") or [None]
    rows = [{**one, "responsible": owner[0]} for one in problems]
    return {"items": [{k: v for k, v in row.items() if v} for row in rows]}


def _planned(variables: Vars) -> Rows:
    return [{"item": row["problem"]} for row in (variables.get("rect_plan") or {}).get("items", [])]


def _tags_found(variables: Vars, _: str) -> dict[str, Any]:
    """Each circumstance that the inquiry found is to be answered (guard 6)."""
    rows = (variables.get("investigate") or {}).get("circumstances") or []
    return {"circumstances": [{"tag": row["tag"]} for row in rows if row["found"]]}


def _points(variables: Vars, item: str) -> dict[str, Any]:
    here = (variables.get("meeting") or {}).get(item) or {}
    defence = (here.get("subject_opinion") or {}).get("defence") or []
    return {"points": [{"point": row["point"]} for row in defence]}


def _concluded(variables: Vars, _: str) -> dict[str, Any]:
    """What the report proposed, for the meeting to take or to change."""
    rows = (variables.get("draft_report") or {}).get("proposals") or []
    kept = ("subject", "form", "article")
    proposed = [{**{k: row.get(k) for k in kept}, "kind": "account"} for row in rows]
    return {"conclusions": proposed} if proposed else {}


def _appellant(variables: Vars, _: str) -> dict[str, Any]:
    return {"served": [{"who": variables["subject"]["name"]}]}


def _circle(variables: Vars, _: str) -> dict[str, Any]:
    """Who was told before, by name, each once."""
    names = dict.fromkeys(row["who"] for row in variables.get("circle") or [])
    return {"scope": [{"who": name} for name in names]}


def _drafted(variables: Vars, _: str) -> dict[str, Any]:
    """The lines of a draft that came back; at first none: not everybody graded is named."""
    return {"items": (variables.get("draft_uses") or {}).get("items")}


def _flagged(variables: Vars, _: str) -> dict[str, Any]:
    return {"flags": [{"flag": one["flag"]} for one in variables.get("flags") or ()]}


def _to_decide(variables: Vars, _: str) -> dict[str, Any]:
    """Each line of the draft; what was dropped with its flag stands as dropped."""
    answers = (variables.get("answer_flags") or {}).get("flags", ())
    dropped = {row["flag"].rpartition(":")[0]: row for row in answers if row["verdict"] == "drop"}
    return {
        "items": [
            {
                **line,
                "verdict": "drop",
                "reason": dropped[f"{line['subject']}:{line['use']}"]["reason"],
            }
            if f"{line['subject']}:{line['use']}" in dropped
            else line
            for line in variables.get("lines") or ()
        ]
    }


def _awarded(variables: Vars, _: str) -> dict[str, Any]:
    return {
        "items": [{"subject": one["subject"]} for one in _approved(variables, "award_priority")]
    }


def _adopted(variables: Vars, _: str) -> dict[str, Any]:
    return {"items": [{k: one[k] for k in ("subject", "use")} for one in _approved(variables)]}


def _approved(variables: Vars, use: str = "") -> Rows:
    return [one for one in variables.get("approved") or () if use in ("", one["use"])]


SUGGEST: dict[str, Callable[[Vars, str], dict[str, Any]]] = {
    "enter_case": _subjects,
    "hold_interview": _talk,
    "investigate": lambda *_: {"circumstances": [{"article": one} for one in LENIENCY]},
    "rect_plan": _plan,
    "rect_work": lambda variables, _: {"progress": _planned(variables)},
    "rect_verify": lambda variables, _: {"items": _planned(variables)},
    "meet_subject": lambda variables, _: {"present": list(variables.get("team") or {})},
    "answer_points": _points,
    "draft_report": _tags_found,
    "decide_collectively": _concluded,
    "register_appeal": lambda variables, _: {"received_on": variables.get("filed_on")},
    "review_appeal": lambda *_: {"tests": [{"test": one} for one in TESTS]},
    "serve_reply": _appellant,
    "tell_again": _circle,
    "draft_uses": _drafted,
    "answer_flags": _flagged,
    "decide_uses": _to_decide,
    "settle_publicity": _awarded,
    "record_outcome": _adopted,
    "approve_survey": lambda variables, _: {"known": variables.get("known")},
    "analyse": lambda variables, _: dict(variables.get("analyse") or {}),
    "design_survey": lambda variables, _: dict(variables.get("design_survey") or {}),
    **debriefing_suggestions.SUGGEST,
    **plan_suggestions.SUGGEST,
}
