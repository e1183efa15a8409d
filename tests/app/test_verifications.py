"""核对: whatever package can verify what it keeps is asked by `sanzhong verify` and 立即核对, the trail first."""

import ast
from pathlib import Path

import app
from app.audit import service as audit
from app.verifications import VERIFICATIONS

APP = Path(app.__file__).parent


def test_every_verify_of_stored_data_is_asked() -> None:
    """Enumerated from the code: a function `verify(session)`. One left out of the list would find nothing, silently."""
    written = set()
    for path in APP.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.parse(text).body if "def verify(" in text else ():
            if isinstance(node, ast.FunctionDef) and node.name == "verify":
                names = [argument.arg for argument in node.args.args]
                if names == ["session"]:
                    written.add("app." + ".".join(path.relative_to(APP).with_suffix("").parts))
    asked = [verify.__module__ for verify in VERIFICATIONS]
    assert sorted(asked) == sorted(written)
    assert len(asked) >= 5
    assert VERIFICATIONS[0] is audit.verify  # its outside head must be read before anything else
