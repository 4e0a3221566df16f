"""Files of decision tables as an editor takes and gives them: which faults stand where."""

from workflows.engine.decisions import Decision, DecisionFault, check_decision, parse_dmn
from workflows.engine.validation.reading import Unreadable, read_xml
from workflows.engine.validation.tables import MOST_CHARACTERS
from workflows.engine.xml import parse_safely
from workflows.errors import Invalid

MODEL = b"https://www.omg.org/spec/DMN/20191111/MODEL/"
PICTURE = b"https://www.omg.org/spec/DMN/20191111/DMNDI/"
# The same tables by other versions of the format: what the editor writes is 1.3.
OTHERS = {
    b"http://www.omg.org/spec/DMN/20151101/dmn.xsd": MODEL,
    b"http://www.omg.org/spec/DMN/20180521/MODEL/": MODEL,
    b"https://www.omg.org/spec/DMN/20211108/MODEL/": MODEL,
    b"https://www.omg.org/spec/DMN/20230324/MODEL/": MODEL,
    b"http://www.omg.org/spec/DMN/20180521/DMNDI/": PICTURE,
    b"https://www.omg.org/spec/DMN/20230324/DMNDI/": PICTURE,
}


def for_editor(data: bytes) -> str:
    """The file in the one version of the format that the editor reads."""
    for other, ours in OTHERS.items():
        data = data.replace(b'"' + other + b'"', b'"' + ours + b'"')
    return data.decode("utf-8", "replace")


def title_in(data: bytes, key: str) -> str:
    """What the table of that id is called, whatever else is wrong with it."""
    named = (one for one in parse_safely(data).iter("{*}decision") if one.get("id") == key)
    return next((one.get("name") or key for one in named), key)


def decision_in(data: bytes, key: str) -> Decision:
    """The table of that id; raises DecisionFault where the file is no table in FEEL, Invalid where
    it holds more than is checked, or no such table."""
    _require_size(data)
    for one in parse_dmn(data):
        if one.id == key:
            return one
    raise Invalid("The file no longer holds the decision {id}: its id must stay.", id=key)


def faults_in(data: bytes) -> list[DecisionFault]:
    """Every fault of the tables of a file, each with its row and column; raises Invalid where it
    holds more than is checked."""
    _require_size(data)
    try:
        decisions = parse_dmn(data)
    except DecisionFault as fault:
        return [fault, *fault.others]
    return [fault for one in decisions for fault in check_decision(one)]


def _require_size(data: bytes) -> None:
    try:
        characters = sum(len(xml.text or "") for xml in read_xml(data).iter("*"))
    except Unreadable as fault:
        raise Invalid(
            "{file} cannot be read ({rule}): it is no plain, well-formed XML.",
            file=".dmn",
            rule=fault.rule,
        ) from fault
    if characters > MOST_CHARACTERS:
        raise Invalid("The table has too many characters: at most {most}.", most=MOST_CHARACTERS)
