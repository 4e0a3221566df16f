"""What the month's circular on the city's picture says."""

from tools.template_parts import Template, each, when

CITY_CIRCULAR = Template(
    "city_circular",
    "{{ title }}",
    (
        "现将{{ month }}机关党建责任落实情况通报如下。",
        "一、责任落实",
        *each("duties", "{{ one }}。"),
        "二、“五同”计划",
        "{{ plan }}。",
        "{{ skins }}。",
        "三、督办事项",
        "{{ matters }}。",
        "四、问题与整改",
        "{{ findings }}。",
        *each("rectified", "{{ one }}。"),
        "五、各单位情况（按机构序列，不作排名）",
        *each("organs", "{{ one }}。"),
        *when(
            "changes",
            "六、前期通报数据变化",
            *each("changes", "{{ one }}。"),
        ),
        *when(
            "remarks",
            "工作要求：",
            *each("remarks", "{{ one }}"),
        ),
    ),
)
