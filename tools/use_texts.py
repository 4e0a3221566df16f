"""What the papers on the use of results say."""

from tools.template_parts import Template, each, when

RESULT_USE = (
    Template(
        "use_letter",
        "考核结果运用建议函",
        (
            "根据{{ year }}年度述职评议考核和机关党建考核结果，经集体研究，提出以下运用建议：",
            *each(
                "items",
                "{{ one.name }}{% if one.post %}（{{ one.post }}）{% endif %}：{{ one.use }}"
                "{% if one.grade %}，考核等次为{{ one.grade }}{% endif %}"
                "{% if one.until %}（影响期至{{ one.until }}）{% endif %}。"
                "理由：{{ one.reason }}",
            ),
            "以上为建议，请按照干部管理权限研究决定，并反馈采纳情况。",
        ),
    ),
    Template(
        "publicity_notice",
        "评先评优公示",
        (
            "{{ year }}年度评先评优建议对象为：",
            *each("awards", "{{ one.award }}：{{ one.names }}。"),
            "公示期自{{ from_day }}至{{ until_day }}，有异议的请书面反映。",
        ),
    ),
    Template(
        "post_record",
        "党务工作经历登记",
        to="",
        body=(
            "{{ subject }}：以下人员的党务工作经历和奖励情况已经登记。",
            *each("items", "{{ one }}"),
            *when("year", "年度：{{ year }}"),
        ),
    ),
)
