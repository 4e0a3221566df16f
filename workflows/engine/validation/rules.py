"""Every rule of the publish checks with its sentence in Chinese and in English."""

from collections.abc import Mapping

from workflows.engine.validation import (
    calls,
    cycles,
    drawing,
    elements,
    expressions,
    files,
    flows,
    foreign,
    form_steps,
    forms,
    guards,
    layouts,
    papers,
    paths,
    people,
    reading,
    repeats,
    settings,
    structure,
    table_cases,
    tables,
    timers,
    tokens,
    trial,
)
from workflows.engine.validation.faults import Texts

TOPICS: Mapping[str, Mapping[str, Texts]] = {
    "文件 · Files": {**files.RULES, **reading.RULES},
    "流程与编号 · Process and ids": structure.RULES,
    "元素 · Elements": elements.RULES,
    "连线 · Flows": flows.RULES,
    "路径 · Paths": paths.RULES,
    "并行 · Parallel branches": tokens.RULES,
    "循环与多实例 · Loops and multi-instance": {**cycles.RULES, **repeats.RULES},
    "定时 · Timers": timers.RULES,
    "表达式 · Expressions": expressions.RULES,
    "节点设置 · Settings of a node": settings.RULES,
    "办理人 · Who acts": people.RULES,
    "表单 · Forms": {**forms.RULES, **form_steps.RULES, **layouts.RULES},
    "文书模板 · Document templates": papers.RULES,
    "调用 · Operations, decisions, called processes": calls.RULES,
    "判定表 · Decision tables": {**tables.RULES, **table_cases.RULES},
    "前置要求 · What must come before": guards.RULES,
    "图形 · The picture": drawing.RULES,
    "其他平台 · Other systems": foreign.RULES,
    "引擎 · The engine": trial.RULES,
}
RULES: Mapping[str, Texts] = {
    rule: texts for topic in TOPICS.values() for rule, texts in topic.items()
}
