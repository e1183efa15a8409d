"""Mutated workbooks and random bytes (随机破坏的文件): each ends in rows or in one plain sentence, never in a trace.

Seeds are the zoo, the county's workbooks and every torture file where those folders are. What is read is read in this
process, so that no mistake hides behind the sentence for unexpected ones; a batch runs in a fork, so that a file that
kills its reader is found too. A short run, the same every time, is part of `make test`; the long one is

    python tests/importers/fuzz.py --minutes 10 [--seed 7] [--keep FOLDER]

which prints executions, processor time and what was found, and leaves each finding in the folder. Exit 1 with findings.
"""

import argparse
import contextlib
import io
import json
import os
import random
import re
import resource
import signal
import struct
import sys
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from importers import annotate, output, reading, workbook
from importers.grid import Unreadable

SHARED = Path(__file__).parents[3] / "shared"
MEMORY_BYTES = 1536 * 1024 * 1024
SECONDS = 10  # of processor time for one file
BATCH = 200

# What clerks and attackers put where something else belongs.
WORDS = (
    *"项目名称 累计完成投资 年度计划投资（亿元） 2024年1-9月累计完成投资 合计 小计 一、工业（2项） 注： — /".split(),
    *"约3000 1500-2000 3000+2000 百分之八十 九成 ２０２４．１ 26.7.1 08.6－11.12 １，２００．５ 1E+999 1.2亿".split(),
    *"2024年13月 单位：亿元 11.3元 序号 形象进度 完成率 责任单位（责任人） 100% -5% 暂缓 二〇二四年六月".split(),
    *"=A1 =SUM(A1:XFD1048576) ０ _x000D_ &#xD800; ]]> <!-- #DIV/0! -1 1e308 nan 1048577 XFE1".split(),
    *("", " ", "\u3000", "\u202e", "9" * 400, "(" * 50, "=" + "(" * 300),
)
NUMBERS = (0, 1, -1, 0.5, 1e15, -1e15, 1e308, 2024.1, 45413, 2958466, 99999999999, 0.1 + 0.2)
INTEGERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)


@dataclass
class Report:
    executions: int = 0
    processor_seconds: float = 0.0
    read: int = 0  # files that gave rows
    killed: int = (
        0  # files on which calamine aborted: the child is there to die of them, and the sender gets a sentence
    )
    findings: list[tuple[str, bytes]] = field(default_factory=list)


def seeds() -> list[tuple[str, bytes]]:
    """Files to start from, by name, always in the same order."""
    from zoo.specimens import ZOO

    found = [(specimen.filename, specimen.content) for _, specimen in sorted(ZOO.items())]
    for folder in (SHARED / "workbooks", SHARED / "testdata" / "torture"):
        if folder.is_dir():
            files = (path for path in sorted(folder.iterdir()) if path.suffix not in (".csv", ".json"))
            found += [(path.name, path.read_bytes()) for path in files]
    return found


# ------------------------------------------------------------------------------------------------------ mutations


def mutated(chance: random.Random, corpus: Sequence[tuple[str, bytes]]) -> tuple[str, bytes]:
    """One damaged file."""
    name, content = chance.choice(corpus)
    if chance.random() < 0.03:
        return name, chance.randbytes(chance.randrange(2000))
    if content.startswith(b"PK\x03\x04") and chance.random() < 0.85:
        with contextlib.suppress(Exception):  # a seed that is no readable archive is damaged as bytes
            return name, _in_package(chance, content, corpus)
    if content[:1] in (b"<", b"\xef") or name.endswith(".csv"):
        return name, _in_text(chance, content)
    return name, _in_bytes(chance, content)


def _in_bytes(chance: random.Random, content: bytes) -> bytes:
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5, 20, 100))):
        if not data:
            break
        at = chance.randrange(len(data))
        kind = chance.randrange(7)
        if kind == 0:
            data[at] = chance.randrange(256)
        elif kind == 1:
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 2:
            width = chance.choice(("<H", "<I"))
            size = struct.calcsize(width)
            data[at : at + size] = struct.pack(width, chance.choice(INTEGERS) & (2 ** (8 * size) - 1))
        elif kind == 3:
            del data[at : at + chance.choice((1, 2, 8, 64, 512))]
        elif kind == 4:
            data[at:at] = chance.randbytes(chance.choice((1, 2, 8, 64)))
        elif kind == 5:
            data[at:at] = data[at : at + chance.choice((8, 64, 512))]
        else:
            del data[at:]
    return bytes(data)


def _in_text(chance: random.Random, content: bytes) -> bytes:
    """Markup or a text table: whole tokens change places, vanish, double or become something unlikely."""
    pieces = re.split(rb'(<[^<>]*>|"[^"<>]*"|[,\t;\r\n]+)', content)
    for _ in range(chance.choice((1, 1, 2, 4, 10))):
        at = chance.randrange(len(pieces))
        kind = chance.randrange(7)
        if kind == 0:
            pieces[at] = chance.choice(WORDS).encode()
        elif kind == 1:
            pieces[at] = str(chance.choice(NUMBERS)).encode()
        elif kind == 2:
            pieces[at] = b""
        elif kind == 3:
            pieces[at] = pieces[at] * chance.choice((2, 3, 50))
        elif kind == 4:
            other = chance.randrange(len(pieces))
            pieces[at], pieces[other] = pieces[other], pieces[at]
        elif kind == 5:
            pieces[at] = re.sub(rb"\d+", lambda _: str(chance.choice(INTEGERS)).encode(), pieces[at])
        else:
            pieces[at] = _in_bytes(chance, pieces[at])
    return b"".join(pieces)


def _in_package(chance: random.Random, content: bytes, corpus: Sequence[tuple[str, bytes]]) -> bytes:
    """A part inside the package is damaged, dropped, doubled or replaced by another file's; then packed anew."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [(info.filename, archive.read(info)) for info in archive.infolist() if info.file_size < 1 << 20]
    wanted = [
        at for at, (name, _) in enumerate(parts) if re.search(r"sheet\d*\.xml|sharedStrings|workbook|styles", name)
    ]
    for _ in range(chance.choice((1, 1, 2))):
        at = chance.choice(wanted) if wanted and chance.random() < 0.9 else chance.randrange(len(parts))
        name, data = parts[at]
        kind = chance.random()
        if kind < 0.7:
            parts[at] = name, _in_text(chance, data)
        elif kind < 0.8:
            parts[at] = name, _in_bytes(chance, data)
        elif kind < 0.85:
            parts[at] = name, b""
        elif kind < 0.9:
            parts[at] = chance.choice((name.upper(), name.replace("/", "\\"), f"../{name}", f"/{name}")), data
        else:
            _, other = chance.choice(corpus)
            with contextlib.suppress(Exception), zipfile.ZipFile(io.BytesIO(other)) as archive:
                parts[at] = name, archive.read(name)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts:
            archive.writestr(name, data)
    packed = stream.getvalue()
    return _in_bytes(chance, packed) if chance.random() < 0.1 else packed


# ------------------------------------------------------------------------------------------------------ judgement


def complaint(name: str, content: bytes, *, marks: bool = True) -> tuple[str, bool]:
    """What is wrong with how this file ends ("" when nothing is), and whether it gave rows."""
    try:
        try:
            found = reading.read(workbook.open_workbook(content, name), name)
        except Unreadable as sentence:
            found = reading.refusal(str(sentence))
        shown = output.to_json(found)
        json.dumps(shown, ensure_ascii=False).encode()
        if marks and found.rows:
            with contextlib.suppress(Unreadable):
                again = annotate.marked(content, name, shown)
                reading.read(workbook.open_workbook(again, name), name)
    except (MemoryError, RecursionError):
        return "", False  # the child's limit, told in a sentence of its own
    except BaseException as error:  # a panic of the reader of old workbooks is no Exception
        if isinstance(error, KeyboardInterrupt):
            raise
        return "".join(traceback.format_exception(error)), False
    message = found.message or ""
    if found.decision == "accept":
        wrong = "" if found.rows and not found.questions else "accepted without rows or with questions"
    elif not message.endswith(("。", "；")) or "\n" in message or re.search(r"[A-Za-z]{4,}Error|Traceback", message):
        wrong = f"no plain sentence: {message!r}"
    else:
        wrong = "" if found.decision == "refuse" or found.questions else "asks nothing"
    return wrong, bool(found.rows)


class _TooSlow(BaseException):
    pass


def _alarm(*_: object) -> None:
    raise _TooSlow


def run(
    corpus: Sequence[tuple[str, bytes]], seed: int, count: int, say: Callable[[str, bytes], None] | None = None
) -> Report:
    """`count` files made from this seed, in this process."""
    report = Report()
    chance = random.Random(seed)
    began = time.process_time()
    for _ in range(count):
        name, content = mutated(chance, corpus)
        if len(content) > workbook.MAX_BYTES:
            continue
        if say is not None:
            say(name, content)
        wrong, has_rows = complaint(name, content, marks=chance.random() < 0.2)
        report.executions += 1
        report.read += has_rows
        if wrong:
            report.findings.append((wrong, content))
    report.processor_seconds = time.process_time() - began
    return report


# ---------------------------------------------------------------------------------------------------- the long run


def _batches(corpus: Sequence[tuple[str, bytes]], seed: int, minutes: float, keep: Path) -> Iterator[Report]:
    """Batch after batch in forks, until the processor minutes are used up."""
    spent = 0.0
    while spent < minutes * 60:
        report = _in_fork(corpus, seed, keep)
        spent += report.processor_seconds
        seed += 1
        yield report


def _in_fork(corpus: Sequence[tuple[str, bytes]], seed: int, keep: Path) -> Report:
    present = keep / "present"
    out, into = os.pipe()
    child = os.fork()
    if not child:
        os.close(out)
        os.dup2(os.open(keep / "stderr", os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        signal.signal(signal.SIGPROF, _alarm)

        def say(name: str, content: bytes) -> None:
            present.write_bytes(content)
            signal.setitimer(signal.ITIMER_PROF, SECONDS)

        report = run(corpus, seed, BATCH, say)
        signal.setitimer(signal.ITIMER_PROF, 0)
        with os.fdopen(into, "w") as pipe:
            findings = [(wrong, content.hex()) for wrong, content in report.findings]
            json.dump([report.executions, report.processor_seconds, report.read, findings], pipe)
        os._exit(0)
    os.close(into)
    with os.fdopen(out) as pipe:
        told = pipe.read()
    _, status, usage = os.wait4(child, 0)
    if not told and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGABRT:
        return Report(1, usage.ru_utime + usage.ru_stime, killed=1)
    if not told:
        killed = f"the reading process ended with status {status}"
        return Report(1, usage.ru_utime + usage.ru_stime, findings=[(killed, present.read_bytes())])
    executions, seconds, read, findings = json.loads(told)
    return Report(executions, seconds, read, 0, [(wrong, bytes.fromhex(content)) for wrong, content in findings])


def _next(batches: Iterator[Report]) -> Report | None:
    """The next batch; None at the end, also one that a person brought about, so that what was done is told."""
    try:
        return next(batches, None)
    except KeyboardInterrupt:
        return None


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="随机破坏工作簿，看读表程序是否总以数据或一句话结束")
    parser.add_argument("--minutes", type=float, default=10.0, help="处理器时间，分钟")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("var/fuzz"), help="留下问题文件的文件夹")
    given = parser.parse_args(arguments)
    given.keep.mkdir(parents=True, exist_ok=True)
    total = Report()
    known: set[str] = set()
    batches = _batches(seeds(), given.seed, given.minutes, given.keep)
    while (report := _next(batches)) is not None:
        total.executions += report.executions
        total.processor_seconds += report.processor_seconds
        total.read += report.read
        total.killed += report.killed
        for wrong, content in report.findings:
            place = "".join(wrong.strip().splitlines()[-3:])
            if place not in known:
                known.add(place)
                path = given.keep / f"finding{len(known):03d}"
                path.write_bytes(content)
                path.with_suffix(".txt").write_text(wrong, encoding="utf-8")
                print(f"{path}: {wrong.strip().splitlines()[-1]}", flush=True)
    print(
        f"{total.executions} files, {total.read} with rows, {total.processor_seconds / 60:.1f} processor minutes, "
        f"{total.killed} aborted, {len(known)} findings",
        flush=True,
    )
    return 1 if known else 0


if __name__ == "__main__":
    sys.exit(main())
