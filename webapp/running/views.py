"""All processes, and one: its cases on the diagram, in a list, and the times of its steps."""

from collections.abc import Sequence
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import Definition
from models.ids import MAX_ID
from webapp import clock, db, exports
from webapp.i18n import named
from webapp.running import common
from webapp.running.common import bp
from workflows import definitions, health, repairs, running_cases, stuck
from workflows.errors import NotFound
from workflows.running_cases import Place, Times, Wanted

HEATS = 4
MOST_SHOWN = 50


@bp.get("")
def index() -> ResponseReturnValue:
    session, now = db.session(), clock.now()
    return render_template(
        "running/index.html",
        now=now,
        lines=running_cases.overview(session, now=now),
        standing=health.standing_still(session, limit=MOST_SHOWN),
        stuck=stuck.find(session, now=now, limit=MOST_SHOWN),
        idle=stuck.idle(session, now=now, limit=MOST_SHOWN),
        waiting=repairs.waiting(session),
        whys=common.WHYS,
        kinds=common.KINDS,
        clock=health.clock(session, now=now),
        late=[job for job in health.jobs(session) if job.is_late(now)],
    )


@bp.get("/<process>")
def show(process: str) -> ResponseReturnValue:
    session, now = db.session(), clock.now()
    known = running_cases.versions_of(session, process)
    if not known:
        raise NotFound("There is no such process.")
    definition = _chosen([one for one, _ in known])
    places = running_cases.places(session, definition.id, now=now)
    times = running_cases.times(session, process, now=now)
    if request.args.get("export") == "times":
        return _times(definition, times)
    wanted = Wanted(
        process, definition.id, request.args.get("node", ""), request.args.get("status", "")
    )
    if request.args.get("export") == "cases":
        return _cases(definition, wanted)
    rows, after = running_cases.rows(session, wanted, now=now, after=_after())
    return render_template(
        "running/show.html",
        definition=definition,
        versions=known,
        places=places,
        times=times,
        heats=_heats(times),
        diagrams=_diagrams(definition, places, times),
        rows=rows,
        after=after,
        wanted=wanted,
        node_choices=[(one.node, named(one.name, one.name_en)) for one in places],
        statuses=common.STATUSES,
        now=now,
    )


def _chosen(known: Sequence[Definition]) -> Definition:
    """The version that was asked for, else the newest one."""
    number = request.args.get("version", "")
    return next((one for one in known if str(one.number) == number), known[0])


def _after() -> int | None:
    text = request.args.get("after", "")
    return int(text) if text.isdecimal() and len(text) < 20 and int(text) <= MAX_ID else None


def _heats(times: Sequence[Times]) -> dict[str, int]:
    """1 to 4 by the median: each quarter of the way to the slowest step is one more."""
    most = max((one.median for one in times), default=0) or 1
    return {one.node: min(HEATS, 1 + int(HEATS * one.median / most)) for one in times}


def _diagrams(
    definition: Definition, places: Sequence[Place], times: Sequence[Times]
) -> list[dict[str, Any]]:
    """The process's own drawing and those of called processes where something stands or took
    time: where cases stand, and how warm each step is."""
    nodes = definitions.spec_of(db.session(), definition.id).nodes
    heats, found = _heats(times), []
    names = sorted(
        {one.process for one in nodes.values()}, key=lambda n: (n != definition.process, n)
    )
    for name in names:
        here = [one for one in places if _is_in(nodes, one.node, name)]
        warm = [one for one in times if _is_in(nodes, one.node, name)]
        if name == definition.process or here or warm:
            tokens = [{"id": one.node, "label": str(one.count), "light": one.worst} for one in here]
            notes = [
                {"id": one.node, "kind": f"heat-{heats[one.node]}", "label": f"{one.median:.1f}"}
                for one in warm
            ]
            found.append({"name": name, "current": tokens, "notes": notes})
    return found


def _is_in(nodes: Any, node: str, process: str) -> bool:
    return node in nodes and nodes[node].process == process


def _times(definition: Definition, times: Sequence[Times]) -> ResponseReturnValue:
    heads = [
        gettext("Step"),
        gettext("Id"),
        gettext("Done"),
        gettext("Half of them within (working days)"),
        gettext("Nine in ten within (working days)"),
    ]
    rows = [
        (
            named(one.name, one.name_en),
            one.node,
            one.count,
            round(one.median, 2),
            round(one.ninety, 2),
        )
        for one in times
    ]
    name = f"{named(definition.name, definition.name_en)} {gettext('time per step')}"
    return exports.answer(name, heads, rows)


def _cases(definition: Definition, wanted: Wanted) -> ResponseReturnValue:
    found, _ = running_cases.rows(db.session(), wanted, now=clock.now(), size=exports.MOST)
    heads = [
        gettext("Case"),
        gettext("Version"),
        gettext("Unit"),
        gettext("State"),
        gettext("Where it stands"),
        gettext("Waiting since"),
    ]
    rows = [
        (
            one.case.number or str(one.case.id),
            f"v{one.version}",
            one.unit,
            str(common.STATUSES[one.case.status]),
            "、".join(named(name, name_en) for name, name_en, _ in one.steps),
            one.since,
        )
        for one in found
    ]
    return exports.answer(named(definition.name, definition.name_en), heads, rows)
