"""The systems whose files are read, told apart by their namespaces and habits."""

from collections.abc import Iterator

from lxml import etree

from workflows.engine.validation.foreign import is_foreign_space
from workflows.engine.validation.model import local
from workflows.engine.validation.vocabulary import BPMN, KNOWN_NAMESPACES, SPIFF

CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
MODELER = "http://camunda.org/schema/modeler/1.0"
FLOWABLE = "http://flowable.org/bpmn"
ACTIVITI = "http://activiti.org/bpmn"
SPACES = (CAMUNDA, ZEEBE, FLOWABLE, ACTIVITI)  # what settings are read from
PREFIXES = {CAMUNDA: "camunda", ZEEBE: "zeebe", FLOWABLE: "flowable", ACTIVITI: "activiti"}
# Elements in which Camunda 8 keeps what others write as attributes of the node.
GROUPED = (
    "assignmentDefinition",
    "formDefinition",
    "taskSchedule",
    "calledElement",
    "calledDecision",
    "loopCharacteristics",
)
# Habits of platforms that write the namespace of another.
YUDAO = {"candidateStrategy", "candidateParam", "approveMethod", "approveType"}
RUOYI = {"dataType", "userType", "expId"}
JEECG = {"taskExtendJson", "taskCountersignExtendJson", "countersignRule", "extendJson"}


def tool_of(root: etree._Element) -> str:
    """The name of the system that wrote a file, as far as it can be told."""
    names = {name for xml in root.iter("*") for name in _foreign_names(xml)}
    spaces = {space for space, _ in names}
    own = {name for space, name in names if space == FLOWABLE}
    for platform, habits in (("JeecgBoot", JEECG), ("芋道 yudao", YUDAO), ("RuoYi", RUOYI)):
        if own & habits:
            return platform
    for space, tool in (
        (ZEEBE, "Camunda 8"),
        (CAMUNDA, "Camunda 7"),
        (FLOWABLE, "Flowable"),
        (ACTIVITI, "Activiti"),
    ):
        if space in spaces:
            return tool
    drawn_for = root.get(f"{{{MODELER}}}executionPlatform")
    if drawn_for:
        return "Camunda 8" if drawn_for == "Camunda Cloud" else "Camunda 7"
    return root.get("exporter") or next(iter(sorted(spaces)), "BPMN 2.0")


def _foreign_names(xml: etree._Element) -> Iterator[tuple[str, str]]:
    for tag in (str(xml.tag), *map(str, xml.attrib)):
        if is_foreign(tag):
            space, _, name = tag[1:].partition("}")
            yield space, name


def is_foreign(tag: str) -> bool:
    """Whether a tag or attribute is of a language that is not ours."""
    if not tag.startswith("{"):
        return False
    return is_foreign_space(tag) or tag[1:].partition("}")[0] not in KNOWN_NAMESPACES


def setting(xml: etree._Element, name: str) -> str:
    """A setting of a node, in whichever way its system writes it."""
    for space in SPACES:
        value = xml.get(f"{{{space}}}{name}")
        if value is not None:
            return value.strip()
    for one in extensions(xml, name):
        return (one.get("value") or one.text or "").strip()
    for group in _groups(xml):
        if group.get(name) is not None:
            return str(group.get(name)).strip()
    return ""


def _groups(xml: etree._Element) -> list[etree._Element]:
    return [one for name in GROUPED for one in extensions(xml, name)]


def extensions(xml: etree._Element, name: str) -> Iterator[etree._Element]:
    """The extension elements of that name at a node itself."""
    for group in xml.iterchildren(f"{{{BPMN}}}extensionElements"):
        for space in SPACES:
            yield from group.iterchildren(f"{{{space}}}{name}")


def take(xml: etree._Element, *names: str) -> None:
    """Remove settings that were converted, however they are written."""
    for name in names:
        for space in SPACES:
            xml.attrib.pop(f"{{{space}}}{name}", "")
        for one in list(extensions(xml, name)):
            remove(one)
    for group in _groups(xml):
        held = len(group.attrib)
        for name in names:
            group.attrib.pop(name, "")
        if held and not group.attrib:
            remove(group)


def remove(xml: etree._Element) -> None:
    """Take an element out of its parent, and the empty group that it leaves behind."""
    parent = xml.getparent()
    if parent is None:
        return
    parent.remove(xml)
    if local(parent) == "extensionElements" and not len(parent):
        remove(parent)


def written(xml: etree._Element, *names: str) -> str:
    """The settings of those names as they stand in the file, for the report."""
    return " ".join(f"{name}={value}" for name in names if (value := setting(xml, name)))


def put(xml: etree._Element, name: str, value: str) -> None:
    """Write one of our settings, in the place of what was there."""
    group = properties(xml)
    for one in group:
        if one.get("name") == name:
            one.set("value", value)
            return
    etree.SubElement(group, f"{{{SPIFF}}}property", {"name": name, "value": value})


def properties(xml: etree._Element) -> etree._Element:
    """The group of our settings of a node, made if there is none."""
    extension = extension_elements(xml)
    found = extension.find(f"{{{SPIFF}}}properties")
    return etree.SubElement(extension, f"{{{SPIFF}}}properties") if found is None else found


def extension_elements(xml: etree._Element) -> etree._Element:
    """The node's place for extensions, made behind its documentation if there is none."""
    found = xml.find(f"{{{BPMN}}}extensionElements")
    if found is None:
        found = etree.Element(f"{{{BPMN}}}extensionElements")
        xml.insert(len(xml.findall(f"{{{BPMN}}}documentation")), found)
    return found
