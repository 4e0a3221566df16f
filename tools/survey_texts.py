"""What the reports of surveys and of research say."""

from tools.template_parts import Template, each, when

SURVEY = (
    Template(
        "survey_report",
        "调研报告",
        (
            "{{ subject }}",
            "一、调研目的和方法",
            "{{ purpose }}",
            "调研方法：{{ methods }}。{% if talks %}其中{{ talks }}。{% endif %}",
            "二、样本",
            "{% if asked %}问卷对象为{{ who }}，发放{{ asked }}份，收回{{ answered }}份，"
            "回收率{{ rate }}%，截止时间{{ closed }}。"
            "{% if anonymous %}本次问卷不记名，五人以下的分组不予显示。{% endif %}"
            "{% else %}本次调研未发放问卷。{% endif %}",
            *when("results", "三、问卷结果"),
            "{%p for one in results %}",
            "第{{ one.number }}题　{{ one.title }}"
            "{% if one.hidden %}（作答人数不足五人，不予显示）"
            "{% else %}（{{ one.n }}人作答）{% endif %}",
            "{%p if not one.hidden %}",
            "{{ one.mark }}",
            "{%p endif %}",
            "{%p endfor %}",
            "四、主要问题",
            *each(
                "problems",
                "{{ loop.index }}．{{ one.problem }}"
                "{% if one.share %}（占{{ one.share }}%）{% endif %}"
                "　依据：{{ one.basis }}。",
            ),
            "五、原因分析",
            "{{ causes }}",
            "六、工作建议",
            *each(
                "suggestions",
                "{{ loop.index }}．{{ one.text }}{% if one.follow_up %}（转督办）{% endif %}",
            ),
            "调研结论只用于了解情况、改进工作，不作为追究任何单位和个人责任的依据。",
        ),
        to="",
    ),
    Template(
        "research_report",
        "重大问题调研报告",
        (
            "{{ subject }}",
            "一、调研的问题",
            "{{ question }}",
            "二、调研情况",
            "调研组：{{ team }}。调研时间：{{ from_day }}至{{ until_day }}。",
            *each("sources", "{{ loop.index }}．{{ one }}"),
            "{%p for part in parts %}",
            "{{ part.head }}",
            "{%p for one in part.claims %}",
            "{{ loop.index }}．{{ one.text }}　依据：{{ one.basis }}。",
            "{%p endfor %}",
            "{%p endfor %}",
            *when("results", "附：所引问卷结果"),
            "{%p for one in results %}",
            "{{ one.title }}（{{ one.n }}人作答）",
            "{{ one.mark }}",
            "{%p endfor %}",
        ),
        to="",
    ),
)
