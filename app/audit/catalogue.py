"""What every act is called on screen, and which acts are somebody's own doing (操作名称、手工办理事项).

Each action that the code writes on the trail stands here, with its Chinese word and the kind of manual act it is, or
none; a test holds the two together. **Later work registers by adding its line**: a struck name gets a kind in `Manual`
and an `Act` of that kind; a ballot or a step of a personnel matter gets `is_sensitive=True`, and from then on the trail
tells who did what to which matter and when, and keeps the detail from every reader, the search and the export included.
An action that is not here is treated as sensitive: what nobody vouched for is not shown.

A refused request has its method and route for an action ("POST /api/uploads/{upload_id}/commit"); `AREAS` names what it
was about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Manual(StrEnum):
    """The kinds of acts that a person decides by hand, in the order in which the list shows them."""

    OVERRIDE = "人工认定"
    LIGHT_EXEMPTION = "免亮灯"
    OUTLOOK = "办公室认定年度完成预计"
    EXEMPTION = "免考"
    EVENT = "项目事件"
    FACT = "手工录入、改动数据"
    ANSWER = "回答待确认问题"
    FILING = "采用、退回报送"
    REVERT = "撤销导入"
    REOPENING = "更正单"
    ISSUE = "定稿签发"
    APPEAL = "申诉答复、决定"
    RULEBOOK = "考核办法"
    OBSTACLE = "问题台账"
    SAMPLE = "抽查核对"
    ACCOUNT = "账号"


@dataclass(frozen=True, slots=True)
class Act:
    """`manual` is None for what is not decided by hand. Its kind may be narrower by the entry: see `manual_kind`."""

    word: str
    manual: Manual | None
    is_sensitive: bool = False


CATALOGUE: Mapping[str, Act] = {
    "account.add": Act("新建账号", Manual.ACCOUNT),
    "account.activate": Act("启用账号、设置口令", None),
    "account.change": Act("改动账号的角色、单位", Manual.ACCOUNT),
    "account.disable": Act("停用账号", Manual.ACCOUNT),
    "account.enable": Act("恢复账号", Manual.ACCOUNT),
    "account.end_sessions": Act("结束账号的登录", Manual.ACCOUNT),
    "account.flag": Act("标出待核实的账号", None),
    "account.password": Act("修改口令", None),
    "account.phone_end": Act("停止信任手机", None),
    "account.phone_trust": Act("信任手机", None),
    "account.reset": Act("重置口令", Manual.ACCOUNT),
    "account.subject": Act("对应统一身份", Manual.ACCOUNT),
    "account.links": Act("生成登录链接", Manual.ACCOUNT),
    "account.sign_in": Act("登录", None),
    "account.sign_out": Act("退出登录", None),
    "alerts.export": Act("导出风险预警", None),
    "appeal.file": Act("提出申诉", None),
    "appeal.withdraw": Act("撤回申诉", None),
    "appeal.answer": Act("答复申诉", Manual.APPEAL),
    "appeal.decide": Act("决定申诉", Manual.APPEAL),
    "appeal.attachment": Act("取走申诉佐证材料", None),
    "assessees.export": Act("导出单位考核", None),
    "audit.verify": Act("核对完整性", None),
    "audit.export": Act("导出操作日志", None),
    "audit.sample": Act("抽取核对样本", Manual.SAMPLE),
    "audit.check": Act("登记抽查结果", Manual.SAMPLE),
    "inspection.record": Act("录入督查记录", Manual.FACT),
    "inspection.service": Act("录入服务评分", Manual.FACT),
    "installation.move": Act("迁到PostgreSQL", None),
    "maintenance.backup": Act("备份", None),
    "maintenance.drill": Act("恢复演练", None),
    "maintenance.restore": Act("从备份恢复", None),
    "obstacle.raise": Act("登记问题", Manual.OBSTACLE),
    "obstacle.level": Act("调整问题级别", Manual.OBSTACLE),
    "obstacle.decide": Act("登记会办决定", Manual.OBSTACLE),
    "obstacle.due": Act("调整问题期限", Manual.OBSTACLE),
    "obstacle.close_out": Act("问题销号", Manual.OBSTACLE),
    "programme.add": Act("建立年度计划", Manual.FACT),
    "project.alias": Act("登记项目别名", Manual.FACT),
    "project.assign": Act("调整责任分工", Manual.FACT),
    "project.describe": Act("改动项目基本情况", Manual.FACT),
    "project.event": Act("登记项目事件", Manual.EVENT),
    "project.event_withdraw": Act("撤回项目事件", Manual.EVENT),
    "project.light_decision": Act("认定亮灯", Manual.OVERRIDE),
    "project.light_decision_withdraw": Act("撤回亮灯认定", Manual.OVERRIDE),
    "project.light_proposal": Act("提请认定亮灯", Manual.OVERRIDE),
    "project.light_proposal_withdraw": Act("撤回亮灯提请", Manual.OVERRIDE),
    "project.milestone": Act("改动节点", Manual.FACT),
    "project.plan": Act("改动年度计划", Manual.FACT),
    "project.register": Act("登记项目", Manual.FACT),
    "project.withdraw": Act("撤回项目登记", Manual.FACT),
    "publication.draft": Act("定稿拟稿", Manual.ISSUE),
    "publication.sign": Act("定稿签发", Manual.ISSUE),
    "reopening.draft": Act("更正单拟稿", Manual.REOPENING),
    "reopening.sign": Act("更正单签发", Manual.REOPENING),
    "rulebook.export": Act("下载考核办法文本", None),
    "rulebook.trial": Act("试算考核办法", None),
    "rulebook.draft": Act("提请启用考核办法", Manual.RULEBOOK),
    "rulebook.adopt": Act("启用考核办法", Manual.RULEBOOK),
    "rulebook.withdraw": Act("撤回考核办法拟稿", Manual.RULEBOOK),
    "standings.export": Act("导出分级排名", None),
    "support.visit": Act("录入帮扶记录", Manual.FACT),
    "template.export": Act("下载填报模板", None),
    "upload.import": Act("命令导入", None),
    "upload.try": Act("预检", None),
    "upload.submit": Act("报送", None),
    "upload.answer": Act("回答待确认问题", Manual.ANSWER),
    "upload.commit": Act("确认导入", Manual.ANSWER),  # where it brought answers along: see `manual_kind`
    "upload.accept": Act("采用报送", Manual.FILING),
    "upload.return": Act("退回报送", Manual.FILING),
    "upload.hand_over": Act("转交", None),
    "upload.discard": Act("放弃", None),
    "upload.unchanged": Act("确认导入（没有变化）", None),
    "upload.revert": Act("撤销本次导入", Manual.REVERT),
    "upload.file": Act("取走原始文件", None),
    "upload.annotated": Act("下载标注后的工作簿", None),
    "upload.annotate": Act("下载标注后的工作簿", None),
    "whatif.export": Act("导出目标测算", None),
}

AREAS: Mapping[str, str] = {
    "account": "我的账号",
    "accounts": "账号",
    "alerts": "风险预警",
    "appeals": "申诉",
    "assessees": "单位考核",
    "audit": "操作日志",
    "bulletins": "简报",
    "changes": "数据更新",
    "decisions": "集体决策",
    "health": "运行状况",
    "inspection-teams": "督查组一致性",
    "inspections": "督查录入",
    "maintenance": "备份与恢复",
    "metrics": "运行指标",
    "obstacles": "问题台账",
    "pipeline": "月度工作台",
    "programmes": "年度计划",
    "projects": "项目档案",
    "publications": "定稿与更正",
    "rulebooks": "考核办法",
    "session": "登录",
    "standings": "分级排名",
    "support": "挂钩帮扶",
    "templates": "填报模板",
    "uploads": "月报导入",
    "whatif": "目标测算",
}
METHODS = {"GET": "查看", "POST": "办理", "PUT": "修改", "PATCH": "修改", "DELETE": "撤销"}
LIGHT_KINDS = {"override": Manual.OVERRIDE, "exemption": Manual.LIGHT_EXEMPTION, "outlook": Manual.OUTLOOK}


def word_of(action: str) -> str:
    """The act's word; of a refused request what was asked of which part; else the action itself."""
    if action in CATALOGUE:
        return CATALOGUE[action].word
    method, _, path = action.partition(" ")
    area = path.removeprefix("/api/").partition("/")[0]
    return f"{METHODS[method]}{AREAS[area]}" if method in METHODS and area in AREAS else action


def is_sensitive(action: str) -> bool:
    """Whether its detail is kept from readers of the trail. A refused request carries a sentence and is shown."""
    if action in CATALOGUE:
        return CATALOGUE[action].is_sensitive
    return action.partition(" ")[0] not in METHODS


def manual_kind(action: str, detail: Mapping[str, object]) -> Manual | None:
    """Which kind of manual act an entry is of; None when it is none."""
    kind = CATALOGUE[action].manual if action in CATALOGUE else None
    if action == "upload.commit" and not detail.get("answers"):
        return None
    if kind is Manual.EVENT and detail.get("kind") == "免考":
        return Manual.EXEMPTION
    if kind is Manual.OVERRIDE:
        return LIGHT_KINDS.get(str(detail.get("kind")), kind)
    return kind
