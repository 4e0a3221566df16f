"""docs/foreign.md, written from the rules:

python -m workflows.foreign.page > docs/foreign.md
"""

import sys

from workflows.foreign.people import STRATEGIES
from workflows.foreign.rules import CONVERTED, IMPOSSIBLE, OPEN, RULES

HEAD = """# 其他平台的流程图 · Foreign diagrams

<!-- Written by `python -m workflows.foreign.page`; do not edit by hand. -->

流程管理 → 导入其他平台的流程图：交入一个 .bpmn，得到逐节点的清单，再“作为草稿接收”。\
凡含义确定的自动换算；不确定的留给人定；做不到的说明原因。\
没有换算的扩展原样留在文件中，由人删去（接收时可以一次删去）；发布检查会拒绝仍有扩展的草稿。
Processes → Import a diagram of another system: hand in one .bpmn, read the report node by node,
take it as a draft. What is certain is converted, what is not is left to a person, what cannot be is
told with its reason. What was not converted stays in the file until a person removes it (when it is
taken, all of it can be removed at once); publishing refuses a draft that still holds such things.

读得懂的写法 · Read are: Camunda 7 (`camunda:`), Camunda 8 (`zeebe:`), Flowable (`flowable:`), \
Activiti (`activiti:`), and what RuoYi-Flowable, 芋道 yudao and JeecgBoot write with `flowable:`. \
其他平台（如泛微、致远的导出）只读 BPMN 部分，其扩展逐项列出。 \
Of any other system the BPMN is read and every extension listed.

文件 · The file: one .bpmn, UTF-8, ≤ 2 MB, no DOCTYPE, no entities (docs/limits.md has all bounds).
"""

EXPRESSIONS = """
## 表达式 · Expressions

换算的前提是两边在任何取值下含义相同。
An expression is converted only if both mean the same whatever the values are.

| 原写法 there | 换算 here |
|---|---|
| `${a == 'x'}`, `${a eq "x"}`, `${a.equals('x')}`, `${var:eq(a, 'x')}` | `a = "x"` |
| `${n > 3 && b != null}`, `${n gt 3 and b ne null}` | `n > 3 and b != null` |
| `${approved}`, `${!approved}` | `approved = true`, `approved = false` |
| `${execution.getVariable('a') == 1}` | `a = 1` |
| `${nrOfCompletedInstances/nrOfInstances >= 0.6}` | `done / total >= 0.6` |
| `=amount >= 100` (Camunda 8, FEEL) | `amount >= 100` |

不换算 · Not converted: `empty`, `? :`, other methods and beans, texts compared by size, negated \
comparisons by size, sums of what may be no numbers, names that mean something else here (`days`, \
`due`, `item` …).
"""

TITLES = {
    CONVERTED: "自动换算 · Converted",
    OPEN: "待人决定 · To be decided",
    IMPOSSIBLE: "做不到 · Not possible",
}


def page() -> str:
    """Return docs/foreign.md."""
    lines = [HEAD.rstrip()]
    for state, title in TITLES.items():
        lines += ["", f"## {title}", "", "| 代号 code | 说明 | what it says |", "|---|---|---|"]
        lines += [
            f"| `{kind}` | {rule.zh} | {rule.en} |"
            for kind, rule in RULES.items()
            if rule.state == state
        ]
    lines += [EXPRESSIONS.rstrip(), "", "## 芋道的审批人策略 · How yudao numbers people", ""]
    lines += ["| candidateStrategy | 含义 | meaning |", "|---|---|---|"]
    lines += [f"| {code} | {zh} | {en} |" for code, (zh, en) in STRATEGIES.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
