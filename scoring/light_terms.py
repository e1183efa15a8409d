"""Whom a light rule judges, and which reasons exempt from it (适用类别、免亮灯理由): terms that every rule may carry.

Source: DOMAIN §5 (scope, exempt_reasons of the rule object). Every key may be absent: then the rule judges every
class, and any reason exempts, as RULES §5 has it. An empty list of reasons says that nothing exempts.
`not_judged` names what the source has and no monthly figure can answer, so that a reader is not left to miss it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scoring.booktext import Section

_DETAIL: Final = re.compile("[：:]")


@dataclass(frozen=True, slots=True)
class Terms:
    """None: every class, any reason."""

    classes: frozenset[str] | None = None
    exempt_reasons: tuple[str, ...] | None = None
    not_judged: tuple[str, ...] = ()  # 本项不计, each with why

    def exempts(self, reason: str) -> bool:
        return self.exempt_reasons is None or head_of(reason) in self.exempt_reasons


ANYBODY: Final = Terms()


def head_of(reason: str) -> str:
    """The reason of the book at the head of what was written: “季节性停工：冬歇至2月” → 季节性停工."""
    return _DETAIL.split(reason, maxsplit=1)[0].strip()


def listed(terms: Mapping[str, Terms]) -> tuple[str, ...] | None:
    """Every reason that some rule of the book names, in its order; None where no rule names any."""
    named = [one.exempt_reasons for one in terms.values() if one.exempt_reasons is not None]
    return tuple(dict.fromkeys(reason for reasons in named for reason in reasons)) if named else None


def read(section: Section) -> Terms:
    """The terms written in one rule's section, before its unknown keys are refused."""
    return Terms(
        classes=frozenset(map(plain, section.names("only_classes"))) if section.has("only_classes") else None,
        exempt_reasons=section.names("exempt_reasons") if section.has("exempt_reasons") else None,
        not_judged=section.names("not_judged") if section.has("not_judged") else (),
    )


def plain(class_name: str) -> str:
    """A class as books write it, without the 项目 that sheets add."""
    return class_name.strip().removesuffix("项目")
