"""What the papers of an inspection say."""

from tools.template_parts import Template, each, when

INSPECTION = (
    Template(
        "inspection_notice",
        "督导检查通知",
        (
            "根据{{ basis }}，决定对你单位开展{{ kind }}。现将有关事项通知如下：",
            "一、事由：{{ topic }}",
            "二、时间：{{ from_day }}至{{ to_day }}",
            "三、方式：{{ methods }}",
            "四、督导组成员：{{ team }}",
            *when("register_no", "五、计划备案号：{{ register_no }}"),
            "请如实提供情况，不专门准备汇报材料，不另行报送台账。",
        ),
    ),
    Template(
        "sample_list",
        "抽样清单",
        (
            "抽样对象：{{ subject }}{{ from_day }}至{{ to_day }}{{ kind }}，共{{ total }}份。",
            "抽样方法：{{ algorithm }}。种子：{{ seed }}。总体校验值（SHA-256）：{{ digest }}。",
            "复核方法：对总体每份记录的编号，计算“种子:编号”的SHA-256值，"
            "按值从小到大取前{{ size }}份。",
            "抽取结果：",
            *each("picks", "第{{ one.place }}份　{{ one.name }}　{{ one.day }}　编号{{ one.id }}"),
            "抽样人：{{ drawn_by }}　抽样时间：{{ drawn_at }}",
        ),
        to="",
    ),
    Template(
        "inspection_feedback",
        "督导检查反馈意见",
        (
            "{{ from_day }}至{{ to_day }}，督导组对你单位开展了{{ topic }}。现反馈如下：",
            *when(
                "problems",
                "一、发现的问题",
                *each(
                    "problems",
                    "{{ loop.index }}. {{ one.problem }}"
                    "（依据：{{ one.basis }}；证据：{{ one.evidence }}）",
                ),
                "二、整改要求",
                *each("problems", "{{ loop.index }}. {{ one.requirement }}"),
                "请自收到整改清单之日起按清单所列时限报送整改方案，整改后进行回访。",
            ),
            *when("clean", "未发现需要整改的问题。"),
            *when("head", "督导时单位主要负责人：{{ head }}。"),
        ),
    ),
    Template(
        "inspection_report",
        "督导检查综合报告",
        to="",
        body=(
            "一、基本情况",
            "{{ from_day }}至{{ to_day }}，围绕“{{ topic }}”对{{ units|length }}个单位开展"
            "{{ kind }}{% if register_no %}（计划备案号：{{ register_no }}）{% endif %}，"
            "方式为{{ methods }}。",
            "二、共性问题",
            "{{ common }}",
            "三、各单位情况",
            *each("units", "{{ one.name }}：{{ one.problems }}"),
            *when("good", "四、好的做法", "{{ good }}", "五、工作建议"),
            *when("not good", "四、工作建议"),
            "{{ suggestions }}",
        ),
    ),
)
