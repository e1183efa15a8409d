"""The sign-in page (登录): a small page of its own, so that nobody waits for the libraries before signing in."""

from html import escape

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from dashboard import client, theme

router = APIRouter(include_in_schema=False)

PAGE = """<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>登录 · 三重一大项目督查考评平台</title>
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
  {link}
  <form id="sign-in-form" autocomplete="on">
    <label for="sign-in-name">用户名</label>
    <input id="sign-in-name" name="name" autocomplete="username" required {focus}>
    <label for="sign-in-password">口令</label>
    <input id="sign-in-password" name="password" type="password" autocomplete="current-password" required>
    <button type="submit" class="{submit}">登录</button>
  </form>
  <p id="sign-in-trouble" role="alert" hidden></p>
  <footer>没有账号或忘记口令，请联系三重一大办公室的系统管理员。</footer>
</main>
<script src="/assets/sign-in.js"></script>
</body>
</html>"""

LINK = """<section class="one-time">
    <p>您打开的是一次性登录链接，只能使用一次。</p>
    <button type="button" id="sign-in-link" class="primary">使用此链接登录</button>
    <p class="or">或用口令登录</p>
  </section>"""


@router.get("/sign-in")
async def show_sign_in(link: str = "") -> HTMLResponse:
    """The page; a link's token is used only when its button is pressed, so that a preview cannot spend it."""
    page = PAGE.format(
        variables=theme.css_variables(),
        note=escape(await _note()),
        link=LINK if link else "",
        focus="" if link else "autofocus",
        submit="" if link else "primary",
    )
    return HTMLResponse(page, headers={"cache-control": "no-store"})


async def _note() -> str:
    """What the API says to somebody without a session: to sign in, or how to make the very first account."""
    try:
        await client.get("session")
    except client.ApiError as refusal:
        return refusal.message
    return ""
