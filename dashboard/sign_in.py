"""The sign-in page (登录): a small page of its own, so that nobody waits for the libraries before signing in.

On a trusted phone it asks for six digits and says whose they are, masked; after signing in by password on a phone it
offers to trust that phone. Where an identity provider is set up, a link leads there, and back with a sentence if it
came to nothing.
"""

from html import escape
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from dashboard import client, theme

router = APIRouter(include_in_schema=False)

FRAME = """<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · 三重一大项目督查考评平台</title>
<link rel="icon" href="/assets/favicon.svg" type="image/svg+xml">
<style>{variables}</style>
<link rel="stylesheet" href="/assets/sign-in.css">
</head>
<body>
<main class="sign-in">
  <header>
    <img src="/assets/favicon.svg" alt="" width="44" height="44">
    <h1>三重一大项目督查考评平台</h1>
    <p>{note}</p>
  </header>
  {body}
  <p id="sign-in-trouble" role="alert" {hidden}>{trouble}</p>
  <footer>{footer}</footer>
</main>
<script src="/assets/{script}.js"></script>
</body>
</html>"""

FORM = """<form id="sign-in-form" autocomplete="on">
    <label for="sign-in-name">用户名</label>
    <input id="sign-in-name" name="name" autocomplete="username" required {focus}>
    <label for="sign-in-password">口令</label>
    <input id="sign-in-password" name="password" type="password" autocomplete="current-password" required>
    <button type="submit" class="{submit}">登录</button>
  </form>"""

LINK = """<section class="one-time">
    <p>您打开的是一次性登录链接，只能使用一次。</p>
    <button type="button" id="sign-in-link" class="primary">使用此链接登录</button>
    <p class="or">或用口令登录</p>
  </section>"""

PROVIDER = """<div class="provider">
    <p class="or">或</p>
    <a class="button" id="sign-in-provider" href="/api/session/oidc?next={next}">{label}</a>
  </div>"""

PIN = """<form id="sign-in-pin-form" autocomplete="off">
    <label for="sign-in-pin">{name}，请输入6位数字</label>
    <input id="sign-in-pin" name="pin" type="password" inputmode="numeric" pattern="[0-9]{{6}}" maxlength="6"
      class="pin" autocomplete="off" required autofocus>
    <button type="submit" class="primary">登录</button>
  </form>
  <details class="other-way"><summary>不是本人，或改用口令登录</summary>
  {form}
  </details>"""

TRUST = """<section id="sign-in-trust" hidden>
    <h2>信任这台手机<span id="sign-in-trust-days"></span>天？</h2>
    <p>以后在这台手机上只输6位数字就能登录。请只信任您自己的手机；不要用生日、连号、重复的数字。</p>
    <form id="sign-in-trust-form" autocomplete="off">
      <label for="sign-in-new-pin">设6位数字</label>
      <input id="sign-in-new-pin" name="pin" type="password" inputmode="numeric" pattern="[0-9]{6}" maxlength="6"
        class="pin" autocomplete="off" required>
      <label for="sign-in-again-pin">再输一遍</label>
      <input id="sign-in-again-pin" name="again" type="password" inputmode="numeric" pattern="[0-9]{6}" maxlength="6"
        class="pin" autocomplete="off" required>
      <button type="submit" class="primary">信任这台手机</button>
    </form>
    <button type="button" id="sign-in-no-trust">这次不用</button>
  </section>"""
CONTACT = "没有账号或忘记口令，请联系三重一大办公室的系统管理员。"


def small_page(
    title: str, body: str, *, note: str, script: str, footer: str = CONTACT, trouble: str = ""
) -> HTMLResponse:
    """A page beside the screen that needs no library; never kept by the browser."""
    page = FRAME.format(
        title=title,
        variables=theme.css_variables(),
        note=escape(note),
        body=body,
        footer=footer,
        script=script,
        trouble=escape(trouble),
        hidden="" if trouble else "hidden",
    )
    return HTMLResponse(page, headers={"cache-control": "no-store"})


@router.get("/sign-in")
async def show_sign_in(request: Request, link: str = "", next: str = "/") -> HTMLResponse:
    """The page; a link's token is used only when its button is pressed, so that a preview cannot spend it."""
    who = client.Caller.of(request.scope)
    phone = {} if link else await _phone(who)
    ways = await _ways(who)
    if phone.get("is_trusted"):
        body = PIN.format(name=escape(phone["name"]), form=FORM.format(focus="", submit=""))
        note = "这台手机已被信任"
    else:
        focus, submit = ("", "") if link else ("autofocus", "primary")
        body = (LINK if link else "") + FORM.format(focus=focus, submit=submit)
        note = await _note()
    provider = PROVIDER.format(next=quote(next, safe=""), label=escape(ways["oidc"])) if ways.get("oidc") else ""
    trouble = ways.get("told", "")
    return small_page("登录", body + provider + TRUST, note=note, script="sign-in", trouble=trouble)


async def _note() -> str:
    """What the API says to somebody without a session: to sign in, or how to make the very first account."""
    try:
        await client.get("session")
    except client.ApiError as refusal:
        return refusal.message
    return ""


async def _phone(who: client.Caller) -> dict[str, Any]:
    """What is known of the phone; nothing when the API does not answer: then the password is asked."""
    try:
        return await client.read_phone(who) if who.has_cookie else {}
    except client.ApiError:
        return {}


async def _ways(who: client.Caller) -> dict[str, Any]:
    """What is offered beside the password; nothing when the API does not answer."""
    try:
        return await client.read_ways(who)
    except client.ApiError:
        return {}
