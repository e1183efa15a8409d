"""The API against routes of the same bytes (接口)."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response

from app.accounts.signed_in import ActorDep
from app.main import create_app
from app.operations import collector
from app.settings import Settings
from tests.bench.demo import PORT, PROGRAMME, ask, demo_home, running, signed_in
from tests.bench.lines import Line, in_turn, line

STANDINGS = f"/api/standings?programme={PROGRAMME}&period={PROGRAMME}"
SAME_BYTES = "/bench/same"
BARE = "/bench/bare"


def serve_api(home: Path, port: int, content: bytes) -> None:
    """The API, with a route beside it that returns the same bytes behind the same sign-in."""
    logging.disable(logging.WARNING)
    app = create_app(Settings(home=home, database_url=None))

    @app.get(SAME_BYTES)
    def same(actor: ActorDep) -> Response:
        return Response(content, media_type="application/json")

    collector.settle()
    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None)


def serve_bare(port: int, content: bytes) -> None:
    """FastAPI with one route and nothing around it."""
    app = FastAPI()

    @app.get(BARE)
    def bare() -> Response:
        return Response(content, media_type="application/json")

    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None)


@line
def standings_api() -> Iterator[Line]:
    """Requests per second of a kept board, one connection; the answer is asked for without compression.

    One request of each in every round, so that whatever else the machine does meets all three alike.
    """
    home = demo_home()
    cookie = signed_in(home)
    with running(serve_api, home, PORT, b"{}") as connection:
        content = ask(connection, STANDINGS, cookie)
    with (
        running(serve_api, home, PORT, content) as api,
        running(serve_bare, PORT, content) as bare,
    ):
        assert ask(api, STANDINGS, cookie) == ask(api, SAME_BYTES, cookie) == ask(bare, BARE, {})
        ours, same, least = in_turn(
            lambda: ask(api, STANDINGS, cookie),
            lambda: ask(api, SAME_BYTES, cookie),
            lambda: ask(bare, BARE, {}),
            rounds=500,
            clock=time.perf_counter,
        )
    rates = [f"{1 / seconds:.0f} 次/秒" for seconds in (ours, same, least)]
    yield Line("排名接口／同样登录下返回同样字节的路由", rates[0], rates[1], same / ours, "≥ 0.7")
    yield Line("排名接口／不登录、没有中间层的空路由", rates[0], rates[2], least / ours)
