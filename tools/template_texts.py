"""What the papers of daily supervision say, and which process has which papers."""

from tools.accountability_texts import ACCOUNTABILITY, APPEAL
from tools.assessment_texts import ASSESSMENT
from tools.debriefing_texts import DEBRIEFING
from tools.inspection_texts import INSPECTION
from tools.picture_texts import CITY_CIRCULAR
from tools.plan_texts import JOINT_PLAN
from tools.responsibility_texts import RESPONSIBILITY
from tools.survey_texts import SURVEY
from tools.template_parts import Template, each, when, word
from tools.use_texts import RESULT_USE

LIGHTS = {"green": "绿", "blue": "蓝", "yellow": "黄", "red": "红"}
MODES = {"on_site": "现场督办", "coordinate": "协调推进", "letter": "专函督办"}

SUPERVISION = (
    Template(
        "supervision_notice",
        "督办通知单",
        rows=(
            ("编号", "{{ number }}"),
            ("灯级", word("light", **LIGHTS)),
            ("任务来源", "{{ source }}"),
            ("督办事项", "{{ subject }}"),
            ("主办单位", "{{ lead_unit }}"),
            ("协办单位", "{{ co_units }}"),
            ("责任领导", "{{ leader }}"),
            ("办理要求", "{{ requirement }}"),
            ("办结时限", "{{ due }}"),
            ("反馈方式", "{{ feedback }}"),
            ("联系人", "{{ contact }}"),
            ("签发人", "{{ issued_by }}"),
            ("签收人及时间", "{{ acknowledged_by }}　{{ acknowledged_at }}"),
        ),
    ),
    Template(
        "urge_notice",
        "催办单",
        (
            "你单位承办的《{{ subject }}》，应当于{{ original_due }}前办结，至今尚未办结。"
            "现予第{{ urge_number }}次催办。",
            "{{ text }}",
            "请于{{ new_date }}前办结并反馈结果。",
        ),
    ),
    Template(
        "red_card",
        "红牌督办单",
        rows=(
            ("编号", "{{ number }}"),
            ("督办事项", "{{ subject }}"),
            ("承办单位", "{{ lead_unit }}"),
            ("原定时限", "{{ original_due }}"),
            ("超期工作日", "{{ days_late }}"),
            (
                "督办方式",
                word("mode", **MODES),
            ),
            ("现场督办日期", "{{ visit_on }}"),
            ("督办要求", "{{ text }}"),
            ("签发人", "{{ issued_by }}"),
        ),
    ),
    Template(
        "extension_reply",
        "关于延期申请的批复",
        (
            "你单位关于《{{ subject }}》的延期申请收悉。",
            "{%p if granted %}",
            "经研究，同意办理时限延至{{ new_due }}。原定时限{{ original_due }}仍予记录。",
            "{%p else %}",
            "经研究，不同意延期。请按原定时限{{ original_due }}办结。",
            "{%p endif %}",
            *when("opinion", "理由：{{ opinion }}"),
        ),
    ),
    Template(
        "completion_report",
        "办结报告",
        rows=(
            ("编号", "{{ number }}"),
            ("督办事项", "{{ subject }}"),
            ("承办单位", "{{ lead_unit }}"),
            ("办理结果", "{{ result }}"),
            ("证据材料", "{{ evidence }}"),
            ("自查情况", "{{ self_check }}"),
            ("审核意见", "{{ opinion }}"),
            ("按期情况（原时限）", "{{ on_time_original }}"),
            ("按期情况（延期后）", "{{ on_time_extended }}"),
            ("销号日期", "{{ signed_on }}"),
        ),
    ),
)

RECTIFICATION = (
    Template(
        "rectification_list",
        "整改清单",
        (
            "现将需要整改的问题下达如下，请逐项制定措施、明确责任人和时限。",
            *each(
                "problems",
                "{{ loop.index }}．问题：{{ one.problem }}。"
                "{% if one.basis %}依据：{{ one.basis }}。{% endif %}"
                "{% if one.requirement %}要求：{{ one.requirement }}。{% endif %}"
                "{% if one.responsible %}责任：{{ one.responsible }}。{% endif %}"
                "{% if one.due %}时限：{{ one.due }}。{% endif %}",
            ),
            "整改总时限：{{ due }}。",
        ),
    ),
    Template(
        "rectification_closure",
        "整改销号单",
        (
            "经核验，下列事项整改合格或者免于整改，予以销号。",
            *each(
                "items",
                "{{ loop.index }}．{{ one.item }}。核验："
                + word("one.verdict", **{"pass": "合格", "fail": "不合格", "excused": "免于整改"})
                + "。依据：{{ one.basis }}。",
            ),
            *when("evidence", "证据材料：{{ evidence }}"),
            "核验人：{{ reviewer }}",
        ),
    ),
)

REMINDER = (
    Template(
        "reminder_letter",
        "提醒函",
        (
            "收到关于{{ subject }}在有关方面情况的反映：{{ ground }}",
            *each("facts", "{{ loop.index }}．{{ one }}"),
            "根据{{ basis }}，现予提醒。{{ request }}",
            "请于{{ reply_due }}前作出书面说明。",
            "提醒属于日常管理监督，不是问责。",
        ),
    ),
    Template(
        "talk_record",
        "提醒谈话记录",
        rows=(
            ("谈话人", "{{ talker }}"),
            ("谈话对象", "{{ subject }}　{{ post }}"),
            ("时间", "{{ at }}"),
            ("地点", "{{ place }}"),
            ("谈话内容", "{{ record }}"),
            ("对象说明", "{{ statement }}"),
        ),
        sign_offs=("谈话人签字：", "谈话对象签字："),
    ),
)

INTERVIEW = (
    Template(
        "interview_notice",
        "约谈通知书",
        (
            "因{{ ground }}，根据{{ basis }}，决定对{{ subject }}进行约谈。现将有关事项通知如下：",
            "一、时间：{{ planned_at }}",
            "二、地点：{{ place }}",
            "三、约谈人：{{ talkers }}",
            *when("attendees", "参加人：{{ attendees }}"),
            *when("bring", "四、需带材料：{{ bring }}"),
            "请于收到通知后签收。对约谈对象或者事由有异议的，可以在签收时提出。"
            "约谈内容请注意保密。",
        ),
    ),
    Template(
        "interview_minutes",
        "约谈纪要",
        to="",
        body=(
            "批准人：{{ approved_by }}",
            "约谈人：{{ talkers }}",
            "记录人：{{ recorder }}",
            "约谈对象：{{ subject }}　{{ post }}",
            "时间：{{ at }}　地点：{{ place }}",
            "一、指出的问题",
            "{{ problems }}",
            "二、对象陈述",
            "{{ statement }}",
            "三、表态",
            "{{ attitude }}",
            "四、整改要求与时限",
            *each("requirements", "{{ loop.index }}．{{ one.requirement }}（时限：{{ one.due }}）"),
            "签字情况："
            + word(
                "signature",
                signed="已签字",
                with_remarks="签字并附意见",
                refused="拒绝签字",
                lapsed="逾期未签署",
            ),
            *when("remarks", "附注意见：{{ remarks }}"),
            *when("unsigned_note", "未签字说明：{{ unsigned_note }}"),
        ),
        sign_offs=("约谈人签字：", "记录人签字：", "约谈对象签字："),
    ),
)

TEMPLATES: dict[str, tuple[Template, ...]] = {
    "supervision": (*SUPERVISION, CITY_CIRCULAR),
    "rectification": RECTIFICATION,
    "reminder": REMINDER,
    "interview": INTERVIEW,
    "accountability": ACCOUNTABILITY,
    "appeal": APPEAL,
    "debriefing": DEBRIEFING,
    "assessment": ASSESSMENT,
    "inspection": INSPECTION,
    "responsibility": RESPONSIBILITY,
    "joint_plan": JOINT_PLAN,
    "result_use": RESULT_USE,
    "survey": SURVEY,
}
