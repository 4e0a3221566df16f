"""What no indicator may count: traces in place of effect (国办函〔2026〕12号; domain §8.5)."""

RED_LINES: dict[str, tuple[str, ...]] = {
    "uploads": ("上传", "上报次数", "留痕", "照片数", "截图", "upload", "photo"),
    "log-ins": (
        "登录",
        "打卡",
        "签到",
        "在线时长",
        "安装率",
        "激活率",
        "log-in",
        "login",
        "online",
    ),
    "study time": ("学习时长", "学时积分", "积分排名", "学习积分", "study time", "study hours"),
    "likes": ("点赞", "转发", "投票数", "阅读量", "浏览量", "like", "forward", "views"),
}
SOURCES = frozenset({"uploads", "logins", "study_time", "likes", "forwards", "votes", "views"})


def red_line(*texts: str) -> str:
    """Which kind of trace the texts of an indicator count; empty if none."""
    for text in texts:
        if text in SOURCES:
            return text
        for kind, words in RED_LINES.items():
            if any(_says(text, word) for word in words):
                return kind
    return ""


def _says(text: str, word: str) -> bool:
    if not word.isascii():
        return word in text
    words = text.lower().replace("-", " ").split()
    wanted = word.replace("-", " ").split()
    return any(
        [one.rstrip("s") for one in words[at : at + len(wanted)]] == [w.rstrip("s") for w in wanted]
        for at in range(len(words))
    )
