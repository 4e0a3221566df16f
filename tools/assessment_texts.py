"""What the papers of the assessment say."""

from tools.template_parts import Template, each, when

LINE = (
    "{{ one.name }}：{{ one.points }}分（满分{{ one.most }}分）"
    "{% if not one.has_data %}，无数据{% endif %}。"
)

ASSESSMENT = (
    Template(
        "assessment_plan",
        "机关党建考核方案",
        (
            "现将{{ year }}年度机关党建考核方案印发给你们，请认真执行。",
            "一、考核规则",
            "党建与业务同考核、同权重：{{ combine }}。“好”等次不超过被考核单位的{{ quota }}%。",
            "二、考核内容与手段",
            *each("content", "{{ one.name }}（{{ one.points }}分）：{{ one.means }}。"),
            "三、结果确定",
            "得分由事实计算，等次由集体审定；对事实有异议的，在核对期内提出。",
        ),
    ),
    Template(
        "result_publicity",
        "考核结果公示",
        (
            "现将{{ year }}年度机关党建考核结果予以公示，公示期自{{ from_day }}至{{ until_day }}。",
            *each("grades", "等次为“{{ one.grade }}”的单位：{{ one.names }}。"),
            "有异议的，请在公示期内书面提出。",
        ),
    ),
    Template(
        "assessment_letter",
        "考核结果通知书",
        (
            "{{ year }}年度机关党建考核已经结束。你单位党建得分{{ party }}分，业务得分"
            "{{ business }}分，合成得分{{ total }}分，等次为“{{ grade }}”。",
            *when("reason", "说明：{{ reason }}"),
            "对结果有异议的，可以依照规定申请复核。",
        ),
    ),
    Template(
        "score_sheet",
        "考核评分表",
        to="",
        body=(
            "被考核单位：{{ subject }}　考核年度：{{ year }}",
            "一、党建",
            *each("party_lines", "{{ loop.index }}．" + LINE),
            "党建得分{{ party }}分。",
            "二、业务",
            *each("business_lines", "{{ loop.index }}．" + LINE),
            "业务得分{{ business }}分。",
            *when("bonus_lines", "加分"),
            *each("bonus_lines", "{{ loop.index }}．" + LINE),
            *when("deduction_lines", "扣分"),
            *each("deduction_lines", "{{ loop.index }}．" + LINE),
            "三、合成",
            "合成得分{{ total }}分，等次为“{{ grade }}”。",
            *when("reason", "说明：{{ reason }}"),
        ),
        sign_offs=("考核组：", "被考核单位："),
    ),
    Template(
        "assessment_circular",
        "考核结果通报",
        (
            "现将{{ year }}年度机关党建考核结果通报如下：",
            *each("grades", "等次为“{{ one.grade }}”的单位：{{ one.names }}。"),
            "请各单位运用考核结果，改进工作。",
        ),
    ),
)
