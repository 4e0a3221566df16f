"""What the engine refuses. Every refusal names its reason in Chinese and in English."""


class EngineFault(Exception):
    """The process cannot go on as asked; nothing of the command may be kept.

    An Execution that raised is to be thrown away: its task tree may be half-way.
    """

    def __init__(self, en: str, zh: str, *, node: str | None = None) -> None:
        super().__init__(en if node is None else f"{node}: {en}")
        self.en = en
        self.zh = zh
        self.node = node


class NotReady(EngineFault):
    """The task or message is not waiting (any more)."""


class WrongVersion(EngineFault):
    """The stored state belongs to another definition or to another format."""


class TooDeep(EngineFault):
    """The case has gone through more steps in a row than the engine can walk."""


class EndlessLoop(EngineFault):
    """Automatic nodes run in a circle without ever waiting for anybody."""


class Stuck(EngineFault):
    """Nothing is ready, nothing is waited for, and the process is not finished."""


class DiagramFault(EngineFault):
    """The diagram says something the engine would drop, ignore or misread."""
