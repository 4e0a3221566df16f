"""What the papers of the debriefing say."""

from tools.template_parts import Template, each, when

DEBRIEFING = (
    Template(
        "round_plan",
        "述职评议考核工作方案",
        (
            "根据基层党建工作述职评议考核有关规定，现就{{ year }}年度述职评议考核工作安排如下：",
            "一、述职对象",
            "{{ secretaries }}。",
            "二、述职内容",
            "{{ contents }}。",
            "三、时间安排",
            "述职报告于{{ report_due }}前报送，述职评议会定于{{ session_at }}召开。",
            "四、综合评价",
            "日常与年度考核占{{ daily }}%，述职点评占{{ session }}%，民主测评占{{ ballot }}%；"
            "等次由党组织集体审定，测评结果是其中一项依据。",
        ),
    ),
    Template(
        "report_form",
        "述职报告",
        (
            "{{ subject }}　{{ post }}　{{ year }}年度",
            "一、履职成效",
            "{{ results }}",
            "二、存在问题",
            "{{ problems }}",
            "三、原因分析",
            "{{ causes }}",
            "四、下一步打算",
            "{{ next_year }}",
            "五、上年问题整改情况",
            *each("last_year", "上年问题：{{ one }}"),
            "{{ last_list }}",
            "六、党建与业务融合",
            "{{ integration }}",
            "七、系统已掌握的全年事实（供核对，有异议的另行说明）",
            *each("facts", "{{ one }}"),
        ),
        to="",
        sign_offs=("述职人",),
    ),
    Template(
        "session_minutes",
        "述职评议会会议记录",
        (
            "会议：{{ subject }}",
            "时间：{{ at }}",
            "地点：{{ place }}",
            "出席人员：{{ present }}",
            *each(
                "items",
                "{{ one.name }}述职。{{ one.by }}点评：{{ one.comment }}"
                "{% if one.question %}　询问：{{ one.question }}"
                "　回答：{{ one.answer }}{% endif %}",
            ),
        ),
        to="",
        sign_offs=("主持人", "记录人"),
    ),
    Template(
        "feedback_letter",
        "述职评议考核反馈意见书",
        (
            "{{ year }}年度述职评议考核已经结束。经集体研究，你的综合评价等次为“{{ grade }}”。",
            "{{ comment }}",
            *when("problems", "存在的主要问题：{{ problems }}"),
            *when("requests", "整改要求：{{ requests }}"),
            "如有异议，请自收到本意见书之日起{{ days }}个工作日内提出。",
        ),
    ),
    Template(
        "round_circular",
        "关于述职评议考核结果的通报",
        (
            "现将{{ year }}年度述职评议考核结果通报如下：",
            *each("grades", "综合评价等次为“{{ one.grade }}”的：{{ one.names }}。"),
            *when("problems", "共性问题："),
            *each("problems", "{{ one }}"),
        ),
    ),
)
