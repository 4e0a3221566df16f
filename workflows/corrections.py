"""纠正: a decision is kept, changed or revoked by a new act; its execution follows (条例 21)."""

from models import Case, CaseStatus, Measure
from workflows import cases, executions, measures, suspensions
from workflows.errors import Refused
from workflows.registry import Act, operation
from workflows.subjects import from_vars
from workflows.verdicts import effect_of


def the_measure(act: Act) -> Measure:
    """The measure that the case at hand keeps, changes or revokes."""
    return act.session.get_one(Measure, int(act.vars["measure"]))


def new_form(act: Act) -> str:
    """The form that the discussion concluded on."""
    said = act.vars["discuss_appeal"].get("new_form") or []
    if not said:
        raise Refused("The discussion named no new form.", guard="new_form")
    return str(said[0] if isinstance(said, list) else said)


@operation("keep_measure")
def keep_measure(act: Act) -> None:
    """维持: the measure stands as it was."""


@operation("change_measure")
def change_measure(act: Act) -> None:
    """变更: a new measure takes the old one's place, and its own items are executed."""
    old = the_measure(act)
    first = _first(act, old)
    run = cases.open_run(act.session, first, by=act.by, now=act.now) if first.is_open else None
    months, bars = effect_of(run.act if run else _as_of(act, first), new_form(act))
    new = measures.supersede(
        act,
        old,
        measures.Successor(
            key=f"measure:{act.case.id}:changed",
            form=new_form(act),
            months=months,
            bars=bars,
            subject=from_vars(act.vars["subject"]),
            note=act.vars["decide_appeal"]["reason"],
        ),
    )
    act.vars["new_measure"] = str(new.id)
    if run is not None:
        executions.follow(run, old, new)


def _first(act: Act, measure: Measure) -> Case:
    """The case that decided; where it stands still, this decision sets it going again."""
    first = cases.take(act.session, measure.case_id)
    if first.status == CaseStatus.SUSPENDED:
        suspensions.lift(act.session, first, by=act.by, now=act.now)
    return first


def _as_of(act: Act, first: Case) -> Act:
    """The first case as the act sees it: the version it ran says what a form entails."""
    return Act(
        session=act.session,
        case=first,
        vars=act.vars,
        by=act.by,
        now=act.now,
        calendar=act.calendar,
    )


@operation("revoke_measure")
def revoke_measure(act: Act) -> None:
    """撤销: bars fall from the first day; what is still to be executed of it is called off.

    Where no measure of the case stands any more its execution stops as a whole.
    """
    measure = the_measure(act)
    measures.move(act, measure, "revoked", note=act.vars["decide_appeal"]["reason"])
    measure.bars = []
    measures.free(act.session, measure)
    first = _first(act, measure)
    if not first.is_open:
        return
    run = cases.open_run(act.session, first, by=act.by, now=act.now)
    standing = measures.of_case(act.session, first)
    if any(one.state in ("in_force", "decided") for one in standing):
        executions.follow(run, measure, None)
    else:
        run.deliver("decision_revoked", {"measures": [{"measure": str(measure.id)}]})
