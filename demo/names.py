"""Who and what the demo city is made of: organs by their usual names, accounts by post."""

from dataclasses import dataclass

# For the demo alone, which serves 127.0.0.1 only (config.py).
PASSWORD = "Tongze-2026"  # noqa: S105

ORGANS: tuple[tuple[str, str], ...] = (
    ("fagai", "市发展和改革委员会"),
    ("jiaoyu", "市教育局"),
    ("keji", "市科学技术局"),
    ("gongxin", "市工业和信息化局"),
    ("minzong", "市民族宗教事务局"),
    ("gongan", "市公安局"),
    ("minzheng", "市民政局"),
    ("sifa", "市司法局"),
    ("caizheng", "市财政局"),
    ("renshe", "市人力资源和社会保障局"),
    ("ziran", "市自然资源和规划局"),
    ("shengtai", "市生态环境局"),
    ("zhujian", "市住房和城乡建设局"),
    ("jiaotong", "市交通运输局"),
    ("shuili", "市水利局"),
    ("nongye", "市农业农村局"),
    ("shangwu", "市商务局"),
    ("wenlv", "市文化广电和旅游局"),
    ("weijian", "市卫生健康委员会"),
    ("tuiyi", "市退役军人事务局"),
    ("yingji", "市应急管理局"),
    ("shenjiju", "市审计局"),
    ("guozi", "市人民政府国有资产监督管理委员会"),
    ("shichang", "市市场监督管理局"),
    ("tiyu", "市体育局"),
    ("tongji", "市统计局"),
    ("yibao", "市医疗保障局"),
    ("xinfang", "市信访局"),
    ("chengguan", "市城市管理局"),
    ("jinrong", "市地方金融管理局"),
    ("zhengwu", "市政务服务和数据管理局"),
    ("linye", "市林业局"),
    ("waishi", "市人民政府外事办公室"),
    ("jiguan", "市机关事务管理局"),
    ("dangan", "市档案馆"),
    ("gongjijin", "市住房公积金管理中心"),
)


@dataclass(frozen=True)
class Account:
    login: str
    post: str


ACCOUNTS: tuple[Account, ...] = (
    Account("ducha1", "督导员1"),
    Account("ducha2", "督导员2"),
    Account("fenguan1", "工委分管领导一"),
    Account("fenguan2", "工委分管领导二"),
    Account("shuji", "工委书记"),
    Account("shiwei", "市委主要负责人"),
    Account("chengban1", "工委承办人1"),
    Account("chengban2", "工委承办人2"),
    Account("chengban3", "工委承办人3"),
    Account("mishu", "工委会议秘书"),
    Account("zuzhi", "工委组织员"),
    Account("zuzhi2", "工委组织员2"),
    Account("kaohe", "工委考核组员"),
    Account("kaohe2", "工委考核组员2"),
    Account("kaohe3", "工委考核组员3"),
    Account("liucheng", "流程管理员"),
    Account("liucheng2", "流程管理员2"),
    Account("xitong", "系统管理员"),
    Account("anquan", "安全管理员"),
    Account("shenji", "审计管理员"),
    Account("caizheng-dz", "市财政局党组书记"),
    Account("caizheng-jg", "市财政局机关党委（总支）书记"),
    Account("caizheng-zf", "市财政局专职副书记"),
    Account("caizheng-lx", "市财政局联络员"),
    Account("caizheng-zr", "市财政局责任领导"),
    Account("caizheng-zb1", "市财政局第1党支部书记"),
    Account("caizheng-zb2", "市财政局第2党支部书记"),
    Account("fagai-dz", "市发展和改革委员会党组书记"),
    Account("fagai-jg", "市发展和改革委员会机关党委（总支）书记"),
    Account("fagai-zf", "市发展和改革委员会专职副书记"),
    Account("fagai-lx", "市发展和改革委员会联络员"),
    Account("fagai-zr", "市发展和改革委员会责任领导"),
    Account("fagai-zb1", "市发展和改革委员会第1党支部书记"),
    Account("fagai-zb2", "市发展和改革委员会第2党支部书记"),
    Account("ducha3", "督导员3"),
    Account("gwks4", "市直机关工委督查室负责人"),
    Account("jiaoyu-jg", "市教育局机关党委（总支）书记"),
)
