"""抽样清单 as it is printed: seed, method and result, so that anybody can draw it again."""

from sqlalchemy.orm import Session

from models import Case, Sample, User
from workflows import documents, issuers
from workflows.deadlines import ZONE, day_of
from workflows.documents import chinese_date
from workflows.inspection_lists import Pick, Seeing, Seen, drawn

KINDS = {"meeting": "会议记录", "study": "学习笔记"}


def sample_list(session: Session, seen: Seen, one: Seeing, sample: Sample) -> bytes:
    """The sample as .docx, by the template of the case's version."""
    found = drawn(session, sample)
    at = sample.drawn_at.astimezone(ZONE)
    case: Case = seen.case
    by = session.get_one(User, sample.drawn_by)
    values = {
        "issuer": issuers.issuer_of(session, by, now=sample.drawn_at),
        "number": case.number or "",
        "title": "抽样清单",
        "signed_on": chinese_date(day_of(sample.drawn_at)),
        "subject": one.unit.name,
        "from_day": chinese_date(sample.from_day),
        "to_day": chinese_date(sample.to_day),
        "kind": KINDS[sample.kind],
        "total": len(sample.frame),
        "size": len(sample.picks),
        "algorithm": sample.algorithm,
        "seed": sample.seed,
        "digest": found.digest,
        "picks": [_line(place, pick) for place, pick in enumerate(found.picks, 1)],
        "drawn_by": found.by,
        "drawn_at": f"{chinese_date(at.date())} {at:%H:%M}",
    }
    return documents.fill(session, case.definition_id, "sample_list", values)


def _line(place: int, pick: Pick) -> dict[str, object]:
    return {
        "place": place,
        "id": str(pick.record.id),
        "name": f"{pick.unit.name}{pick.rule.name}",
        "day": chinese_date(pick.record.held_on),
    }
