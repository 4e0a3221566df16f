"""What the demo's organs are asked to do, and how far each matter has come."""

from collections.abc import Callable

from demo import matters
from demo.acting import Scene
from demo.matters import Errand
from demo.stories import Story

ERRANDS: dict[str, Errand] = {
    "green": Errand(
        1, 7, "重大项目一线党组织组建情况摸排", "对在建重大项目逐一摸清党组织组建和党员分布情况。",
        "报送摸排台账和组建计划", "deployment", "complex",
    ),
    "blue": Errand(
        9, 10, "党费收缴使用情况公开", "按规定公开上一年度党费收缴、使用和管理情况。",
        "公开内容、范围、时间符合规定并报备",
    ),
    "yellow": Errand(
        10, 13, "退休党员服务管理情况反馈", "反馈退休党员组织关系、走访慰问落实情况。",
        "逐支部报送清单", "feedback",
    ),
    "urged": Errand(
        2, 14, "中小学党组织领导的校长负责制落实情况", "核查议事规则修订和执行情况。",
        "形成核查报告", "instruction",
    ),
    "red": Errand(
        8, 20, "基层司法所党支部标准化建设", "完成司法所党支部标准化建设问题销号。",
        "问题清单全部销号", "plan",
    ),
    "ordered": Errand(
        4, 29, "“两企三新”党建工作台账核对", "核对行业党组织覆盖台账，补齐缺项。",
        "台账与实际一致", "survey",
    ),
    "drafted": Errand(
        3, 1, "科研院所党员教育管理专项检查", "对所属科研院所党员教育管理情况开展检查。",
        "一个月内报送检查报告", "plan", "complex",
    ),
    "filed": Errand(
        1, 2, "落实市委常委会党建工作议题", "落实会议关于重点领域党建的议定事项。",
        "逐项报送落实情况", "meeting", "normal", 3,
    ),
    "objected": Errand(
        12, 3, "环保督察反馈问题中党建责任落实", "梳理反馈问题涉及的党建责任并报整改安排。",
        "报送责任清单", "feedback",
    ),
    "extended": Errand(
        9, 16, "机关党建经费专题审核", "对机关党建经费预算和执行情况开展审核。",
        "报送审核报告", "meeting", "complex", 22,
    ),
    "to_sign": Errand(
        9, 7, "政府采购领域廉政风险排查", "排查采购岗位廉政风险点并制定防控措施。",
        "报送风险清单和防控措施", "deployment",
    ),
    "to_review": Errand(
        5, 9, "宗教活动场所联系点党员包联", "落实党员干部包联宗教活动场所制度。",
        "报送包联安排和首次走访情况", "instruction",
    ),
    "returned": Errand(
        1, 13, "优化营商环境党员先锋岗设置", "在服务窗口设置党员先锋岗并公开承诺。",
        "设岗到位、承诺公开、留有佐证", "deployment",
    ),
    "to_close": Errand(
        7, 11, "社会组织党建“双同步”落实", "社会组织登记与党建工作同步落实。",
        "报送落实情况", "instruction",
    ),
    "closed": Errand(
        6, 24, "公安基层党支部谈心谈话制度落实", "检查谈心谈话制度执行情况。",
        "形成检查情况报告", "instruction",
    ),
    "closed2": Errand(
        13, 30, "住建系统主题党日质量抽查", "抽查支部主题党日开展质量。",
        "报送抽查情况", "instruction",
    ),
    "untrue": Errand(
        11, 26, "自然资源系统党员承诺践诺", "核实党员承诺事项办理情况。",
        "逐项报送办理结果", "plan",
    ),
    "untrue2": Errand(
        5, 44, "民族团结进步党员志愿服务", "落实党员志愿服务队组建和活动安排。",
        "报送活动记录", "deployment",
    ),
    "untrue3": Errand(
        14, 64, "交通运输一线党支部设置", "规范一线执法站所党支部设置。",
        "报送设置情况", "survey",
    ),
    "untrue4": Errand(
        20, 72, "退役军人流动党员管理", "摸清流动党员底数并落实双重管理。",
        "报送底数和管理台账", "feedback",
    ),
    "untrue5": Errand(
        16, 11, "农村基层党建结对帮扶", "核实机关党支部与村党支部结对帮扶情况。",
        "报送帮扶清单和佐证", "plan",
    ),
    "untrue6": Errand(
        21, 27, "安全生产一线党员责任区", "设置党员责任区并落实日常检查。",
        "报送责任区图和检查记录", "instruction",
    ),
    "untrue7": Errand(
        22, 17, "审计组临时党支部组建", "外出审计组应建尽建临时党支部。",
        "报送组建台账", "deployment",
    ),
}  # fmt: skip

COURSES: dict[str, Callable[[Scene, Errand], Story]] = {
    "green": matters.working,
    "blue": matters.working,
    "yellow": matters.working,
    "urged": matters.urged,
    "red": matters.red,
    "ordered": matters.ordered,
    "drafted": matters.drafted,
    "filed": matters.filed,
    "objected": matters.objected,
    "extended": matters.extended,
    "to_sign": matters.to_sign,
    "to_review": matters.to_review,
    "returned": matters.returned,
    "to_close": matters.to_close,
    "closed": matters.closed,
    "closed2": matters.closed,
    "untrue": matters.untrue,
    "untrue2": matters.untrue,
    "untrue3": matters.untrue,
    "untrue4": matters.untrue,
    "untrue5": matters.untrue,
    "untrue6": matters.untrue,
    "untrue7": matters.untrue,
}


def stories(scene: Scene) -> list[Story]:
    """Each matter, told as far as it has come."""
    return [told(scene, ERRANDS[name]) for name, told in COURSES.items()]
