"""The menu at the left: what there is, in which order, and who sees it."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

from flask import Flask, current_app, g, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from flask_login import current_user

from models import Role
from webapp import auth
from workflows import city_picture
from workflows.access import Rights

Predicate = Callable[[Rights], bool]


@dataclass(frozen=True)
class Entry:
    endpoint: str
    label: LazyString
    group: LazyString
    shown: Predicate
    waits: bool = False  # shown to others as well while something waits there for them


@dataclass(frozen=True)
class Shown:
    """An entry as one person sees it now."""

    url: str
    label: LazyString
    group: LazyString
    count: int | None
    current: bool


def everybody(_: Rights) -> bool:
    return True


def roles(*wanted: str) -> Predicate:
    """Shown to those who hold one of the roles."""
    return lambda rights: rights.has_role(*wanted)


def works_on_cases(rights: Rights) -> bool:
    """All but those who only administer and hold no post: they read no cases."""
    administers = {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}
    posts = any(not place.is_role for place in rights.places)
    return posts or not rights.roles or bool(rights.roles - administers)


def holds_a_post(rights: Rights) -> bool:
    return any(not place.is_role for place in rights.places)


WORK = _("My work")
SUPERVISION = _("Supervision")
ASSESSMENT = _("Debriefing and assessment")
ORGANISATION = _("Organisation")
SYSTEM = _("System")

ENTRIES = [
    Entry("inbox.home", _("Desk"), WORK, everybody),
    Entry("inbox.index", _("To do"), WORK, works_on_cases, waits=True),
    Entry("inbox.reading", _("To read"), WORK, works_on_cases, waits=True),
    Entry("ballots.index", _("Ballots"), WORK, works_on_cases, waits=True),
    Entry("notices.index", _("News"), WORK, everybody),
    Entry("inbox.done", _("Done"), WORK, works_on_cases),
    Entry("inbox.started", _("Started by me"), WORK, works_on_cases),
    Entry("inbox.supervised", _("Supervised by me"), WORK, works_on_cases),
    Entry("responsibilities.mine", _("My duties"), WORK, holds_a_post),
    Entry("city.index", _("City picture"), SUPERVISION, city_picture.may_see),
    Entry("supervision.index", _("Supervision register"), SUPERVISION, works_on_cases),
    Entry("cases.index", _("Cases"), SUPERVISION, works_on_cases),
    Entry("proposals.index", _("Proposals"), SUPERVISION, works_on_cases),
    Entry("duties.index", _("Duty calendar"), SUPERVISION, works_on_cases),
    Entry("inspections.index", _("Inspections"), SUPERVISION, works_on_cases),
    Entry("responsibilities.index", _("Responsibility lists"), SUPERVISION, everybody),
    Entry("surveys.index", _("Surveys and research"), SUPERVISION, works_on_cases),
    Entry("plans.index", _("Joint plans"), SUPERVISION, works_on_cases),
    Entry("plans.skins", _("Two skins"), SUPERVISION, works_on_cases),
    Entry("debriefings.index", _("Debriefings"), ASSESSMENT, works_on_cases),
    Entry("assessments.index", _("Assessment"), ASSESSMENT, works_on_cases),
    Entry("results.index", _("Use of results"), ASSESSMENT, works_on_cases),
    Entry("organisation.index", _("Units and people"), ORGANISATION, everybody),
    Entry("calendar.index", _("Working days"), ORGANISATION, everybody),
    Entry("processes.index", _("Processes"), SYSTEM, roles(Role.PROCESS_ADMIN)),
    Entry("migrating.index", _("Moving cases"), SYSTEM, roles(Role.PROCESS_ADMIN)),
    Entry("running.index", _("Running the processes"), SYSTEM, roles(Role.PROCESS_ADMIN)),
    Entry("audit.index", _("Audit"), SYSTEM, roles(Role.AUDIT_ADMIN)),
    Entry("demo.show", _("Demo clock"), SYSTEM, everybody),
    Entry("health.index", _("Operation"), SYSTEM, roles(Role.SYSTEM_ADMIN)),
]
_AREAS = Counter(entry.endpoint.partition(".")[0] for entry in ENTRIES)
COUNTS: dict[str, Callable[[], int]] = {}


def count(endpoint: str) -> Callable[[Callable[[], int]], Callable[[], int]]:
    """The decorated function gives the number beside the entry; asked once per whole page."""

    def register(function: Callable[[], int]) -> Callable[[], int]:
        COUNTS[endpoint] = function
        return function

    return register


def init_app(app: Flask) -> None:
    app.context_processor(lambda: {"menu": menu})


def menu() -> list[tuple[LazyString, list[Shown]]]:
    """The entries that the signed-in person sees, by group."""
    if not current_user.is_authenticated:
        return []
    if "menu" not in g:
        shown = groupby(_shown(auth.rights()), key=lambda one: one.group)
        g.menu = [(group, list(entries)) for group, entries in shown]
    found: list[tuple[LazyString, list[Shown]]] = g.menu
    return found


def bare() -> None:
    """On the page that is answered now the menu has no numbers beside what is shown anyway."""
    g.bare = True


def counted(endpoint: str) -> int:
    """The number beside the entry; asked once per request."""
    if "counted" not in g:
        g.counted = {}
    if endpoint not in g.counted:
        g.counted[endpoint] = COUNTS[endpoint]()
    number: int = g.counted[endpoint]
    return number


def _shown(rights: Rights) -> Iterator[Shown]:
    for entry in ENTRIES:
        if entry.endpoint not in current_app.view_functions:
            continue
        shown = entry.shown(rights)
        asked = entry.endpoint in COUNTS and (not g.get("bare") if shown else entry.waits)
        number = counted(entry.endpoint) if asked else None
        if shown or number:
            url = url_for(entry.endpoint)
            yield Shown(url, entry.label, entry.group, number, _is_current(entry.endpoint))


def _is_current(endpoint: str) -> bool:
    """The page itself, or a page of an area that has one entry only."""
    area = endpoint.partition(".")[0]
    return request.endpoint == endpoint or (_AREAS[area] == 1 and request.blueprint == area)
