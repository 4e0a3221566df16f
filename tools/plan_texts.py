"""What the papers of the joint plan say."""

from tools.template_parts import Template, each, when

JOINT_PLAN = (
    Template(
        "joint_plan_sheet",
        "五同计划表",
        to="",
        body=(
            "{{ subject }}{{ year }}年度党建与业务“五同”计划，经{{ held_on }}{{ meeting }}审定"
            "（第{{ edition }}版），共{{ items|length }}项。",
            *each(
                "items",
                "{{ one.number }}. 业务目标：{{ one.business_goal }}。"
                "党建举措：{{ one.measures }}。"
                "衡量指标：{{ one.indicator }}。业务责任人：{{ one.owner_business }}；"
                "党建责任人：{{ one.owner_party }}；联系支部：{{ one.branch }}；"
                "时限：{{ one.due }}。",
            ),
            "支部参与和保障业务工作，不指挥业务工作；计划备案后的变更由党组会审定。",
        ),
    ),
    Template(
        "checkpoint_note",
        "检查情况",
        to="",
        body=(
            "{{ subject }}{{ year }}年度“五同”计划第{{ check }}次同检查"
            "于{{ held_on }}进行，情况如下：",
            *each(
                "items",
                "{{ one.number }}. {{ one.goal }}：业务{{ one.business }}，党建{{ one.party }}。"
                "{% if one.note %}{{ one.note }}{% endif %}"
                "{% if one.help %}需要协调：{{ one.help }}{% endif %}",
            ),
            *when("behind", "连续滞后，提请党组书记考虑列入督办：{{ behind }}。"),
        ),
    ),
    Template(
        "year_sheet",
        "年度评价",
        to="",
        body=(
            "{{ subject }}{{ year }}年度“五同”计划年度评价：",
            *each(
                "items",
                "{{ one.number }}. {{ one.goal }}：业务成效，{{ one.business }}；"
                "党建成效，{{ one.party }}。评价：{{ one.judgement }}。",
            ),
            "两促进{{ both }}项，共{{ items|length }}项。以上为事实，供考核和述职使用。",
        ),
    ),
)
