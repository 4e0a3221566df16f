"""Steps of people: form, due date, opinion and signature."""

import re

from lxml import etree

from workflows.engine.moments import read_duration
from workflows.engine.validation.timers import literal_fault
from workflows.foreign.dialects import put, setting, take, written
from workflows.foreign.notes import Notes

KEY = re.compile(r"[^\W\d][\w.-]{0,79}")
FORMS = ("formKey", "formRef", "formId")
BOUND = ("formRefBinding", "formRefVersion", "bindingType")
DUE = ("dueDate", "businessCalendarName")


def convert_form(step: etree._Element, notes: Notes) -> None:
    """The key of a form stays where it can be the key of one of ours; the form is to be drawn."""
    found = next((name for name in FORMS if setting(step, name)), None)
    if found is None:
        return
    key = setting(step, found)
    if not KEY.fullmatch(key):
        notes.add("form-key", step, written(step, *FORMS))
        return
    put(step, "formKey", key)
    notes.add("form", step, written(step, *FORMS, *BOUND), f"formKey={key}")
    notes.add("form-missing", step, key)
    take(step, *FORMS, *BOUND)


def convert_due(step: etree._Element, notes: Notes) -> None:
    """A duration counts from when the task is made; whatever else stands there is told."""
    text = setting(step, "dueDate").removeprefix("=").strip().strip('"')
    if not text:
        return
    calendar = setting(step, "businessCalendarName")
    is_duration = read_duration(text) is not None and literal_fault("timeDuration", text) is None
    if not is_duration or calendar not in {"", "duration", "dueDate"}:
        notes.add("due-open", step, written(step, *DUE))
        return
    due = f'from_now("{text}")'
    put(step, "due", due)
    notes.add("due", step, written(step, *DUE), f"due={due}")
    take(step, *DUE)


def convert_marks(step: etree._Element, notes: Notes) -> None:
    """What yudao asks of an approver: a reason, a signature."""
    for name, ours, value in (
        ("reasonRequire", "opinion", "required"),
        ("signEnable", "signature", "yes"),
    ):
        said = setting(step, name).lower()
        if said == "true":
            put(step, ours, value)
            notes.add(ours, step, f"{name}={said}", f"{ours}={value}")
        elif said == "false":
            notes.add("default-says-so", step, f"{name}={said}")
        if said in {"true", "false"}:
            take(step, name)
    if setting(step, "approveType") == "1":  # a person approves, nobody is passed over
        notes.add("default-says-so", step, "approveType=1")
        take(step, "approveType")
