"""What is said of the test cases of decision tables; run by workflows.table_tests."""

from collections.abc import Mapping

from workflows.engine.validation.faults import Texts

UNREADABLE = "table-tests-unreadable"
ORPHANED = "table-tests-without-table"
FAILED = "table-test-failed"
TOO_LONG = "table-tests-too-long"
RULES: Mapping[str, Texts] = {
    UNREADABLE: (
        "判定表的测试用例文件无法读取。",
        "The test cases of a decision table cannot be read.",
    ),
    ORPHANED: (
        "测试用例所属的判定表不存在。",
        "There is no decision table for these test cases.",
    ),
    FAILED: (
        "判定表的测试用例未通过。",
        "A test case of a decision table does not pass.",
    ),
    TOO_LONG: (
        "判定表的测试用例未能在限定时间内全部运行。",
        "The test cases of the decision tables could not all be run within bounded time.",
    ),
}
