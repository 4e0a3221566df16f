"""The rule of who acts in words, Chinese and English; and what such a rule may name."""

from collections.abc import Mapping

from models import Role
from workflows import posts
from workflows.assignment import LEVELS
from workflows.engine.who import POLICIES, POLICY_LABELS, RANKS, Term, Texts, Unreadable, check

# Roles that work on cases, and the process admin; the other three administrators never do.
ROLES: Mapping[str, Texts] = {
    Role.SUPERVISOR: ("督导员", "supervisor"),
    Role.HANDLER: ("承办人", "handler"),
    Role.ORGANISER: ("组织员", "organiser"),
    Role.ASSESSOR: ("考核组员", "assessor"),
    Role.CLERK: ("会议秘书", "clerk"),
    Role.PROCESS_ADMIN: ("流程管理员", "process administrator"),
}
ORGS: Mapping[str, Texts] = {
    "party_group": ("党组", "party group"),
    "work_committee": ("工委", "work committee"),
    "committee": ("同级党委", "party committee"),
    "superior": ("上级党组织", "superior organisation"),
}
UNITS: Mapping[str, Texts] = {
    "unit": ("办件所属单位", "the case's unit"),
    "lead_unit": ("牵头单位", "the lead unit"),
    "committee": ("机关党委", "the organ's committee"),
    "subject": ("对象所在单位", "the subject's unit"),
    "item.committee": ("本项的机关党委", "the item's committee"),
    "item.unit": ("本项的单位", "the item's unit"),
}
PEOPLE: Mapping[str, Texts] = {
    "subject": ("对象", "the subject"),
    "starter": ("发起人", "who opened the case"),
}
BODIES: Mapping[str, Texts] = {
    "organization": ("组织部门", "the organisation department"),
    "discipline": ("纪检监察机关", "the discipline body"),
    "performance": ("绩效考核部门", "the performance office"),
}
SAID: Mapping[str, Texts] = {
    "post": ("{0}的{1}", "{1} of {0}"),
    "role": ("{0}", "the {0}"),
    "role of": ("管辖{1}的{0}", "the {0} over {1}"),
    "line_superior": ("{0}的直接上级", "the line superior of {0}"),
    "superior": ("{0}的第{1}级上级", "the superior {1} ranks above {0}"),
    "leader": ("{0}的分管领导", "the leader in charge of {0}"),
    "discipline": ("{0}的对口纪检组组长", "the head of the discipline group for {0}"),
    "level": ("{0}{1}", "{0}, {1}"),
    "min": ("判定表给出的最低层级", "the lowest level that the table allows"),
    "subject": ("对象本人（单位为其主要负责人）", "the subject (of an organisation: its head)"),
    "starter": ("发起人", "who opened the case"),
    "starter_choice": ("发起人选定的人（{0}）", "whom the opener chose ({0})"),
    "chosen": ("{0}时选定的人（{1}）", "whom {0} chose ({1})"),
    "same": ("办理{0}的人", "who did {0}"),
    "case": ("办件中确定的人（{0}）", "whom the case names ({0})"),
    "item": ("本项指定的人（{0}）", "whom the item names ({0})"),
    "external": ("{0}（由承办人代录）", "{0} (the handler enters its paper)"),
    "expression": ("由表达式确定：{0}", "by an expression: {0}"),
    "not": ("办理{0}的人除外", "not who did {0}"),
    "not_starter": ("发起人除外", "not who opened the case"),
    "not_of": ("{0}的人除外", "nobody of {0}"),
}
# What a rule may name; the publish checks refuse everything else.
KNOWN: Mapping[str, frozenset[str]] = {
    "role": frozenset(map(str, ROLES)),
    "post": frozenset(posts.kinds()),
    "org": frozenset(f"{org}.{rank}" for org, rank, _, _ in LEVELS),
}
NOTHING: Mapping[str, Texts] = {}


def say(properties: Mapping[str, str], names: Mapping[str, Texts] = NOTHING) -> Texts:
    """Who acts at a node with these settings, as one sentence without a full stop, in Chinese and
    in English; a rule that cannot be read stands as it is written. `names`: of the steps by id.
    """
    rule = properties.get("who", "").strip()
    try:
        terms = check(rule)
    except Unreadable:
        return (rule, rule)
    said = [_term(term, names) for term in terms]
    beside = []
    for name, values in POLICIES.items():
        value = properties.get(name, "")
        if value in values and value != next(iter(values)):
            label, policy = POLICY_LABELS[name], values[value]
            beside.append((f"{label[0]}：{policy[0]}", f"{label[1].lower()}: {policy[1]}"))
    zh = "；".join(("，".join(one for one, _ in said), *(one for one, _ in beside)))
    return (zh, "; ".join(en for _, en in (*said, *beside)))


def _term(term: Term, names: Mapping[str, Texts]) -> Texts:
    pattern = SAID[f"{term.name} of" if term.name == "role" and len(term.args) > 1 else term.name]
    parts = [_argument(term, place, names) for place in range(len(term.args))]
    if term.name == "line_superior" and not parts:
        parts = [PEOPLE["subject"]]
    zh, en = (text.format(*(part[n] for part in parts)) for n, text in enumerate(pattern))
    return (zh, en)


def _argument(term: Term, place: int, names: Mapping[str, Texts]) -> Texts:
    value = term.args[place]
    known: Mapping[str, Texts] = {
        "role": ROLES if place == 0 else UNITS,
        "post": UNITS if place == 0 else NOTHING,
        "level": ORGS if place == 0 else RANKS,
        "external": BODIES,
        "leader": UNITS,
        "discipline": UNITS,
        "not_of": UNITS,
        "line_superior": PEOPLE,
        "superior": PEOPLE,
    }.get(term.name, NOTHING)
    if value in known:
        return known[value]
    if term.name == "level":
        return (f"办件确定的{('机关', '层级')[place]}（{value}）", f"{value} of the case")
    if term.name in ("same", "not", "chosen") and place == 0:
        zh, en = names.get(value, (value, value))
        return (f"“{zh}”", f"“{en or zh}”")
    root, _, rest = value.partition(".")
    if rest and root in names:
        zh, en = names[root]
        return (f"“{zh}”的 {rest}", f"{rest} of “{en or zh}”")
    return (value, value)
