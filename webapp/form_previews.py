"""A form as a person at a step would see it, with words in the place of the lists to choose from,
which differ from person to person."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext

from webapp import pickers
from webapp.forms import Sheet
from workflows import entry_rights


def sheet(
    schema: Mapping[str, Any], ui: Mapping[str, Any], *, step: str = "", action: str = ""
) -> Sheet:
    """The form at a step; without one, with the rights that hold everywhere."""
    signer = gettext("name of the person")
    here = entry_rights.at(ui, step)
    made = Sheet.of(schema, here, action=action, choices=sample, signer=signer)
    return replace(made, id="preview")


def sample(ref: str, field: str) -> Sequence[tuple[str, str]]:
    """What stands in the place of a list; a code list stands there itself."""
    if ref.startswith("codes:") and (codes := pickers.chooser()(ref, field)):
        return codes
    lists = {
        "user": gettext("list of people"),
        "unit": gettext("list of units"),
        "person_or_unit": gettext("list of units and people"),
        "fact": gettext("list of facts"),
        "matter": gettext("list of matters"),
        "file": gettext("file"),
    }
    return [("", lists.get(ref, gettext("list: %(name)s", name=ref.removeprefix("codes:"))))]
