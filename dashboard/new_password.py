"""Where a password is set or changed (开通账号、修改口令): two small pages beside sign-in, without any library.

The activation link's token stands behind `#` in the address: the browser never sends it of itself.
"""

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from dashboard.sign_in import small_page

router = APIRouter(include_in_schema=False)

NEW = """<label for="new-password">新口令</label>
    <input id="new-password" name="new" type="password" autocomplete="new-password" required>
    <label for="new-password-again">再输一遍</label>
    <input id="new-password-again" name="again" type="password" autocomplete="new-password" required>
    <p id="new-password-rules" class="rules">不能与现在的口令相同，不能含用户名，不能用常见口令。</p>"""

ACTIVATE = f"""<p id="new-password-whose" class="whose">正在核对链接…</p>
  <form id="activate-form" autocomplete="on" hidden>
    <input id="activate-name" name="name" autocomplete="username" readonly tabindex="-1" aria-label="用户名">
    {NEW}
    <button type="submit" class="primary">设好口令并登录</button>
  </form>"""

CHANGE = f"""<form id="change-password-form" autocomplete="on">
    <label for="old-password">现在的口令</label>
    <input id="old-password" name="old" type="password" autocomplete="current-password" required autofocus>
    {NEW}
    <button type="submit" class="primary">修改口令</button>
  </form>
  <button type="button" id="change-password-leave">退出登录</button>"""


@router.get("/activate")
async def show_activation() -> HTMLResponse:
    """开通账号: the person's own password by the link an administrator handed over."""
    footer = "口令只有您自己知道，系统管理员也看不到。链接只能用一次；失效了请找系统管理员重新发。"
    return small_page("开通账号", ACTIVATE, note="设置您自己的口令", script="new-password", footer=footer)


@router.get("/change-password")
async def show_change() -> HTMLResponse:
    """修改口令: where a session is led whose password has run out or was chosen by somebody else."""
    note = "口令已到期或由他人代设，请先修改口令"
    return small_page("修改口令", CHANGE, note=note, script="new-password")
