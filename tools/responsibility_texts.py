"""What the paper of a responsibility list says."""

from tools.template_parts import Template, when

RESPONSIBILITY = (
    Template(
        "responsibility_list",
        "{{ year }}年度责任清单",
        (
            *when(
                "meeting",
                "经{{ meeting }}{% if held_on %}（{{ held_on }}）{% endif %}研究，"
                "现将责任清单下达如下。",
            ),
            "责任单位：{{ unit }}",
            "责任岗位：{{ post }}{% if duty_title %}（{{ duty_title }}）{% endif %}",
            "责任人：{{ subject }}",
            *when("charge", "责任定位：{{ charge }}"),
            "{%p for group in groups %}",
            "【{{ group.name }}】",
            "{%p for one in group.rows %}",
            "{{ one }}",
            "{%p endfor %}",
            "{%p endfor %}",
        ),
        sign_offs=(
            "责任人签收：{{ signed_by }}",
            "签收日期：{{ received_on }}",
        ),
    ),
)
