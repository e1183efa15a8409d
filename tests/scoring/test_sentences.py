"""Sentences are put together when read, and compared by what they say."""

from scoring.sentences import Sentence


def test_a_sentence_is_put_together_only_when_it_is_read() -> None:
    asked: list[str] = []

    def say() -> str:
        asked.append("asked")
        return "完成50／应完成100万元，计30.00分"

    sentence = Sentence(say)
    assert asked == []
    assert str(sentence) == "完成50／应完成100万元，计30.00分"
    assert asked == ["asked"]


def test_two_sentences_are_equal_when_they_say_the_same() -> None:
    one, same, other = Sentence(lambda: "未填"), Sentence(lambda: "未" + "填"), Sentence(lambda: "已填")
    assert one == same != other
    assert len({one, same, other}) == 2
    assert one != "未填"
    assert repr(one) == "'未填'"
