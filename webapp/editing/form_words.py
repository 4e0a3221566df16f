"""Words of the form editor: kinds of fields, what limits them, rights."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

KINDS: dict[str, LazyString] = {
    "text": _("Text, one line"),
    "long": _("Text, several lines"),
    "number": _("Number"),
    "integer": _("Whole number"),
    "date": _("Date"),
    "moment": _("Date and time"),
    "yes_no": _("Yes or no"),
    "choice": _("One of own choices"),
    "choices": _("Several of own choices"),
    "codes": _("Several of a code list"),
    "user": _("A person"),
    "users": _("People (several)"),
    "unit": _("A unit"),
    "units": _("Several units"),
    "person_or_unit": _("A person or a unit"),
    "member": _("A member"),
    "subject": _("A subject of the case"),
    "matter": _("A matter"),
    "facts": _("Facts on file"),
    "evidences": _("Evidence on file"),
    "file": _("A file"),
    "files": _("Several files"),
    "flag": _("A flagged use of a result"),
    "questionnaire": _("A questionnaire"),
    "scheme": _("An assessment scheme"),
    "signature": _("A signature"),
    "rows": _("Rows that repeat"),
    "other": _("Written by hand"),
}
WIDGETS: dict[str, LazyString] = {
    "radio": _("Side by side"),
    "select": _("A list that opens"),
    "checkbox": _("A box to tick"),
}
LIMITS: dict[str, LazyString] = {
    "minLength": _("At least … characters"),
    "maxLength": _("At most … characters"),
    "pattern": _("Pattern (regular expression)"),
    "minimum": _("Not less than"),
    "maximum": _("Not more than"),
    "minItems": _("At least … entries"),
    "maxItems": _("At most … entries"),
}
ACCESS: dict[str, LazyString] = {
    "write": _("Fill in"),
    "read": _("Read only"),
    "hide": _("Hide"),
}
TABS: dict[str, LazyString] = {
    "fields": _("Fields"),
    "rights": _("Rights by step"),
    "form": _("The form as a whole"),
    "json": _("JSON"),
}
