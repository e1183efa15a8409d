"""Structured logs (运行日志): one JSON object a line on stderr, without personal data.

A request is logged by route template, status and duration; no query, no body, no name. Account ids stay: the trail
(操作日志) is where acts are named.
"""

import json
import logging
from datetime import UTC, datetime
from typing import Any

OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class JsonFormatter(logging.Formatter):
    """Every record as one JSON line; `extra` fields become keys, line breaks are escaped by JSON itself."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in OWN}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def config() -> dict[str, Any]:
    """For logging.config.dictConfig, and for uvicorn, which hands it to each worker process: so plain words only."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "app.logs.JsonFormatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "json"}},
        "root": {"level": "INFO", "handlers": ["stderr"]},
        "loggers": {
            "uvicorn.access": {"level": "WARNING"},  # our own request line replaces it
            "httpx": {"level": "WARNING"},
            "httpx2": {"level": "WARNING"},
            "alembic": {"level": "WARNING"},
        },
    }
