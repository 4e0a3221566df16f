"""The city's monthly circulars: the last month's is issued, this month's is being drafted."""

from demo.acting import Scene
from models import CityCircular
from workflows import city_circulars
from workflows.deadlines import day_of

DRAFTS, ISSUES = "ducha1", "fenguan1"
REMARKS = (
    "各单位要对照通报逐项核对，未办的责任事项限期补办，红灯事项由主要负责人亲自过问。\n"
    "党建与业务只谈一面的会议、只有一张皮的计划项，要在下次“同检查”前改正。"
)


def play(scene: Scene) -> None:
    """On top of all that happened before: what is issued is frozen as it stood then."""
    session, now = scene.session, scene.now
    today = day_of(now)
    this = today.year * 100 + today.month
    last = this - 1 if today.month > 1 else (today.year - 1) * 100 + 12
    issued = _draft(scene, last)
    drafter, leader = scene.rights(DRAFTS, now), scene.rights(ISSUES, now)
    city_circulars.change(
        session, issued, REMARKS, version=issued.version, anew=False, rights=drafter, now=now
    )
    city_circulars.issue(session, issued, version=issued.version, rights=leader, now=now)
    _draft(scene, this)


def _draft(scene: Scene, month: int) -> CityCircular:
    rights = scene.rights(DRAFTS, scene.now)
    return city_circulars.draft(scene.session, month, rights=rights, now=scene.now)
