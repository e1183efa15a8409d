"""Which project a row is about (项目比对): the sheet's names against the programme's known projects.

Decided without asking: the code, the exact name, the same name after safe normalisation (blanks, brackets, quotes, a
trailing 项目 or *), an alias or former name. Everything else is a question with candidates and the reason; two
projects are never merged because their names look alike (苏新光伏发电, 苏新光伏二期).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal

from importers.cells import compact
from importers.result import Choice, Question, Row

NEW = "new"
SKIP = "skip"
_NEAR = 0.6
_CANDIDATES = 5

How = Literal["code", "name", "normalised", "alias", "answer", "new", "skip", "open"]


@dataclass(frozen=True, slots=True)
class KnownProject:
    """A project of the programme as matching needs it. `aliases` are other and former names; `code` is unique.

    `signature` is what a row of our own template carries for it (`signatures`).
    """

    id: int
    code: str
    name: str
    aliases: tuple[str, ...] = ()
    is_active: bool = True
    signature: str = ""


@dataclass(frozen=True, slots=True)
class RowMatch:
    """What became of one row. `project_id`: the known project it is about. `how` says why; `open`: it is asked."""

    sheet: str
    row: int
    name: str
    how: How
    project_id: int | None = None
    question_id: str | None = None


@dataclass(frozen=True, slots=True)
class LearnedAlias:
    """A person said that this name is that project: to be remembered with who said so."""

    project_id: int
    name: str
    sheet: str
    row: int


@dataclass(frozen=True, slots=True)
class MatchResult:
    """`matches` in the order of the rows; `missing` are the active known projects that no row is about."""

    matches: tuple[RowMatch, ...]
    missing: tuple[KnownProject, ...]
    questions: tuple[Question, ...]
    learned: tuple[LearnedAlias, ...]

    @property
    def registered(self) -> tuple[RowMatch, ...]:
        """The rows to be registered as new projects."""
        return tuple(match for match in self.matches if match.how == "new")


def match(
    rows: Sequence[Row],
    known: Sequence[KnownProject],
    *,
    allow_register: bool,
    answers: Mapping[str, str],
    may_repeat: bool = False,
) -> MatchResult:
    """Match rows to projects. An answer is a project's code, `new` (register) or `skip` (leave the row out).

    With `allow_register` an unknown name without a near one is registered without a question. With `may_repeat`
    several rows may be about one project.
    """
    index = _Index(known)
    decided: list[RowMatch] = []
    open_rows: list[tuple[int, Row, list[KnownProject], str]] = []
    learned: list[LearnedAlias] = []
    for row in rows:
        found, how, candidates, reason = index.find(row)
        if found is not None:
            decided.append(_decided(row, how, found.id))
            continue
        decided.append(_decided(row, "open"))
        open_rows.append((len(decided) - 1, row, candidates, reason))
    taken = {match.project_id for match in decided if match.project_id is not None}
    questions: list[Question] = []
    for place, row, sure, reason in open_rows:
        near = sure or index.near(row, taken)
        identifier = f"match:{row.sheet}!{row.row}"
        answer = answers.get(identifier)
        outcome = _answered(row, answer, index)
        if outcome is None and not near and allow_register:
            outcome = _decided(row, "new")
        if outcome is None:
            decided[place] = RowMatch(row.sheet, row.row, _name(row), "open", None, identifier)
            questions.append(_question(identifier, row, near, reason or _reason(row, near, taken)))
            continue
        decided[place] = outcome
        if outcome.how == "answer" and outcome.project_id is not None:
            project = index.by_id[outcome.project_id]
            if _key(_name(row)) not in index.keys_of(project):
                learned.append(LearnedAlias(project.id, _name(row), row.sheet, row.row))
    if not may_repeat:
        decided, clashes = _one_row_each(rows, decided, index, answers)
        questions += clashes
    present = {match.project_id for match in decided if match.project_id is not None}
    missing = tuple(project for project in known if project.is_active and project.id not in present)
    return MatchResult(tuple(decided), missing, tuple(questions), tuple(learned))


def _decided(row: Row, how: How, project_id: int | None = None) -> RowMatch:
    return RowMatch(row.sheet, row.row, _name(row), how, project_id)


def _name(row: Row) -> str:
    return str(row.value("name") or "")


def _answered(row: Row, answer: str | None, index: "_Index") -> RowMatch | None:
    if answer == NEW:
        return _decided(row, "new")
    if answer == SKIP:
        return _decided(row, "skip")
    project = index.by_code.get(answer or "")
    return None if project is None else _decided(row, "answer", project.id)


def _one_row_each(
    rows: Sequence[Row], decided: list[RowMatch], index: "_Index", answers: Mapping[str, str]
) -> tuple[list[RowMatch], list[Question]]:
    """Two rows of one kind of sheet that are the same project: which one counts is asked."""
    holders: dict[int, list[int]] = defaultdict(list)
    for place, found in enumerate(decided):
        if found.project_id is not None:
            holders[found.project_id].append(place)
    questions = []
    for project_id, places in holders.items():
        sheets = [decided[place].sheet for place in places]
        if len(places) < 2 or (len(set(sheets)) == len(sheets) and _complement([rows[place] for place in places])):
            continue
        project = index.by_id[project_id]
        options = [f"{decided[place].sheet}!{decided[place].row}" for place in places]
        identifier = f"same_project:{project.code}:" + "|".join(options)
        answer = answers.get(identifier)
        if answer in options:
            for place, option in zip(places, options, strict=True):
                if option != answer:
                    decided[place] = _decided(rows[place], "skip")
            continue
        for place in places:
            found = decided[place]
            decided[place] = RowMatch(found.sheet, found.row, found.name, "open", None, identifier)
        named = "、".join(f"{decided[place].sheet}第{decided[place].row}行“{decided[place].name}”" for place in places)
        questions.append(
            Question(
                identifier,
                "same_project",
                f"{named}都是项目“{project.name}”（{project.code}），请选定以哪一行为准。",
                tuple(
                    Choice(option, f"以{decided[place].sheet}第{decided[place].row}行“{decided[place].name}”为准")
                    for place, option in zip(places, options, strict=True)
                ),
                decided[places[-1]].sheet,
                decided[places[-1]].row,
                _cell(rows[places[-1]]),
            )
        )
    return decided, questions


def _complement(rows: Sequence[Row]) -> bool:
    """Rows of a plan sheet and a responsibility sheet add to each other: no figure or name stands twice and differs."""
    seen: dict[str, object] = {}
    for row in rows:
        for name, found in row.fields.items():
            if name in ("name", "code", "category") or found.value is None:
                continue
            if seen.setdefault(name, found.value) != found.value:
                return False
    return True


def _cell(row: Row) -> str | None:
    found = row.fields.get("name")
    return None if found is None else found.cell


def _question(identifier: str, row: Row, near: Sequence[KnownProject], reason: str) -> Question:
    name = _name(row)
    message = f"{row.sheet}!{_cell(row) or row.row} 项目名称“{name}”不在本年度项目中{reason}，请选定是哪个项目。"
    choices = [Choice(project.code, f"就是“{project.name}”（{project.code}）") for project in near]
    choices += [Choice(NEW, f"登记为新项目“{name}”"), Choice(SKIP, "这一行不导入")]
    return Question(identifier, "unknown_project", message, tuple(choices), row.sheet, row.row, _cell(row))


def _reason(row: Row, near: Sequence[KnownProject], taken: Iterable[int | None]) -> str:
    """Why the first candidate is offered."""
    if not near:
        return ""
    name, best = _name(row), near[0]
    if not best.is_active:
        return f"，与已退出的“{best.name}”相近"
    ours, theirs = _key(name), _key(best.name)
    if ours != theirs and (ours in theirs or theirs in ours):
        more = ours.replace(theirs, "", 1) if theirs in ours else theirs.replace(ours, "", 1)
        side = "多" if theirs in ours else "少"
        return f"，比“{best.name}”{side}“{more}”"
    if best.id not in set(taken):
        return f"，与表中没有的“{best.name}”相近，可能改了名"
    return f"，与“{best.name}”相近"


class _Index:
    """The known projects by everything that decides."""

    def __init__(self, known: Sequence[KnownProject]) -> None:
        self.by_id = {project.id: project for project in known}
        self.by_code = {project.code: project for project in known}
        self._known = known
        self._exact: dict[str, set[int]] = defaultdict(set)
        self._keys: dict[str, set[int]] = defaultdict(set)
        self._aliases: dict[str, set[int]] = defaultdict(set)
        self._codes = {compact(project.code).lower(): project for project in known}
        self._signatures = {project.signature: project for project in known if project.signature}
        for project in known:
            self._exact[project.name.strip()].add(project.id)
            self._keys[_key(project.name)].add(project.id)
            for alias in project.aliases:
                self._aliases[_key(alias)].add(project.id)

    def keys_of(self, project: KnownProject) -> set[str]:
        return {_key(project.name), *(_key(alias) for alias in project.aliases)}

    def find(self, row: Row) -> tuple[KnownProject | None, How, list[KnownProject], str]:
        """The project when it is certain; else the candidates that are known already, and why they are not certain."""
        name = _name(row)
        code = row.value("code")
        by_name, how = self._by_name(name)
        by_code = self._codes.get(compact(code).lower()) if isinstance(code, str) else None
        signed = self._signatures.get(row.value("signature") or "")
        if signed is not None and code is None:
            by_code = signed
        elif signed is not None and by_code is not signed:
            reason = f"，校验码是“{signed.name}”（{signed.code}）的，编号却是{code}"
            others = [project for project in (by_code, *by_name) if project is not None and project is not signed]
            return None, "open", list(dict.fromkeys([signed, *others])), reason
        if by_code is not None:
            if by_code in by_name or (
                not by_name and (_key(name) in self.keys_of(by_code) or _similar(name, by_code.name))
            ):
                return by_code, "code", [], ""
            others = [project for project in by_name if project is not by_code]
            reason = f"，编号{by_code.code}是“{by_code.name}”" + (
                f"，名称是“{others[0].name}”" if others else "，名称不同"
            )
            return None, "open", [by_code, *others], reason
        if len(by_name) == 1:
            return by_name[0], how, [], ""
        if by_name:
            return None, "open", by_name, "（有同名的几个项目）"
        return None, "open", [], ""

    def _by_name(self, name: str) -> tuple[list[KnownProject], How]:
        for table, text, how in (
            (self._exact, name.strip(), "name"),
            (self._keys, _key(name), "normalised"),
            (self._aliases, _key(name), "alias"),
        ):
            found = table.get(text)
            if found:
                return [self.by_id[identifier] for identifier in sorted(found)], how  # type: ignore[return-value]
        return [], "open"

    def near(self, row: Row, taken: Iterable[int | None]) -> list[KnownProject]:
        """Projects whose names are near, the nearest first; those that no row is about come before the others."""
        name = _name(row)
        present = set(taken)
        scored = []
        for project in self._known:
            if not any(_may_be_near(name, other) for other in (project.name, *project.aliases)):
                continue
            size = max(_likeness(name, other) for other in (project.name, *project.aliases))
            if size >= _NEAR:
                scored.append((project.id in present, -size, project.code, project))
        return [project for *_, project in sorted(scored, key=lambda entry: entry[:3])[:_CANDIDATES]]


@lru_cache(maxsize=20_000)
def _key(name: str) -> str:
    """A name safely normalised: what is left out can never tell two projects apart."""
    flat = re.sub(r"[\"'“”‘’「」『』《》〈〉]|[*★☆※]+$|^[*★☆※]+", "", compact(name).lower())
    flat = flat.translate(str.maketrans("[]【】〔〕{}", "()()()()"))
    while len(flat) > 2 and flat.endswith("项目"):
        flat = flat[:-2]
    return flat


def _likeness(one: str, other: str) -> float:
    """How near two names are, 0–1. A name that holds the other whole is near; so is one with a few letters changed."""
    first, second = _key(one), _key(other)
    if not first or not second:
        return 0.0
    if len(first) >= 4 and len(second) >= 4 and (first in second or second in first):
        return 0.9
    bare_first, bare_second = _bare(first), _bare(second)
    if bare_first and bare_first == bare_second:
        return 0.85
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def _may_be_near(one: str, other: str) -> bool:
    """A cheap upper bound: too few letters in common to be near in any way."""
    first, second = _key(one), _key(other)
    common = len(set(first) & set(second))
    return common >= 2 and common * 2 >= min(len(set(first)), len(set(second)))


def _bare(name: str) -> str:
    """Without phase, brackets and the common tails: 华丰铝板带技改(一期)工程 is 华丰铝板带技改."""
    flat = re.sub(r"\([^()]*\)", "", name)
    flat = re.sub(r"[一二三四五六1-6]期", "", flat)
    return re.sub(r"(?:建设|改造|新建|扩建)?(?:工程|项目)$", "", flat)


def _similar(one: str, other: str) -> bool:
    """Near enough that a matching code settles it; another phase of the same works is another project."""
    return _likeness(one, other) >= _NEAR and _phase(one) == _phase(other)


def _phase(name: str) -> str:
    found = re.search(r"([一二三四五六七八九1-9])期", compact(name))
    return found[1].translate(str.maketrans("123456789", "一二三四五六七八九")) if found else ""
