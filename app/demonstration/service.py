"""The demo programme, loaded as a county would have filled it: sheet by sheet, act by act (演示数据装入).

Source: DEMO. Everything goes through the services that people's acts go through, at the instants the acts were done;
nothing writes a row of its own. The tables are those of data/demo, drawn by `python -m data.demo`.
What is done at one instant is one transaction; a loading that was interrupted goes on where it stopped.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from itertools import groupby
from typing import Any

from sqlmodel import Session, col

from app.accounts import service as accounts
from app.audit.service import Actor
from app.database import Database
from app.errors import Conflict, NotFound, Refused
from app.obstacles import service as obstacles
from app.organisation import service as organisations
from app.organisation.models import Organisation
from app.programmes import service as programmes
from app.programmes.models import Programme
from app.programmes.service import Change
from app.projects import service as projects
from app.projects.models import EventRevision, ProjectRevision
from app.publications import service as publications
from app.revisions import newest, standing
from app.settings import ROOT, Settings
from app.uploads import service as uploads
from scoring.facts import EventKind

FOLDER = ROOT / "data" / "demo"
SHANGHAI = timezone(timedelta(hours=8))
NOON = time(12, 0)  # of the day on which something without an hour was done

Tables = Mapping[str, Any]
Deed = Callable[[Change], object]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing somebody did: when, with which role's account. A sheet is imported, anything else is a deed."""

    at: datetime
    role: str
    deed: Deed | None = None
    reason: str = ""
    sheet: Tables | None = None


def load(database: Database, settings: Settings) -> bool:
    """Load what is not there yet of the demo programme. False when all of it is; then nothing is touched."""
    tables = tomllib.loads((FOLDER / "programme.toml").read_text(encoding="utf-8"))
    code = tables["programme"]["code"]
    with database.write() as session:
        try:
            programme = programmes.get(session, code)
        except NotFound:
            programme = establish(session, settings, tables)
        if not programme.is_demo:
            raise Refused(f"代码“{code}”已被年度项目计划“{programme.name}”使用，不能装入演示数据。")
        reached = programme.last_recorded_at
        actors = {
            account["role"]: accounts.actor_named(session, account["name"]) for account in reversed(tables["account"])
        }
    to_do = [act for act in sorted(acts(tables), key=lambda act: act.at) if act.at > reached]
    for at, together in groupby(to_do, key=lambda act: act.at):
        perform(database, code, at, list(together), actors)
    return bool(to_do)


def perform(database: Database, code: str, at: datetime, together: list[Act], actors: Mapping[str, Actor]) -> None:
    """What was done at one instant."""
    for act in together:
        if act.sheet is not None:
            import_sheet(database, code, act.sheet, actors[act.role], at)
    deeds = [act for act in together if act.deed is not None]
    if not deeds:
        return
    with database.write() as session:
        for act in deeds:
            assert act.deed is not None
            act.deed(programmes.begin_change(session, code, actors[act.role], reason=act.reason, at=at))


# ---- the county and its empty programme -----------------------------------------------------------------------------


def establish(session: Session, settings: Settings, tables: Tables) -> Programme:
    """Units, leaders and accounts, and the programme without a project."""
    facts = dict(tables["programme"])
    at, classes = facts.pop("created_at"), facts.pop("classes")
    owner = organisation(session, tables)
    assert owner.id is not None
    for kind, names in tables["units"].items():
        for name in names:
            organisations.ensure_unit(session, owner.id, name, kind)
    for name, aliases in tables["aliases"].items():
        for alias in aliases:
            organisations.add_alias(session, organisations.ensure_unit(session, owner.id, name), alias)
    for name, post in tables["officials"].items():
        organisations.ensure_official(session, owner.id, name, post)
    for account in tables["account"]:
        accounts.add(session, settings, Actor.command(), **account, password=None, organisation_code=owner.code, at=at)
    return programmes.add(session, Actor.command(), classes=classes, organisation=owner, is_demo=True, at=at, **facts)


def organisation(session: Session, tables: Tables) -> Organisation:
    """The installation's only organisation, so that nobody has to name one; a county for the demo beside several."""
    try:
        return organisations.the_only(session)
    except Conflict:
        return organisations.add(session, **tables["organisation"])


# ---- what was done --------------------------------------------------------------------------------------------------


def acts(tables: Tables) -> Iterator[Act]:
    """Every act of the year, in no order."""
    for sheet in tables["sheet"]:
        yield Act(sheet["at"], "office", sheet=sheet)
    yield Act(tables["campaign"]["listed_at"], "office", list_campaign_members, "列入百日会战")
    for node in tables["milestone"]:
        values = {"due_on": node["due"], "is_target": node.get("target", True)}
        yield Act(tables["milestones_set_at"], "office", node_deed(node, values))
        if "done" in node:
            yield Act(noon(node["done"]), "office", node_deed(node, {"done_on": node["done"]}))
    for event in tables["event"]:
        yield Act(noon(event["on"]), "office_head", event_deed(event), event["reason"])
    for obstacle in tables["obstacle"]:
        yield from obstacle_acts(obstacle)
    for role, word in (("office", "drafted"), ("office_head", "signed")):
        for issue in tables["publication"]:
            yield Act(issue[word], role, publish_deed(issue))
        for slip in tables["reopening"]:
            yield Act(slip[word], role, reopen_deed(slip))


def noon(day: date) -> datetime:
    return datetime.combine(day, NOON, SHANGHAI)


def project_id(change: Change, name: str) -> int:
    found = projects.find(change.session, change.programme, name).id
    assert found is not None
    return found


def import_sheet(database: Database, code: str, sheet: Tables, actor: Actor, at: datetime) -> None:
    """One workbook through the door that everybody's workbooks take. The demo's own sheets leave nothing to ask."""
    content = (FOLDER / sheet["file"]).read_bytes()
    registers = sheet.get("registers", False)
    result = uploads.import_workbook(database, actor, code, sheet["file"], content, register=registers, at=at)
    if result["state"] != "committed":
        raise Refused(f"演示表“{sheet['file']}”没有导入：{result['message']}", detail=result)


def list_campaign_members(change: Change) -> None:
    """Whoever is not finished when the campaign is prepared takes part in it."""
    assert change.programme.id is not None
    is_completion = col(EventRevision.kind) == EventKind.COMPLETED.value
    completions = newest(change.session, EventRevision, change.programme.id, is_completion)
    completed = {event.project_id for event in completions}
    described = standing(change.session, ProjectRevision, change.programme.id)
    for project in projects.current(change.session, change.programme):
        if project.project_id not in completed:
            projects.record_project(change, project.project_id, {"is_campaign_member": True}, standing=described)
    described.write(change.session)


def node_deed(node: Tables, values: Tables) -> Deed:
    return lambda change: projects.record_milestone(change, project_id(change, node["project"]), node["name"], values)


def event_deed(event: Tables) -> Deed:
    def record(change: Change) -> None:
        for kind in event["kind"]:
            projects.record_event(
                change, project_id(change, event["project"]), kind, event["on"], approver=event["approver"]
            )

    return record


def obstacle_acts(obstacle: Tables) -> Iterator[Act]:
    """Raised, pushed up, decided on by the meeting: each on its own day."""
    facts = {name: obstacle[name] for name in ("kind", "text", "unit")}
    days = {"raised_on": obstacle["raised"], "due_on": obstacle["due"]}

    def raise_it(change: Change) -> None:
        obstacles.raise_obstacle(change, project_id(change, obstacle["project"]), **facts, **days)

    yield Act(noon(obstacle["raised"]), "office", raise_it)
    for on, level in obstacle.get("levels", ()):

        def push(change: Change, on: date = on, level: int = level) -> None:
            mine = obstacles.obstacles_of(change.session, change.programme, project_id(change, obstacle["project"]))
            [number] = [found.number for found in mine if found.text == obstacle["text"]]
            obstacles.set_level(change, number, level, on)
            if level == max(obstacles.LEVELS):
                obstacles.record_decision(change, number, obstacle["decision"], obstacle["decision_due"], on)

        yield Act(noon(on), "office", push)


def publish_deed(issue: Tables) -> Deed:
    return lambda change: publications.publish(change, issue["period"])


def reopen_deed(slip: Tables) -> Deed:
    return lambda change: publications.reopen(change, slip["period"], slip["reason"])
