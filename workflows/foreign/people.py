"""Who does a step: converted where the rule is certain, told where it is to be chosen."""

import re
from collections.abc import Collection

from lxml import etree

from workflows.engine.validation.model import local, text_of
from workflows.engine.validation.vocabulary import bpmn
from workflows.foreign.dialects import put, remove, setting, take, written
from workflows.foreign.notes import Notes, Texts

NAMES = (
    "assignee",
    "candidateUsers",
    "candidateGroups",
    "candidateStrategy",
    "candidateParam",
    "userType",
    "dataType",
    "groupType",
    "owner",
)
DISPLAYED = ("text", "expId")  # the names of the people chosen, for that system's own pages
# Names that mean it by custom only; one that a start event declares is certain.
STARTERS = {"initiator", "starter", "startUser", "startUserId", "applyUserId", "applyuserid"}
PERFORMERS = ("humanPerformer", "potentialOwner", "performer", "resourceRole")
VARIABLE = re.compile(r"[$#]\{\s*([^\W\d]\w*)\s*\}|=\s*([^\W\d]\w*)")
GROUP = re.compile(r"group\(\s*([^()]+?)\s*\)")
# How yudao numbers its ways of finding people.
STRATEGIES: dict[str, Texts] = {
    "1": ("审批人为空", "nobody"),
    "10": ("角色", "role"),
    "20": ("部门成员", "members of a department"),
    "21": ("部门负责人", "head of a department"),
    "22": ("岗位", "post"),
    "23": ("连续多级部门负责人", "heads of departments, level by level"),
    "30": ("指定用户", "named users"),
    "34": ("前一审批人自选", "chosen by the approver before"),
    "35": ("发起人自选", "chosen by whoever started it"),
    "36": ("发起人本人", "whoever started it"),
    "37": ("发起人部门负责人", "head of the starter's department"),
    "38": ("发起人连续多级部门负责人", "heads above the starter, level by level"),
    "40": ("用户组", "user group"),
    "50": ("表单内用户字段", "users in a field of the form"),
    "51": ("表单内部门负责人", "heads of departments in a field of the form"),
    "60": ("流程表达式", "expression"),
}
GROUPS: dict[str, Texts] = {
    "role": ("角色", "roles"),
    "approvalRole": ("审批角色", "roles of approval"),
    "dept": ("部门", "departments"),
    "deptPosition": ("部门岗位", "posts of departments"),
    "position": ("职务级别", "ranks"),
    "formData": ("表单字段", "a field of the form"),
}


def convert(step: etree._Element, item: str, roles: Collection[str], notes: Notes) -> None:
    """The who of a step; `item` is the name that its multi-instance gives each item."""
    what = written(step, *NAMES) or _performers(step)
    if not what:
        notes.add("who-none", step)
        return
    variable = VARIABLE.fullmatch(setting(step, "assignee"))
    named = "" if variable is None else variable[1] or variable[2]
    role = _role(step)
    if item and named == item and not _others(step):
        _settle(step, "item(item.key)", "who-item", what, notes)
    elif role in roles and not setting(step, "assignee") and not setting(step, "candidateUsers"):
        _settle(step, f"role({role})", "who-role", what, notes)
    elif _is_starter(step, named):
        _settle(step, "starter", "who-starter", what, notes)
    else:
        notes.add("who", step, what, because=_because(step, named))


def _settle(step: etree._Element, rule: str, kind: str, what: str, notes: Notes) -> None:
    put(step, "who", rule)
    take(step, *NAMES, *DISPLAYED)
    for name in PERFORMERS:
        for one in list(step.iterchildren(bpmn(name))):
            remove(one)
    notes.add(kind, step, what, f"who={rule}")


def _others(step: etree._Element) -> bool:
    return bool(setting(step, "candidateUsers") or setting(step, "candidateGroups"))


def _role(step: etree._Element) -> str:
    """The one group that a step is offered to, if it is named outright."""
    group = setting(step, "candidateGroups").removeprefix("=").strip('"')
    if setting(step, "candidateStrategy") == "10":
        group = setting(step, "candidateParam")
    elif setting(step, "groupType") not in {"", "role"} or setting(step, "candidateStrategy"):
        return ""
    if group:
        return group
    found = GROUP.fullmatch(_performers(step))
    return found[1] if found else ""


def _performers(step: etree._Element) -> str:
    """What BPMN's own elements say of who does it."""
    texts = (
        text_of(xml)
        for xml in step.iter(bpmn("formalExpression"), bpmn("resourceRef"))
        if any(local(above) in PERFORMERS for above in xml.iterancestors())
    )
    return ", ".join(filter(None, texts))


def _is_starter(step: etree._Element, named: str) -> bool:
    """Whether it is said for certain that whoever started it does the step."""
    if setting(step, "candidateStrategy") == "36" or setting(step, "dataType") == "INITIATOR":
        return True
    if setting(step, "userType") == "initiator" or setting(step, "assignee") == "$INITIATOR":
        return True
    return named in {"INITIATOR", *_declared(step)} and not _others(step)


def _declared(step: etree._Element) -> set[str]:
    """The variables in which the start events of the process keep who started it."""
    process = next(step.iterancestors(bpmn("process")), step)
    starts = process.iter(bpmn("startEvent"))
    return {name for start in starts if (name := setting(start, "initiator"))}


def _because(step: etree._Element, named: str) -> Texts | None:
    """What the codes of a domestic platform mean, and what a name usually stands for."""
    if known := STRATEGIES.get(setting(step, "candidateStrategy")):
        return known
    if named in STARTERS:
        return ("该变量通常是发起人", "usually whoever started it")
    return GROUPS.get(setting(step, "groupType"))
