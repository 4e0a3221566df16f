"""One thing that is otherwise in a newer version."""

from dataclasses import dataclass

ADDED, REMOVED, CHANGED = "added", "removed", "changed"


@dataclass(frozen=True)
class Change:
    """`what` is added, removed or changed; of a change `aspect` says in which respect.

    `what` is step, flow, lane, process, diagram, form, field, decision, rule or document; `place`
    is the diagram, form or table that holds it.
    """

    what: str
    how: str
    place: str
    id: str
    name: str = ""
    name_en: str = ""
    aspect: str = ""
    before: str = ""
    after: str = ""
