"""The file as it comes in: bounded first, then parsed, then known as a diagram."""

from lxml import etree

from workflows.engine.validation import reading
from workflows.engine.validation.model import local
from workflows.engine.validation.vocabulary import ALL_NODES, SPIFF, bpmn
from workflows.errors import Invalid, TooLarge
from workflows.forms import Fault

REFUSED = {
    "not-xml": Fault("This is no file of a diagram: it is not well-formed XML."),
    "xml-doctype": Fault("A diagram with a DOCTYPE or with entities is not taken."),
    "xml-encoding": Fault("The diagram must be saved in UTF-8."),
    "xml-too-many-elements": Fault("The diagram has more elements than can be read."),
    "xml-too-deep": Fault("The diagram is nested more deeply than can be read."),
    "xml-text-too-long": Fault("The diagram has a text that is longer than can be read."),
}


def root_of(data: bytes) -> etree._Element:
    """The root of a BPMN file; raises Invalid or TooLarge, in plain words."""
    if not data.strip():
        raise Invalid("The file is empty.")
    try:
        root = reading.read_xml(data)
    except reading.Unreadable as fault:
        if fault.rule == "file-too-big":
            raise TooLarge("A diagram may have 2 MB.") from fault
        raise Invalid(REFUSED[fault.rule]) from fault
    if root.tag != bpmn("definitions"):
        raise Invalid("This is no BPMN 2.0 diagram.")
    return root


def main_of(root: etree._Element) -> etree._Element:
    """The process that is meant: one that is to be run, else the one with most steps."""
    processes = list(root.iter(bpmn("process")))
    if not processes:
        raise Invalid("The file contains no process.")
    return max(processes, key=_weight)


def _weight(process: etree._Element) -> tuple[bool, int]:
    steps = sum(1 for xml in process.iter("*") if local(xml) in ALL_NODES)
    return steps > 0 and process.get("isExecutable") == "true", steps


def name_of_process(root: etree._Element, main: etree._Element) -> str:
    """Its name, else that of its pool, else its id."""
    own = main.get("id") or ""
    pools = (one for one in root.iter(bpmn("participant")) if one.get("processRef") == own)
    names = [main.get("name"), *(pool.get("name") for pool in pools), own]
    return " ".join(next((name for name in names if name), "").split())


def bytes_of(root: etree._Element) -> bytes:
    """The file with our namespace declared and all others kept."""
    prefixes = {prefix for xml in root.iter("*") for prefix in xml.nsmap if prefix}
    etree.cleanup_namespaces(
        root, top_nsmap={"spiffworkflow": SPIFF}, keep_ns_prefixes=sorted(prefixes)
    )
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
