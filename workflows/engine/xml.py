"""The only door through which XML comes in."""

from lxml import etree

from workflows.engine.errors import DiagramFault

MAX_BYTES = 2 * 1024 * 1024

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
OPERATOR = "operator:"  # set before an operator's id, which may be that of its task
NAMESPACES = {"bpmn": BPMN, "spiffworkflow": SPIFF}


def parse_safely(data: bytes) -> etree._Element:
    """The root element of a document without entities, of bounded size; never fetches anything."""
    if len(data) > MAX_BYTES:
        raise DiagramFault("The file is larger than 2 MB.", "文件超过 2 MB。")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise DiagramFault(
            f"The file is not well-formed XML: {fault}", f"文件不是格式良好的 XML：{fault}"
        ) from fault
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        raise DiagramFault("A DOCTYPE is not allowed.", "不允许使用 DOCTYPE 声明。")
    return root


def tag(name: str) -> str:
    """The full name of a BPMN element."""
    return f"{{{BPMN}}}{name}"


def local(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(etree.QName(element).localname)


def children(element: etree._Element, name: str) -> list[etree._Element]:
    """The direct BPMN children of one name."""
    return element.findall(tag(name))


def text_of(element: etree._Element | None) -> str | None:
    """The trimmed text of an element, None when there is none."""
    if element is None or element.text is None or not element.text.strip():
        return None
    return element.text.strip()
