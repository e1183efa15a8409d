"""What is worked out when read is worked out once, and compared by what it is."""

from scoring.later import Later


def test_a_value_is_worked_out_when_it_is_first_read_and_then_kept() -> None:
    asked: list[str] = []

    def say() -> str:
        asked.append("asked")
        return "完成50／应完成100万元，计30.00分"

    later = Later(say)
    assert asked == []
    assert [later.value, later.value] == ["完成50／应完成100万元，计30.00分"] * 2
    assert asked == ["asked"]


def test_two_are_equal_when_their_values_are() -> None:
    one, same, other = Later(lambda: "未填"), Later(lambda: "未" + "填"), Later(lambda: "已填")
    assert one == same != other
    assert len({one, same, other}) == 2
    assert one != "未填"
    assert repr(one) == "'未填'"
