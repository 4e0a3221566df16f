"""What a case waits for, as the domain sees it: steps of people, and acts offered beside them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from workflows.engine.scopes import Scope


@dataclass(frozen=True)
class ReadyTask:
    """A step that waits for a person.

    `scope` is the multi-instance scope around the task; a task that is itself an item has its
    own key in `item_key`, any other one that of the innermost scope.
    """

    id: UUID
    node: str
    name: str
    scope: Scope
    item_key: str | None
    item: dict[str, Any] | None
    properties: Mapping[str, str]


@dataclass(frozen=True)
class OfferedAct:
    """Something that may be done beside, or instead of, an open step."""

    id: UUID
    node: str
    name: str
    attached_to: str
    task_id: UUID | None
    message: str
    properties: Mapping[str, str]
    interrupting: bool = False
    scope: Scope = ()
    item_key: str | None = None
    item: dict[str, Any] | None = None
