"""What is measured of one assessee, from the facts of the projects they hold (考核对象的指标值).

Source: RULES §4, Others assessed; DOMAIN §1.3. Nothing is rounded here; every value says its figures and where it came
from, and what cannot be measured says why (本项不计).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from scoring.assessees import Assessee, Measured, Ref
from scoring.facts import Month
from scoring.measures import Measure
from scoring.projectmeasures import OF_PROJECTS, HeldProject, Span
from scoring.rounding import figure
from scoring.schemes import Parameters, Part, Scheme

NO_PROJECT = "本期没有承担的项目"


@dataclass(frozen=True, slots=True)
class ServiceMark:
    """What a team gave the responsible unit for one project and month. None is not judged, never 0."""

    code: str
    month: Month
    tracking_service: Decimal | None
    progress_speed: Decimal | None
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of a paired department to a project."""

    code: str
    month: Month
    words: str  # 6月12日
    has_evidence: bool
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that is known of one assessee in a period: what they hold, and what was given, recorded or entered.

    `paired` are the project-months in which a department was a project's on the month's last day. `entered` are values
    for measures without a record, by part name.
    """

    key: str
    name: str
    projects: tuple[HeldProject, ...] = ()
    service: tuple[ServiceMark, ...] = ()
    visits: tuple[Visit, ...] = ()
    paired: tuple[tuple[str, Month], ...] = ()
    entered: Mapping[str, Measured] = field(default_factory=dict)


def measure(scheme: Scheme, dossier: Dossier, span: Span) -> Assessee:
    """The assessee as the scheme sees them: one measured value for each part."""
    measured = {part.name: _measure(part, dossier, span) for part in scheme.parts}
    return Assessee(dossier.key, dossier.name, len(dossier.projects), measured)


def _measure(part: Part, dossier: Dossier, span: Span) -> Measured:
    if part.name in dossier.entered:
        return dossier.entered[part.name]
    if part.measure.is_entered:
        return Measured(None, f"{part.measure.record}尚未收集")
    if part.measure in _OF_SERVICE:
        return _service(part, dossier, _OF_SERVICE[part.measure])
    if part.measure is Measure.VISITS:
        return _visits(part.parameters, dossier, span)
    if not dossier.projects:
        return Measured(None, NO_PROJECT)
    return OF_PROJECTS[part.measure](part.parameters, dossier.projects, span)


_OF_SERVICE: Mapping[Measure, Callable[[ServiceMark], Decimal | None]] = {
    Measure.TRACKING_SERVICE: lambda mark: mark.tracking_service,
    Measure.PROGRESS_SPEED: lambda mark: mark.progress_speed,
}


def _service(part: Part, dossier: Dossier, given: Callable[[ServiceMark], Decimal | None]) -> Measured:
    """Mean of what the teams gave, out of the scale of their sheet."""
    field_name = f"{part.measure}_points"
    marks = [(mark, points) for mark in dossier.service if (points := given(mark)) is not None]
    if not marks:
        return Measured(None, f"本期督查评分表没有{part.name}评分")
    scale = part.parameters.full_scale
    assert scale is not None  # the grammar
    total = sum((points for _, points in marks), Decimal(0))
    refs = tuple(
        Ref("service", mark.code, f"{mark.month}月{part.name}{figure(points)}分", mark.id, field_name)
        for mark, points in marks
    )
    words = f"督查组评分{len(marks)}次，合计{figure(total)}分，每次满分{figure(scale)}分"
    value = Fraction(total) / (len(marks) * Fraction(scale))
    return Measured(value, words, f"{figure(total)}÷（{len(marks)}×{figure(scale)}）", refs)


def _visits(rules: Parameters, dossier: Dossier, span: Span) -> Measured:
    """Visits with evidence, at most so many per project and month, out of those that could count.

    A project-month counts while the department had the project on its last day.
    """
    if not span.has_visits:
        return Measured(None, "帮扶记录表尚未收集")
    if not dossier.paired:
        return Measured(None, "本期没有挂钩项目")
    limit, counted, refs = rules.visits_counted, 0, []
    beyond = without = 0
    for code, month in dossier.paired:
        made = [visit for visit in dossier.visits if (visit.code, visit.month) == (code, month)]
        proved = [visit for visit in made if visit.has_evidence]
        without += len(made) - len(proved)
        beyond += max(0, len(proved) - limit)
        counted += min(limit, len(proved))
        refs += [Ref("visit", code, _visit_words(visit, proved, limit), visit.id, "visited_on") for visit in made]
    due = limit * len(dossier.paired)
    left_out = "".join(
        f"，{word}{count}次不计" for count, word in ((beyond, f"超过每月{limit}次的"), (without, "没有佐证的")) if count
    )
    words = f"挂钩{len(dossier.paired)}个项目月，每个每月最多计{limit}次，有佐证计{counted}次{left_out}"
    return Measured(Fraction(counted, due), words, f"{counted}÷{due}", tuple(refs))


def _visit_words(visit: Visit, proved: Sequence[Visit], limit: int) -> str:
    if not visit.has_evidence:
        return f"{visit.words}，没有佐证，不计"
    return f"{visit.words}，超过{limit}次，不计" if visit in proved[limit:] else visit.words
