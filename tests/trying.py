"""What-if in tests: a stricter table, and an independent count of what it would propose."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from config import ROOT

PROCESSES = ("supervision", "reminder", "interview", "rectification")
TABLE = "decisions/measure_proposal"

# Each duty not done when it was due, by month and by what the stricter table makes of it: a first
# sign leads to an interview, but whoever is no leading cadre is reminded (条例 5).
COUNT = """
SELECT {month} AS month,
  CASE WHEN u.kind = 'branch' AND EXISTS (
    SELECT 1 FROM post p JOIN holding h ON h.post_id = p.id JOIN "user" x ON x.id = h.user_id
    WHERE p.unit_id = o.unit_id AND p.kind = '支部书记' AND h.since <= {settled}
      AND (h.until IS NULL OR h.until > {settled}) AND NOT x.cadre
  ) THEN 'reminder' ELSE 'interview' END AS rung,
  COUNT(*) AS number
FROM obligation o JOIN unit u ON u.id = o.unit_id
WHERE (o.state = 4 OR (o.state = 2 AND o.done_on > {due})) AND o.due_at BETWEEN :first AND :last
GROUP BY 1, 2
"""
WORDS = {
    "sqlite": {
        "month": "strftime('%Y-%m', o.due_at, 'unixepoch', '+8 hours')",
        "due": "date(o.due_at, 'unixepoch', '+8 hours')",
        "settled": "date(o.due_at + 1, 'unixepoch', '+8 hours')",
    },
    "postgresql": {
        "month": "to_char(to_timestamp(o.due_at) AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')",
        "due": "(to_timestamp(o.due_at) AT TIME ZONE 'Asia/Shanghai')::date",
        "settled": "(to_timestamp(o.due_at + 1) AT TIME ZONE 'Asia/Shanghai')::date",
    },
}


def counted(session: Session, since: datetime, until: datetime) -> dict[str, dict[str, int]]:
    """By SQL alone: month, then rung."""
    statement = text(COUNT.format(**WORDS[session.get_bind().dialect.name]))
    span = {"first": int(since.timestamp()), "last": int(until.timestamp()) - 1}
    found: dict[str, dict[str, int]] = {}
    for month, rung, number in session.execute(statement, span):
        found.setdefault(month, {})[rung] = number
    return found


def stricter() -> bytes:
    """The shipped table, but a first sign is answered by an interview."""
    shipped = (ROOT / "bpmn" / "_decisions" / "measure_proposal.dmn").read_text(encoding="utf-8")
    cell = '<outputEntry id="measure_proposal_rule_10b_out_measure">'
    head, found, rest = shipped.partition(cell)
    assert found
    rest = rest.replace('"reminder"', '"interview"', 1)
    return (head + found + rest).encode()
