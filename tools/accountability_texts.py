"""What the papers of accountability and appeal say."""

from tools.template_parts import Template, each, when, word

VERDICTS = {"maintain": "维持原决定", "change": "变更原决定", "revoke": "撤销原决定"}
FORMS = {
    "examination": "检查",
    "circular": "通报",
    "reorganization": "改组",
    "admonition": "诫勉",
    "suspension": "停职检查",
    "reassignment": "调整职务",
    "demotion": "降职",
    "ordered_resignation": "责令辞职",
    "removal": "免职",
    "discipline": "纪律处分",
}
DUTIES = {"leading": "全面领导责任", "main": "主要领导责任", "important": "重要领导责任"}

ACCOUNTABILITY = (
    Template(
        "transfer_letter",
        "移送函",
        to="addressee or to",
        body=(
            "现将涉及{{ subject }}的"
            + word("kind", lead="问题线索", proposal="问责建议")
            + "移送你单位，请按照管理权限办理并反馈结果。",
            "一、事实",
            *each("facts", "{{ loop.index }}．{{ one }}"),
            "二、材料清单",
            *each("items", "{{ loop.index }}．{{ one.item }}"),
            "三、依据：《中国共产党问责条例》和有关规定。",
        ),
        sign_offs=("接收人签字：", "接收日期："),
    ),
    Template(
        "fact_material",
        "事实材料",
        (
            "对象：{{ subject }}（事实版本：{{ version }}）",
            *each("material", "{{ loop.index }}．{{ one.text }}"),
            "以上事实材料请阅后签署意见。可以陈述和申辩，合理意见应当采纳。",
        ),
        sign_offs=("签署意见：", "签字：", "日期："),
    ),
    Template(
        "meeting_record",
        "见面笔录",
        to="",
        body=(
            "对象：{{ subject }}（事实版本：{{ version }}）",
            "时间：{{ at }}　地点：{{ place }}",
            "在场人：{{ present }}",
            "一、陈述和申辩",
            "{{ heard }}",
            *each("defence", "{{ loop.index }}．{{ one.point }}"),
            "二、签署意见："
            + word(
                "opinion", agree="同意", partly="部分同意", disagree="不同意", lapsed="逾期未签署"
            ),
            "三、采纳情况",
            *each(
                "points",
                "{{ loop.index }}．{{ one.point }}："
                "{% if one.adopted %}采纳{% else %}不予采纳{% endif %}。{{ one.reason }}",
            ),
            *when("note", "未签字或者不同意见说明：{{ note }}"),
        ),
        sign_offs=("调查组签字：", "对象签字："),
    ),
    Template(
        "investigation_report",
        "调查报告",
        to="",
        body=(
            "对象：{{ subject }}",
            "一、基本情况",
            "{{ basics }}",
            "二、调查依据：{{ basis }}",
            "三、调查过程",
            "{{ course }}",
            "四、集体讨论情况",
            "{{ discussion }}",
            "五、态度认识及申辩",
            "{{ attitude }}",
            "六、从轻从重及容错情形",
            *each(
                "circumstances",
                "{{ loop.index }}．{{ one.tag }}："
                "{% if one.adopted %}采纳{% else %}不予采纳{% endif %}。{{ one.reason }}",
            ),
            "七、处理意见及依据",
            *each(
                "proposals",
                "{{ loop.index }}．"
                + word("one.duty_class", **DUTIES)
                + "，建议"
                + word("one.form", **FORMS)
                + "，依据{{ one.article }}。{{ one.effect }}",
            ),
            "调查组：{{ team }}",
        ),
        sign_offs=("组长签名：", "成员签名："),
    ),
    Template(
        "accountability_decision",
        "问责决定书",
        (
            "对象：{{ subject }}　时任职务：{{ post }}",
            "一、事实",
            *each("facts", "{{ loop.index }}．{{ one }}"),
            "二、依据：{{ article }}",
            "三、责任类型：" + word("duty_class", **DUTIES),
            "四、从轻从重及容错情形",
            *each(
                "circumstances",
                "{{ loop.index }}．{{ one.tag }}："
                "{% if one.adopted %}采纳{% else %}不予采纳{% endif %}。{{ one.reason }}",
            ),
            "五、决定：{% if only_proposed %}建议给予{% else %}给予{% endif %}"
            + word("form", **FORMS)
            + "。{{ reason }}",
            "批准：{{ approved_by }}",
            "六、本决定自{{ signed_on }}起生效。"
            "{% if effect_months %}影响期{{ effect_months }}个月。{% endif %}",
            "七、申诉",
            "{{ appeal }}",
        ),
        sign_offs=("送达人签字：", "受送达人签字：", "收到日期："),
    ),
    Template(
        "admonition_letter",
        "诫勉书",
        (
            "据了解，{{ subject }}存在下列问题：",
            *each("facts", "{{ loop.index }}．{{ one }}"),
            "经组织人事部门研究，报党委主要负责同志批准，对你进行诫勉。",
            "{{ reason }}",
            "请认真反思，改正问题，并按要求报告整改情况。",
            "{{ appeal }}",
        ),
        sign_offs=("本人签字：", "日期："),
    ),
    Template(
        "exemption_notice",
        "不予问责告知书",
        (
            "关于{{ subject }}的有关情况，经调查和集体研究，依据{{ article }}，"
            "决定不予或者免予问责。",
            "{{ reason }}",
        ),
        to="subject",
    ),
    Template(
        "clearance_notice",
        "澄清函",
        (
            "关于{{ subject }}的反映，经调查核实，有关事实不成立，现予澄清。",
            "{{ reason }}",
        ),
        to="subject",
    ),
    Template(
        "circular",
        "通报",
        (
            "现将对{{ subject }}的问责情况通报如下：",
            *each("facts", "{{ loop.index }}．{{ one }}"),
            *when("form", "问责方式：" + word("form", **FORMS)),
            "通报范围：{{ scope }}",
        ),
        to="addressee",
    ),
)

APPEAL = (
    Template(
        "appeal_receipt",
        "申诉受理回执",
        (
            "{{ subject }}的申诉于{{ received_on }}收到，现予受理，"
            "将于{{ decide_until }}前作出书面决定。",
            "申诉期间不停止原决定的执行。",
        ),
        to="subject",
    ),
    Template(
        "inadmissible_notice",
        "不予受理告知书",
        ("{{ subject }}提出的申诉，经审查不予受理。", "理由：{{ reason }}", "{{ further }}"),
        to="subject",
    ),
    Template(
        "appeal_decision",
        "申诉处理决定书",
        (
            "申诉人：{{ subject }}",
            "一、申诉请求：{{ request }}",
            "二、申诉理由：{{ grounds }}",
            "三、六项审查",
            *each(
                "tests",
                "{{ loop.index }}．"
                + word(
                    "one.test",
                    facts="事实",
                    evidence="证据",
                    basis="依据",
                    responsibility="责任",
                    procedure="程序",
                    handling="处理",
                )
                + "：{% if one.ok %}成立{% else %}不成立{% endif %}。{{ one.reason }}",
            ),
            "四、决定：" + word("verdict", **VERDICTS) + "。",
            "五、理由：{{ reason }}",
            "申诉期间不停止原决定的执行。",
        ),
        to="subject",
    ),
    Template(
        "correction_circular",
        "更正通报",
        (
            "关于{{ subject }}的原通报，经复核决定"
            + word("verdict", **VERDICTS)
            + "，现在原范围内予以更正。",
            "{{ reason }}",
            *each("scope", "{{ loop.index }}．{{ one.who }}：{{ one.how }}（{{ one.done_on }}）"),
        ),
        to="subject",
    ),
)
