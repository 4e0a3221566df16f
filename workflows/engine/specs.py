"""Diagrams to compiled definitions, and compiled definitions to specs that run.

SpiffWorkflow wires its multi-instances only when a spec is read back from its stored form. A
spec straight from the parser would lose items after a restart, without a word; therefore
`load_spec` is the only way to a spec.
"""

import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson
import zstandard
from lxml import etree

from workflows.engine.answers import types_of
from workflows.engine.bundle import Bundle
from workflows.engine.definition import Spec
from workflows.engine.elements import refuse_unsupported
from workflows.engine.errors import DiagramFault, EngineFault, WrongVersion
from workflows.engine.nodes import Node, nodes_of, process_node
from workflows.engine.parser import SERIALIZER, Parser
from workflows.engine.xml import OPERATOR, SPIFF, parse_safely, tag

SPEC_FMT = 1
MOST_SPEC_BYTES = 64 * 1024 * 1024

# The library builds long extras for each log record unless its loggers are set to a level.
for _name in ("spiff", "spiff.task", "spiff.workflow", "spiff.data", "spiff.dmn"):
    logging.getLogger(_name).setLevel(logging.WARNING)


def compile_bundle(bundle: Bundle) -> bytes:
    """The stored form of a definition; the same bundle gives the same bytes."""
    roots = {process: parse_safely(xml) for process, xml in sorted(bundle.diagrams.items())}
    for root in roots.values():
        refuse_unsupported(root)
    return compile_roots(bundle, roots)


def compile_roots(bundle: Bundle, roots: Mapping[str, etree._Element]) -> bytes:
    """Compile diagrams that have been let through; what runs is safe even if they had not."""
    nodes = _all_nodes(roots)
    main, subs = _parse(bundle.process, roots)
    stored = {
        "fmt": SPEC_FMT,
        "digest": bundle.digest,
        "process": bundle.process,
        "nodes": [node.as_json() for node in nodes.values()],
        "processes": [process_node(name, root).as_json() for name, root in roots.items()],
        "types": types_of(nodes, bundle.forms),
        "decisions": {n: xml.decode("latin-1") for n, xml in sorted(bundle.decisions.items())},
        "main": SERIALIZER.to_dict(main),
        "subs": {name: SERIALIZER.to_dict(sub) for name, sub in sorted(subs.items())},
    }
    return zstandard.compress(orjson.dumps(stored), 9)


def _all_nodes(roots: Mapping[str, etree._Element]) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for process, root in roots.items():
        _complete(root)
        for name, node in nodes_of(process, root).items():
            if name in found:
                raise DiagramFault(
                    f"The id is used in {found[name].process} as well.",
                    f"编号在 {found[name].process} 中已使用。",
                    node=name,
                )
            found[name] = node
    return found


def _complete(root: etree._Element) -> None:
    """Give every flow an id, without one it is dropped; take data associations out, they only
    draw, and one that leads nowhere never lets the parser go."""
    taken = {element.get("id") for element in root.iter(etree.Element)}
    number = 0
    for flow in root.iter(tag("sequenceFlow")):
        while not flow.get("id"):
            number += 1
            if f"flow_{number}" not in taken:
                flow.set("id", f"flow_{number}")
    for operator in root.iter(f"{{{SPIFF}}}serviceTaskOperator"):
        # The library finds nodes by id wherever it stands, and takes the operator for its task.
        operator.set("id", OPERATOR + (operator.get("id") or ""))
    for name in ("dataInputAssociation", "dataOutputAssociation", "dataObject", "ioSpecification"):
        for element in list(root.iter(tag(name))):
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)


def _parse(process: str, roots: Mapping[str, etree._Element]) -> tuple[Any, Mapping[str, Any]]:
    try:
        parser = Parser()
        for root in roots.values():
            parser.add(root)
        return parser.get_spec(process), parser.get_subprocess_specs(process)
    except EngineFault:
        raise
    except RecursionError as fault:
        raise DiagramFault(
            "Too many nodes follow one another.", "连续节点过多。", node=process
        ) from fault
    # The library lets many kinds of exceptions out (TypeError, KeyError, XPathEvalError, …).
    except Exception as fault:
        node = getattr(fault, "id", None) or process
        raise DiagramFault(
            f"The engine cannot read this: {fault}", f"引擎无法读取：{fault}", node=str(node)
        ) from fault


@lru_cache(maxsize=256)
def load_spec(blob: bytes) -> Spec:
    """The spec of a stored definition; read once per process."""
    try:
        stored = orjson.loads(zstandard.decompress(blob, MOST_SPEC_BYTES))
    except (orjson.JSONDecodeError, zstandard.ZstdError) as fault:
        raise WrongVersion("The definition cannot be read.", "流程定义无法读取。") from fault
    if not isinstance(stored, dict) or stored.get("fmt") != SPEC_FMT:
        raise WrongVersion("The definition has another format.", "流程定义的格式不符。")
    return Spec(
        process=stored["process"],
        digest=stored["digest"],
        nodes={node["id"]: Node(**node) for node in stored["nodes"]},
        processes={node["id"]: Node(**node) for node in stored["processes"]},
        types=stored["types"],
        decision_files={name: xml.encode("latin-1") for name, xml in stored["decisions"].items()},
        main=SERIALIZER.from_dict(stored["main"]),
        subs={name: SERIALIZER.from_dict(sub) for name, sub in stored["subs"].items()},
    )
