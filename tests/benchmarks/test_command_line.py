"""`python -m tests.benchmarks` measures only when it is asked to."""

import pytest

from tests.benchmarks import __main__ as benchmarks


def test_help_says_what_there_is_and_measures_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        benchmarks.main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert [name for name in benchmarks.ALL if name not in said] == []


@pytest.mark.parametrize("arguments", [["nonsense"], ["--nonsense"], ["lookup", "nonsense"]])
def test_a_word_that_is_no_benchmark_is_wrong_use(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        benchmarks.main(arguments)
    assert ended.value.code == 2
