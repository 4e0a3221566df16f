"""The last resort: compile what is to be published, and report whatever the engine says."""

from workflows.engine.bundle import Bundle
from workflows.engine.errors import EngineFault
from workflows.engine.specs import compile_bundle
from workflows.engine.validation.faults import Report
from workflows.engine.validation.model import Diagram

RULES = {
    "engine-refuses": (
        "引擎无法读取这个流程。",
        "The engine cannot read this process.",
    ),
}


def check_trial(diagram: Diagram, bundle: Bundle, report: Report) -> None:
    """Compile the bundle; nothing that goes wrong there may pass or escape."""
    try:
        compile_bundle(bundle)
    except EngineFault as fault:
        step = diagram.steps.get(fault.node or "")
        where = diagram.process if step is None else step.xml
        report.add(diagram.file, "engine-refuses", where, detail=(fault.zh, fault.en))
    except Exception as fault:  # the parser lets all kinds escape; each is a reason not to publish
        detail = f"{type(fault).__name__}: {fault}"
        report.add(diagram.file, "engine-refuses", diagram.process, detail=detail)
