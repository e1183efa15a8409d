"""Reading a tree of Dash components: its words, its parts, its ids."""

from collections.abc import Iterator
from typing import Any

from dash.development.base_component import Component


def parts(tree: Any) -> Iterator[Component]:
    """Every component of a tree, the outermost first."""
    if isinstance(tree, list | tuple):
        for part in tree:
            yield from parts(part)
    elif isinstance(tree, Component):
        yield tree
        yield from parts(getattr(tree, "children", None))


def words(tree: Any) -> str:
    """All text of a tree in order, without a break."""
    if isinstance(tree, list | tuple):
        return "".join(words(part) for part in tree)
    if isinstance(tree, Component):
        return words(getattr(tree, "children", None))
    return "" if tree is None else str(tree)


def found(tree: Any, identifier: Any) -> Component:
    """The one component with this id."""
    matching = [part for part in parts(tree) if getattr(part, "id", None) == identifier]
    assert len(matching) == 1, f"{identifier!r} stands {len(matching)} times"
    return matching[0]


def with_class(tree: Any, name: str) -> list[Component]:
    return [part for part in parts(tree) if name in (getattr(part, "className", None) or "").split()]
