"""Where values stand: the case's variables, and inside a multi-instance those of each item.

A scope is a path of pairs (node id, item key), the outermost first. Its values stand at
`vars[node][key]`, and nested ones inside that again.
"""

from collections.abc import Mapping
from typing import Any

Scope = tuple[tuple[str, str], ...]


def scope_of(task: Any) -> Scope:
    """The scope a task runs in; for an item of a multi-instance task this includes itself."""
    path: list[tuple[str, str]] = []
    while task is not None:
        key = task.internal_data.get("key")
        if key is not None:
            path.append((task.task_spec.bpmn_id, key))
        task = around(task)
    return tuple(reversed(path))


def around(task: Any) -> Any:
    """The task of the subprocess or call that a task runs in; None at the top."""
    owner = task.workflow.parent_task_id
    return None if owner is None else task.workflow.top_workflow.get_task_from_id(owner)


def item_of(task: Any) -> dict[str, Any] | None:
    """The item of the innermost multi-instance a task belongs to, with its `key`."""
    while task is not None:
        if task.internal_data.get("key") is not None:
            return item_context(task.internal_data["key"], task.internal_data.get("item"))
        task = around(task)
    return None


def item_context(key: str, value: Any) -> dict[str, Any]:
    """An item as expressions and operations see it."""
    if isinstance(value, dict):
        return {**value, "key": key}
    return {"key": key} if value is None else {"key": key, "value": value}


def place(variables: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """The dict that holds the values of a scope, made if it is not there yet."""
    here = variables
    for node, key in scope:
        inner = here.get(node)
        if not isinstance(inner, dict):
            inner = here[node] = {}
        context = inner.get(key)
        if not isinstance(context, dict):
            context = inner[key] = {}
        here = context
    return here


def layers(variables: Mapping[str, Any], scope: Scope) -> list[Mapping[str, Any]]:
    """The dicts an expression looks through, the innermost scope first."""
    found: list[Mapping[str, Any]] = [variables]
    here: Any = variables
    for node, key in scope:
        here = here.get(node, {}).get(key, {}) if isinstance(here.get(node, {}), dict) else {}
        if not isinstance(here, dict):
            break
        found.append(here)
    return found[::-1]


def own_place(task: Any) -> tuple[Scope, str | None]:
    """Where a task's answers go: the scope around it, and its own key when it is an item."""
    scope = scope_of(task)
    key = task.internal_data.get("key")
    return (scope, None) if key is None else (scope[:-1], str(key))


def write_result(variables: dict[str, Any], task: Any, value: Any) -> None:
    """Put a node's result where it belongs: `vars[node]`, or `vars[node][key]` for an item."""
    scope, key = own_place(task)
    here = place(variables, scope)
    node = task.task_spec.bpmn_id
    if key is None:
        here[node] = value
    else:
        here.setdefault(node, {})[key] = value
