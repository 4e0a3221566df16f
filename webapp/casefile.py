"""The file of a case as the task's page and the case's page show it to one reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from models import Case, Finding, Measure, StoredFile
from webapp import auth, clock, db, history, i18n, pickers
from webapp.i18n import named
from workflows import (
    appeals,
    case_files,
    case_lists,
    cases,
    definitions,
    field_rights,
    findings,
    measures,
    readings,
    reasons,
)
from workflows.case_files import Related, Sight


@dataclass(frozen=True)
class Decided:
    """A measure with who moved it when, on which facts, and what can still be done against it."""

    measure: Measure
    events: Sequence[tuple[Any, str]]
    may_appeal: bool
    remedies: Sequence[str]


@dataclass(frozen=True)
class CaseFile:
    """Everything a reader sees of a case, asked for once."""

    case: Case
    seen: Sight
    definition: Any
    newest: int  # the number of the version that a case opened now would run
    entries: Sequence[Mapping[str, Any]]
    papers: Sequence[Any]
    serving: Mapping[int, Sequence[Any]]
    files: Sequence[StoredFile]
    facts: Sequence[findings.Why]
    measures: Sequence[Decided]
    decisions: Sequence[tuple[Any, reasons.Reason]]
    related: Related
    opened_why: reasons.Reason | None
    request: Sequence[readings.Line]  # of an appeal
    tokens: Sequence[Mapping[str, str]]
    done: Sequence[str]

    @property
    def last(self) -> Mapping[str, Any] | None:
        """The step handed in last: what the next one is about."""
        told = [one for one in self.entries if one["at"] and one["lines"]]
        return max(told, key=lambda one: (one["at"], one["task"].id), default=None)


def of(case: Case, run: cases.Run) -> CaseFile:
    session, rights = db.session(), auth.rights()
    variables = run.execution.vars
    seen = case_files.sight(session, case, variables, rights)
    papers = case_files.papers(session, seen)
    steps = case_files.steps(session, seen)
    who = case_files.names_of(session, [one.done_by for one in steps])
    kin = case_files.related(session, seen)
    withheld = field_rights.withheld(session, case, steps, rights)
    return CaseFile(
        case=case,
        seen=seen,
        definition=definitions.get(session, case.definition_id),
        newest=definitions.number_in_force(session, case.process, now=clock.now()),
        entries=history.entries(case, steps, who, _names(variables), withheld),
        papers=papers,
        serving=case_files.serving(session, papers) if seen.whole else {},
        files=case_files.files(session, seen),
        facts=_facts(variables),
        measures=[_decided(one) for one in _measures(seen)],
        decisions=_decisions(seen),
        related=kin,
        opened_why=reasons.of_proposal(session, kin.opened_by) if kin.opened_by else None,
        request=_request(case, variables),
        tokens=_tokens(case, run) if seen.diagram else (),
        done=run.execution.done_nodes() if seen.diagram else (),
    )


def _names(variables: Mapping[str, Any]) -> readings.Names:
    return readings.Names(
        db.session(),
        subjects=variables.get("subjects") or {},
        codes=pickers.codes(),
        english=i18n.language() == "en",
    )


def _request(case: Case, variables: Mapping[str, Any]) -> Sequence[readings.Line]:
    """What the appellant wrote, in every step of the review."""
    asked = variables.get("appeal_request")
    if not asked:
        return ()
    form = definitions.form_of(db.session(), case.definition_id, "appeal_request")
    return readings.of(form.schema, form.ui, asked, _names(variables))


def _facts(variables: Mapping[str, Any]) -> list[findings.Why]:
    session = db.session()
    found: Sequence[Finding] = case_lists.findings_of(session, variables.get("findings") or [])
    return [findings.why(session, one) for one in found]


def _measures(seen: Sight) -> Sequence[Measure]:
    """All of the case; of a partial sight those against the reader."""
    taken = measures.of_case(db.session(), seen.case)
    mine = [one for one in taken if appeals.concerns(one, seen.rights)]
    return taken if seen.whole else mine


def _decided(measure: Measure) -> Decided:
    session, rights = db.session(), auth.rights()
    events = measures.history(session, measure)
    who = case_files.names_of(session, [one.by for one in events])
    may_appeal = appeals.may_appeal(session, measure, rights)
    told = [(one, who.get(one.by or 0, "")) for one in events]
    return Decided(measure, told, may_appeal, _remedies(measure))


def _remedies(measure: Measure) -> list[str]:
    if measure.state in ("superseded", "revoked"):
        return [gettext("It stands no more; the act that took its place is in the file.")]
    if measure.state not in appeals.APPEALABLE:
        return [gettext("Nothing is decided yet: the subject is heard before any decision.")]
    ways = [
        gettext(
            "The subject may appeal to the deciding organ until %(day)s; execution goes on.",
            day=i18n.day(measure.appeal_until),
        )
        if measure.appeal_until
        else gettext("The subject may ask the deciding organ to review it.")
    ]
    return [*ways, gettext("The deciding organ or its superior may correct it at any time.")]


def _decisions(seen: Sight) -> list[tuple[Any, reasons.Reason]]:
    if not seen.whole:
        return []
    session = db.session()
    records = case_lists.decisions_of(session, seen.case)
    return [(one, reasons.of_decision(session, seen.case, one)) for one in records]


def _tokens(case: Case, run: cases.Run) -> list[dict[str, str]]:
    nodes = definitions.spec_of(db.session(), case.definition_id).nodes
    return [
        {
            "id": one,
            "name": named(nodes[one].name, nodes[one].properties.get("nameEn")),
            "light": "",
            "label": str(gettext("in progress")),
        }
        for one in run.execution.tokens()
        if one in nodes
    ]


def paper_of(case: Case, run: cases.Run, document_id: int) -> Any:
    """The paper of the case, if the reader may have it; else none."""
    session = db.session()
    seen = case_files.sight(session, case, run.execution.vars, auth.rights())
    found = case_files.papers(session, seen)
    return next((one for one in found if one.id == document_id), None)
