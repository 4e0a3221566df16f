"""Everything that is said about a foreign diagram: what was converted, what is to be decided, what
is not possible here; each with its reason in Chinese and English."""

from collections.abc import Mapping
from dataclasses import dataclass

CONVERTED, OPEN, IMPOSSIBLE = "converted", "open", "impossible"


@dataclass(frozen=True)
class Rule:
    state: str
    zh: str
    en: str


def _rules(state: str, texts: Mapping[str, tuple[str, str]]) -> dict[str, Rule]:
    return {kind: Rule(state, zh, en) for kind, (zh, en) in texts.items()}


_CONVERTED = {
    "id": (
        "编号改为字母、数字和下划线，引用处一并改正。",
        "The id is made of letters, digits and underscores, also where it is named.",
    ),
    "id-given": ("连线或节点没有编号，已补。", "A flow or node had no id and was given one."),
    "process-named": (
        "流程编号改为所选流程的编号。",
        "The process takes the id of the process that was chosen.",
    ),
    "executable": ("流程标记为可执行。", "The process is marked as executable."),
    "language": (
        "表达式语言的声明已删去：本系统的表达式一律是 FEEL。",
        "The language declared for expressions was left out: here they are all FEEL.",
    ),
    "form": (
        "表单编号写入 formKey。",
        "The key of the form stands in formKey.",
    ),
    "who-role": (
        "候选组与本系统角色同名，办理人定为该角色。",
        "The candidate group is a role of this system: that role does it.",
    ),
    "who-starter": (
        "由发起人办理（starter）。",
        "Whoever started it does it (starter).",
    ),
    "who-item": (
        "多实例的当前项即办理人。",
        "Each item of the multi-instance is the person who does it.",
    ),
    "due": (
        "期限时长改为自任务产生起计算的自然时长。",
        "The duration becomes a due date counted from when the task is made, in calendar time.",
    ),
    "condition": ("条件改写为 FEEL。", "The condition is written in FEEL."),
    "timer": ("定时表达式改写为 FEEL。", "The time is written in FEEL."),
    "collection": (
        "多实例的集合写入 loopDataInputRef，当前项名为 item。",
        "The collection stands in loopDataInputRef; its item is called item.",
    ),
    "votes": (
        "完成条件改写为票数：done（已办）、total（总数）。",
        "The completion condition counts votes: done and total.",
    ),
    "called": (
        "被调用流程写入 calledElement。",
        "The called process stands in calledElement.",
    ),
    "decision": (
        "判定表编号写入 calledDecisionId。",
        "The id of the decision table stands in calledDecisionId.",
    ),
    "opinion": ("意见必填（opinion=required）。", "An opinion is required."),
    "signature": ("需要签名（signature=yes）。", "A signature is required."),
    "default-says-so": (
        "与本系统的通常做法相同，不必另写。",
        "It says what is always so here, and was left out.",
    ),
}

_OPEN = {
    "several-processes": (
        "一个文件只能有一个流程：请选定一个，其余删去或另行导入。",
        "A file holds one process: keep one, remove the others or import them on their own.",
    ),
    "drawing": (
        "文件没有图形：编辑器打不开，请由原平台连同图形一起导出。",
        "The file holds no drawing, so no editor can open it: export it together with its drawing.",
    ),
    "who": (
        "办理人无法确定地换算：请按岗位、角色或前序环节重新指定。",
        "Who does it cannot be converted with certainty: choose a post, a role or an earlier step.",
    ),
    "who-none": (
        "原图没有写由谁办理，请指定。",
        "The diagram does not say who does it: choose.",
    ),
    "form-missing": (
        "文件里没有这张表单：请设计或上传。",
        "The form is not in the file: draw it or hand it in.",
    ),
    "form-key": (
        "表单的写法在这里不是表单编号：请指定表单。",
        "What stands there is no key of a form here: choose a form.",
    ),
    "form-fields": (
        "内嵌表单字段：请在表单编辑器中建立，并在条件中写成 环节.字段。",
        "Fields of a form within the diagram: draw the form; conditions name them step.field.",
    ),
    "fields-access": (
        "字段权限：请在该环节表单的 ui 文件中设置可读、可写、隐藏。",
        "Rights on fields: set read, write and hidden in the ui file of the step's form.",
    ),
    "due-open": (
        "期限无法确定地换算：请写成工作日或日期。",
        "The due date cannot be converted with certainty: write working days or a date.",
    ),
    "condition-open": (
        "条件无法确定地换算，请用 FEEL 重写。",
        "The condition cannot be converted with certainty: write it in FEEL.",
    ),
    "condition-misplaced": (
        "条件写在任务的出口上：请在任务后加网关。",
        "The condition stands on a flow out of a step: draw a gateway behind the step.",
    ),
    "variable": (
        "变量不由本图任何环节产生：请改为 环节.字段，或列入流程属性 variables。",
        "No step of this diagram makes this variable: write step.field, or list it in the process "
        "property variables.",
    ),
    "timer-open": (
        "定时的写法无法确定地换算：请写 ISO 8601 时长、带时区的日期或 FEEL。",
        "The time cannot be converted with certainty: write an ISO 8601 duration, a date with its "
        "offset, or FEEL.",
    ),
    "repeat-open": (
        "多实例按数量或按无法读懂的集合展开：请指定集合。",
        "The multi-instance counts, or its collection cannot be read: name a collection.",
    ),
    "votes-open": (
        "完成条件无法确定地换算：请用 votes、done、total 重写。",
        "The completion condition cannot be converted with certainty: use votes, done and total.",
    ),
    "called-missing": (
        "被调用流程不在文件内：请一并提供其流程图。",
        "The called process is not in the file: hand in its diagram too.",
    ),
    "called-open": (
        "被调用的流程没有写明编号，请指定。",
        "The called process is not named outright: choose one.",
    ),
    "decision-missing": (
        "判定表不在文件内：请建立或上传 .dmn。",
        "The decision table is not in the file: draw it or hand in its .dmn.",
    ),
    "decision-open": (
        "判定表没有写明编号，请指定。",
        "The decision table is not named outright: choose one.",
    ),
    "operation": (
        "由程序执行（类、表达式或外部任务）：请从操作清单中选择，或改为人工办理。",
        "A program does it (class, expression or external task): choose an operation of the list, "
        "or let a person do it.",
    ),
    "task-kind": (
        "任务没有可执行的类型：请选择人工、自动或判定。",
        "The task is of no kind that runs here: choose a step for a person, an automatic step or a "
        "decision table.",
    ),
    "mail": (
        "发送邮件或消息：通知由系统按任务自动发出，或选择操作。",
        "It sends mail or a message: notices go out by themselves here, or choose an operation.",
    ),
    "waits": (
        "接收任务：请改为消息中间事件。",
        "A receive task: draw a message event instead.",
    ),
    "passes": (
        "中间抛出事件：请删去，或改为自动环节。",
        "A throwing event: remove it, or draw an automatic step.",
    ),
    "name": (
        "由人办理的环节没有名称，请补。",
        "A step that a person does has no name: give it one.",
    ),
    "approval-settings": (
        "审批设置（按钮、拒绝去向、空审批人、发起人审批、多人方式）：退回、转办等按本系统的做法，"
        "其余请在图上画出。",
        "Settings of approval (buttons, where a refusal goes, nobody found, several approvers): "
        "sending back and passing on work as always here; draw what else is meant.",
    ),
}

_IMPOSSIBLE = {
    "listener": (
        "监听器运行程序：本系统的流程图不运行程序。",
        "A listener runs a program: a diagram runs none here.",
    ),
    "script": (
        "脚本不予执行：请改为操作或判定表。",
        "Scripts are not run: use an operation or a decision table.",
    ),
    "mapping": (
        "变量映射：本系统各环节的答案固定写在 环节.字段。",
        "Mapping of variables: answers stand at step.field and nowhere else.",
    ),
    "connector": ("连接器不予执行。", "Connectors are not run."),
    "property": (
        "自定义属性：本系统没有对应的含义。",
        "Properties of its own: they mean nothing here.",
    ),
    "technical": (
        "引擎的技术设置（异步、重试、版本、保留期等）：本系统不需要。",
        "A technical setting of that engine (asynchronous, retries, version, how long it is kept): "
        "not needed here.",
    ),
    "starters": (
        "谁可以发起：由本系统的权限决定，不写在图上。",
        "Who may start it: the rights of this system say so, not the diagram.",
    ),
    "start-form": (
        "发起表单：办件由业务页面建立，开始事件没有表单。",
        "A form at the start: cases are opened by their own pages, a start has no form.",
    ),
    "priority": (
        "优先级、跟进日期、分类：待办按期限排列。",
        "Priority, follow-up date, category: tasks are ordered by their due date.",
    ),
    "skip": (
        "跳过表达式：不得自动跳过由人办理的环节。",
        "Skipping by expression: no step of a person is passed over by itself.",
    ),
    "correlation": (
        "消息关联：消息按办件送达，不按变量匹配。",
        "Correlation of messages: they reach a case, they are not matched by a variable.",
    ),
    "call-version": (
        "指定被调用流程的版本：被调用流程随本流程一起发布。",
        "The version of what is called: it is published together with this process.",
    ),
    "event": ("这种事件不予执行。", "Events of this kind are not executed."),
    "start-event": (
        "定时、消息、信号等开始事件：办件由业务或时钟建立。",
        "A start by timer, message or signal: cases are opened by their own pages or by the clock.",
    ),
    "event-subprocess": ("不支持事件子流程。", "Event subprocesses are not supported."),
    "kind": ("这种节点不予执行。", "Nodes of this kind are not executed."),
    "loop-marker": (
        "循环标记：请用网关画出循环。",
        "A loop marker: draw the loop with a gateway.",
    ),
    "data-store": ("不支持数据存储。", "Data stores are not supported."),
    "element": (
        "本系统不使用这种 BPMN 元素。",
        "This BPMN element is not used here.",
    ),
    "extension": (
        "其他平台的扩展：本系统不认识其含义。",
        "An extension of another system whose meaning is not known here.",
    ),
}

RULES: Mapping[str, Rule] = {
    **_rules(CONVERTED, _CONVERTED),
    **_rules(OPEN, _OPEN),
    **_rules(IMPOSSIBLE, _IMPOSSIBLE),
}
