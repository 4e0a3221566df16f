"""Every certain conversion, and every thing that is told instead, one by one."""

from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from tests.workflows.foreign.sketch import (
    element,
    extended,
    kinds,
    read,
    said,
    settings,
    step,
)
from workflows import foreign
from workflows.deadlines import Calendar
from workflows.engine import feel
from workflows.engine.validation.vocabulary import bpmn
from workflows.foreign import CONVERTED, IMPOSSIBLE, OPEN, RULES
from workflows.hosting import calendar_functions

MULTI = "<multiInstanceLoopCharacteristics {}>{}</multiInstanceLoopCharacteristics>"
UNTIL = "<completionCondition>{}</completionCondition>"
WHO = {
    'camunda:candidateGroups="supervisor"': "role(supervisor)",
    'flowable:candidateGroups="handler" flowable:groupType="role"': "role(handler)",
    'flowable:candidateStrategy="10" flowable:candidateParam="supervisor"': "role(supervisor)",
    'flowable:assignee="${INITIATOR}" flowable:dataType="INITIATOR"': "starter",
    'flowable:assignee="$INITIATOR"': "starter",
    'activiti:assignee="${me}"': "starter",  # as the start event says
    'flowable:candidateStrategy="36"': "starter",
}
NOT_CERTAIN = {
    'camunda:candidateGroups="supervisor,handler"': "",
    'camunda:candidateGroups="management"': "",
    'camunda:candidateGroups="supervisor" camunda:assignee="anna"': "",
    'flowable:candidateGroups="supervisor" flowable:groupType="dept"': "departments",
    'flowable:candidateStrategy="21" flowable:candidateParam="105"': "head of a department",
    'flowable:candidateStrategy="10" flowable:candidateParam="159"': "role",
    'activiti:assignee="kermit"': "",
    'activiti:assignee="${initiator}"': "usually whoever started it",
    'camunda:candidateUsers="a,b"': "",
}


@pytest.mark.parametrize("attributes", WHO)
def test_who_does_it_is_converted_where_it_is_certain(attributes: str) -> None:
    found = read(step(attributes), start='activiti:initiator="me"')
    assert settings(found)["who"] == WHO[attributes]
    assert not kinds(found) & {"who", "who-none"}
    assert not [name for name in element(found).attrib if str(name).startswith("{")]


@pytest.mark.parametrize("attributes", NOT_CERTAIN)
def test_who_does_it_is_left_to_a_person_where_it_is_not(attributes: str) -> None:
    found = read(step(attributes))
    assert "who" in kinds(found)
    assert "who" not in settings(found)
    assert NOT_CERTAIN[attributes] in said(found, "who")
    for name in attributes.replace('"', "").split():
        assert name.partition("=")[0].partition(":")[2] in etree.tostring(element(found)).decode()


def test_camunda_8_and_plain_bpmn_say_it_in_elements() -> None:
    group = '<zeebe:assignmentDefinition candidateGroups="supervisor"/>'
    assert settings(read(extended(group)))["who"] == "role(supervisor)"
    owner = "<potentialOwner><resourceAssignmentExpression><formalExpression>{}</formalExpression>"
    owner += "</resourceAssignmentExpression></potentialOwner>"
    found = read(step(inside=owner.format("group(handler)")))
    assert settings(found)["who"] == "role(handler)"
    assert element(found).find(f".//{bpmn('potentialOwner')}") is None
    assert "who" in kinds(read(step(inside=owner.format("user(kermit), group(handler)"))))


def test_a_form_keeps_its_key_and_is_to_be_drawn() -> None:
    for form in ('camunda:formKey="approve"', 'camunda:formRef="approve"'):
        found = read(step(form))
        assert settings(found)["formKey"] == "approve"
        assert kinds(found) >= {"form", "form-missing"}
    assert settings(read(extended('<zeebe:formDefinition formId="f"/>')))["formKey"] == "f"
    for form in ("embedded:app:forms/a.html", "/leave/apply", "33", "camunda-forms:bpmn:x"):
        found = read(step(f'camunda:formKey="{form}"'))
        assert "form-key" in kinds(found)
        assert "formKey" not in settings(found)


def test_a_duration_becomes_a_due_date_and_nothing_else_does() -> None:
    assert settings(read(step('camunda:dueDate="P3D"')))["due"] == 'from_now("P3D")'
    found = read(extended('<zeebe:taskSchedule dueDate="PT48H"/>'))
    assert settings(found)["due"] == 'from_now("PT48H")'
    assert element(found).find(".//{*}taskSchedule") is None
    for due in ("2027-01-01T00:00:00", "${due}", "P-3D", "72h", "P100Y"):
        found = read(step(f'flowable:dueDate="{due}"'))
        assert "due-open" in kinds(found), due
        assert "due" not in settings(found)
    assert "due-open" in kinds(
        read(step('flowable:dueDate="P3D" flowable:businessCalendarName="x"'))
    )


def test_the_due_date_is_that_of_the_other_system() -> None:
    begun = datetime(2026, 3, 6, 9, tzinfo=UTC)  # a Friday: no working days are counted
    functions = calendar_functions(Calendar(), begun)
    for length, hours in (("P3D", 72), ("PT48H", 48), ("P1W", 168)):
        due = settings(read(step(f'camunda:dueDate="{length}"')))["due"]
        assert feel.evaluate(due, {}, functions=functions) == begun + timedelta(hours=hours)


def test_a_condition_is_written_in_feel_and_its_variables_are_told_once() -> None:
    flow = '<exclusiveGateway id="g"/><sequenceFlow id="{}" sourceRef="g" targetRef="e">'
    flow += "<conditionExpression {}>{}</conditionExpression></sequenceFlow>"
    both = flow.format("a", "", "${ok}") + flow.format("b", "", "${!ok}")
    found = read(both.replace('<exclusiveGateway id="g"/>', "", 1))
    assert [element(found, one)[0].text for one in "ab"] == ["ok = true", "ok = false"]
    assert kinds(found, of="a") == {"condition", "variable"}
    assert kinds(found, of="b") == {"condition"}
    assert kinds(read(flow.format("a", "", "${x.y()}")), of="a") == {"condition-open"}
    assert kinds(read(flow.format("a", 'language="groovy"', "x > 1")), of="a") == {"script"}
    scripted = flow.format("a", 'camunda:resource="x.groovy"', "")
    assert "script" in kinds(read(scripted), of="a")
    misplaced = flow.format("a", "", "${ok}").replace('"g" targetRef', '"t" targetRef')
    assert "condition-misplaced" in kinds(read(step() + misplaced), of="a")


def test_a_multi_instance_names_its_collection_and_its_item() -> None:
    multi = MULTI.format('camunda:collection="${people}" camunda:elementVariable="one"', "")
    found = read(step('camunda:assignee="${one}"', multi))
    loop = element(found).find(bpmn("multiInstanceLoopCharacteristics"))
    assert loop is not None
    assert [(str(one.tag), one.text, one.get("name")) for one in loop] == [
        (bpmn("loopDataInputRef"), "people", None),
        (bpmn("inputDataItem"), None, "item"),
    ]
    assert settings(found)["who"] == "item(item.key)"
    assert kinds(found) >= {"collection", "who-item", "variable"}
    zeebe = '<extensionElements><zeebe:loopCharacteristics inputCollection="=people" inputElement='
    multi = MULTI.format("", f'{zeebe}"one"/></extensionElements>')
    assert "collection" in kinds(read(step("", multi)))
    for unclear in ('flowable:collection="${a.b(c)}"', ""):
        assert "repeat-open" in kinds(read(step("", MULTI.format(unclear, ""))))
    counted = MULTI.format("", "<loopCardinality>5</loopCardinality>")
    assert "repeat-open" in kinds(read(step("", counted)))


@pytest.mark.parametrize(
    ("until", "made"),
    [
        ("${nrOfCompletedInstances/nrOfInstances &gt;= 0.67}", "done / total >= 0.67"),
        ("${nrOfActiveInstances == 0}", "(total - done) = 0"),
        ("=numberOfCompletedInstances / numberOfInstances &gt;= 0.5", "done / total >= 0.5"),
    ],
)
def test_a_completion_condition_counts_votes(until: str, made: str) -> None:
    multi = MULTI.format('flowable:collection="people"', UNTIL.format(until))
    found = read(step("", multi))
    assert element(found).findtext(f".//{bpmn('completionCondition')}") == made
    assert "votes" in kinds(found)


def test_a_completion_condition_that_counts_otherwise_is_told() -> None:
    for until, more in (
        ("${service.veto(execution)}", ""),
        ("${nrOfActiveInstances == 0}", "true"),
    ):
        head = f'flowable:collection="people" isSequential="{more or "false"}"'
        found = read(step("", MULTI.format(head, UNTIL.format(until))))
        assert "votes-open" in kinds(found), until
        assert "votes" not in kinds(found)


@pytest.mark.parametrize(
    ("time", "made"),
    [
        ("<timeDuration>P10D</timeDuration>", None),
        ("<timeDuration>${delay}</timeDuration>", "delay"),
        ('<timeDuration>="PT1H"</timeDuration>', "PT1H"),
        ("<timeDate>=moment</timeDate>", "moment"),
        ("<timeDuration>72h</timeDuration>", ""),
        ("<timeDate>2027-03-01T09:00:00</timeDate>", ""),
        ("<timeCycle>0 0 9 * * ?</timeCycle>", ""),
        ("<timeDuration>${service.delay()}</timeDuration>", ""),
    ],
)
def test_timers(time: str, made: str | None) -> None:
    event = f"<timerEventDefinition>{time}</timerEventDefinition>"
    found = read(step(kind="intermediateCatchEvent", inside=event))
    told = kinds(found) - {"variable"}
    assert told == ({"timer"} if made else set() if made is None else {"timer-open"})
    written = element(found)[0][0].text
    assert written == (made or etree.fromstring(time).text)


def test_calls_decisions_and_programs() -> None:
    call = step('calledElement="child"', kind="callActivity")
    assert kinds(read(call)) == {"called-missing"}
    zeebe = '<extensionElements><zeebe:calledElement processId="{}"/></extensionElements>'
    found = read(step(inside=zeebe.format("child"), kind="callActivity"))
    assert element(found).get("calledElement") == "child"
    assert kinds(found) == {"called", "called-missing"}
    assert "called-open" in kinds(read(step(inside=zeebe.format("=x + y"), kind="callActivity")))
    field = '<extensionElements><flowable:field name="decisionTableReferenceKey"><flowable:string>'
    field += "limit</flowable:string></flowable:field></extensionElements>"
    for found in (
        read(step('camunda:decisionRef="limit"', kind="businessRuleTask")),
        read(step('flowable:type="dmn"', field, kind="serviceTask")),
    ):
        assert element(found).tag == bpmn("businessRuleTask")
        assert element(found).findtext(".//{*}calledDecisionId") == "limit"
        assert kinds(found) == {"decision", "decision-missing"}
    assert "decision-open" in kinds(read(step(kind="businessRuleTask")))
    for program in (
        'class="a.B"',
        'delegateExpression="${b}"',
        'topic="t"',
        'expression="${b.c()}"',
    ):
        found = read(step(f"camunda:{program}", kind="serviceTask"))
        assert kinds(found) == {"operation"}
        assert program.partition("=")[0] in next(n.what for n in found.notes if n.element == "t")
    assert kinds(read(step('activiti:type="mail"', kind="serviceTask"))) == {"mail"}


def test_what_yudao_asks_of_an_approver() -> None:
    marks = "<flowable:signEnable>{0}</flowable:signEnable><flowable:reasonRequire>{0}"
    marks += "</flowable:reasonRequire><flowable:approveType>1</flowable:approveType>"
    found = read(extended(marks.format("true")))
    assert settings(found) == {"opinion": "required", "signature": "yes"}
    assert kinds(found) >= {"opinion", "signature", "default-says-so"}
    found = read(extended(marks.format("false")))
    assert settings(found) == {}
    assert element(found).find(bpmn("extensionElements")) is None


TOLD = {
    "listener": extended('<camunda:taskListener event="create" class="a.B"/>'),
    "connector": extended(
        "<camunda:connector><camunda:connectorId>x</camunda:connectorId></camunda:connector>"
    ),
    "mapping": extended('<zeebe:ioMapping><zeebe:input source="=a" target="b"/></zeebe:ioMapping>'),
    "form-fields": extended('<camunda:formData><camunda:formField id="a"/></camunda:formData>'),
    "fields-access": extended('<flowable:fieldsPermission field="a" permission="1"/>'),
    "approval-settings": extended("<flowable:rejectHandlerType>1</flowable:rejectHandlerType>"),
    "property": extended('<camunda:properties><camunda:property name="a"/></camunda:properties>'),
    "extension": extended('<oa:operators type="3"/>'),
    "technical": step('camunda:asyncBefore="true" flowable:exclusive="false"'),
    "priority": step('camunda:priority="80"'),
    "skip": step('flowable:skipExpression="${a}"'),
    "who-none": step(),
    "name": step().replace('name="审批"', ""),
    "script": step(kind="scriptTask", inside="<script>x</script>"),
    "task-kind": step(kind="task"),
    "waits": step(kind="receiveTask"),
    "passes": step(kind="intermediateThrowEvent"),
    "kind": step(kind="complexGateway"),
    "event": step(kind="intermediateCatchEvent", inside="<signalEventDefinition/>"),
    "event-subprocess": step('triggeredByEvent="true"', kind="subProcess"),
    "loop-marker": step(inside="<standardLoopCharacteristics/>"),
    "data-store": step(kind="dataStoreReference"),
    "element": step(inside="<ioSpecification/>"),
    "call-version": step(
        'calledElement="c" camunda:calledElementBinding="latest"', kind="callActivity"
    ),
}


@pytest.mark.parametrize("kind", TOLD)
def test_what_is_not_converted_is_told_by_the_name_of_its_step(kind: str) -> None:
    found = read(TOLD[kind])
    (note, *_rest) = [one for one in found.notes if one.kind == kind]
    assert note.element == "t"
    assert note.name == ("" if kind == "name" else "审批")
    assert note.state in {OPEN, IMPOSSIBLE}
    for tag in ("taskListener", "operators", "skipExpression", "rejectHandlerType"):
        assert (tag in TOLD[kind]) == (tag.encode() in found.diagram)  # as it was


def test_what_is_told_of_the_start_the_process_and_the_file() -> None:
    start = read("", start='camunda:formKey="x"')
    assert kinds(start, of="s") == {"start-form"}
    timed = read("").diagram.replace(
        b'<startEvent id="s"/>', b'<startEvent id="s"><timerEventDefinition/></startEvent>'
    )
    assert "start-event" in kinds(foreign.read(timed), of="s")
    process = read("", process='camunda:candidateStarterGroups="hr" camunda:historyTimeToLive="1"')
    assert kinds(process, of="p") == {"starters", "technical", "drawing"}
    message = '<message id="m" name="x"><extensionElements><zeebe:subscription '
    message += 'correlationKey="=a"/></extensionElements></message>'
    both = read("").diagram.replace(
        b"</definitions>", (message + '<process id="other"/></definitions>').encode()
    )
    found = foreign.read(both)
    assert kinds(found, of="m") == {"correlation"}
    assert kinds(found, of="other") == {"several-processes"}
    assert "language" in kinds(
        read("", root='expressionLanguage="http://www.w3.org/1999/XPath"'), of="defs"
    )


def test_ids_are_made_plain_wherever_they_are_named() -> None:
    inner = '<userTask id="sid-1" name="甲"/><sequenceFlow sourceRef="Start" targetRef="sid-1"/>'
    plain = read(inner)
    assert "id-given" in {note.kind for note in plain.notes}
    data = plain.diagram.replace(b'id="s"', b'id="Start"').replace(b'id="p"', b'id="a-b" ')
    found = foreign.read(data.replace(b'isExecutable="true"', b""), process="target")
    root = etree.fromstring(found.diagram)
    process = root.find(bpmn("process"))
    assert process is not None
    flow = process.find(bpmn("sequenceFlow"))
    assert flow is not None
    assert (found.process, process.get("id"), process.get("isExecutable")) == (
        "target",
        "target",
        "true",
    )
    assert (flow.get("sourceRef"), flow.get("targetRef")) == ("Start_2", "sid_1")
    assert flow.get("id")
    told = {note.kind for note in found.notes}
    assert told >= {"id", "executable", "process-named"}


def test_every_rule_says_what_it_means_in_both_languages() -> None:
    assert {rule.state for rule in RULES.values()} == {CONVERTED, OPEN, IMPOSSIBLE}
    for rule in RULES.values():
        assert rule.zh.endswith("。")
        assert rule.en.endswith(".")
