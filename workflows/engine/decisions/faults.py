"""What is wrong with a table or with an answer, by table, row and column."""

from workflows.engine.feel import FeelError


class DecisionFault(Exception):
    """A table that cannot be read, or that cannot answer; `str()` is the English sentence."""

    def __init__(
        self,
        zh: str,
        en: str,
        *,
        table: str = "",
        element: str = "",
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        where_zh = f"判定表“{table}”" if table else ""
        where_en = f"table “{table}”" if table else ""
        if row is not None:
            where_zh, where_en = f"{where_zh}第 {row} 行", f"{where_en}, row {row}"
        if column is not None:
            where_zh, where_en = f"{where_zh}“{column}”列", f"{where_en}, column “{column}”"
        self.zh = f"{where_zh}：{zh}" if where_zh else zh
        self.en = f"{where_en}: {en}" if where_en else en
        self.others: tuple[DecisionFault, ...] = ()  # what else is wrong with the same file
        self.table, self.element, self.row, self.column = table, element, row, column
        super().__init__(self.en)


def of_cell(
    fault: FeelError, *, table: str, element: str, row: int | None, column: str
) -> DecisionFault:
    """A FEEL fault, told with the place of its cell."""
    return DecisionFault(fault.zh, fault.en, table=table, element=element, row=row, column=column)
