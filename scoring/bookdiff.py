"""What two books say differently, figure by figure (新旧办法对照)."""

from dataclasses import dataclass

from scoring.bookschema import Chapter, chapter_of, label_of, words_of
from scoring.rulebook import RuleBook


@dataclass(frozen=True, slots=True)
class FigureChange:
    """One figure or policy, in words; None where a book has no such entry."""

    key: str
    chapter: Chapter
    label: str
    old: str | None
    new: str | None


def book_changes(old: RuleBook, new: RuleBook) -> tuple[FigureChange, ...]:
    """The figures, policies and names that differ in value, in the new book's order, what it dropped last.

    Sources and dates are not compared: they say where a figure is from, not what it is.
    """
    before = {figure.key: figure for figure in old.figures}
    after = {figure.key: figure for figure in new.figures}
    changes = []
    for key in dict.fromkeys([*after, *before]):
        was, now = before.get(key), after.get(key)
        if was is not None and now is not None and was.value == now.value:
            continue
        standing, figures = (now, after) if now is not None else (was, before)
        assert standing is not None
        changes.append(
            FigureChange(
                key=key,
                chapter=chapter_of(key),
                label=label_of(standing, figures),
                old=None if was is None else words_of(was.value, was),
                new=None if now is None else words_of(now.value, now),
            )
        )
    return tuple(changes)
