"""The published list of limitations, written from the rules:

python -m workflows.engine.validation.limits > docs/limits.md
"""

import sys

from workflows.engine.validation import OWN_FUNCTIONS, reading, structure, timers
from workflows.engine.validation.rules import TOPICS
from workflows.engine.validation.vocabulary import DEEPEST_NESTING, FLOW_NODES, MOST_NODES

HEAD = """# 限制 · Limits

<!-- Written by `python -m workflows.engine.validation.limits`; do not edit by hand. -->

发布前，凡引擎会忽略、丢弃、误读或因此停住的写法一律拒绝，并指出元素、名称和原因。
At publishing everything is refused that the engine would ignore, drop, misread or hang on, with
the element, its name and the reason. `tongze validate FILE…` tells the same without publishing.
"""


COLUMNS = "| 规则 rule | 拒绝的原因 | why it is refused |"


def page() -> str:
    """Return docs/limits.md."""
    lines = [HEAD, *_bounds()]
    for topic, rules in TOPICS.items():
        lines += ["", f"## {topic}", "", COLUMNS, "|---|---|---|"]
        lines += [f"| `{rule}` | {_cell(zh)} | {_cell(en)} |" for rule, (zh, en) in rules.items()]
    return "\n".join(lines) + "\n"


def _bounds() -> list[str]:
    nodes = ", ".join(f"`{name}`" for name in sorted(FLOW_NODES))
    functions = ", ".join(f"`{name}`" for name in sorted(OWN_FUNCTIONS))
    return [
        "## 可用的元素与上限 · What there is, and how much of it",
        "",
        f"- 节点 nodes: {nodes}",
        "- 事件 events: 定时 timer, 消息 message (catch, boundary); 终止 terminate (end)",
        f"- 自有函数 own functions: {functions}",
        f"- 每个流程节点数 nodes in a process ≤ {MOST_NODES}; 子流程嵌套 nested subprocesses "
        f"≤ {DEEPEST_NESTING}",
        f"- 文件 file ≤ {reading.MAX_BYTES:,} bytes, {reading.MAX_ELEMENTS:,} elements, "
        f"{reading.MAX_DEPTH} levels, {reading.MAX_TEXT:,} characters per text",
        f"- 时长 duration ≤ {timers.LONGEST_YEARS} 年 years; 重复 repetition ≤ "
        f"{timers.MOST_ROUNDS} 次 rounds",
        f"- 编号 ids: `{structure.PLAIN_ID.pattern}`",
    ]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    sys.stdout.write(page())
