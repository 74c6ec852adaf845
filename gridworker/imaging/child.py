"""The child process that opens a photo: whatever a file does to it, the program stays up and its memory small.

The parent sends the kind, then the file in parts, then an empty message. The child answers with one message of JSON,
and after `made` with the bytes to keep and the thumbnail. Nothing is ever written to a disk, and nothing that came
from a file is unpickled by the parent.
"""

from __future__ import annotations

import io
import json
import os
import sys
from multiprocessing.connection import Connection

from gridworker.imaging.documents import check_document
from gridworker.imaging.kinds import PDF
from gridworker.imaging.made import Made
from gridworker.imaging.refusal import PhotoRefused
from gridworker.imaging.shrink import shrink


def main(pipe: Connection, memory: int, seconds: int) -> None:
    """Receive one file, make it small, answer, end."""
    _silence()
    limit_resources(memory, seconds)
    try:
        made = _make(pipe)
        _tell(pipe, "made", kind=made.kind, width=made.width, height=made.height)
        pipe.send_bytes(made.data)
        pipe.send_bytes(made.thumb)
    except (BrokenPipeError, EOFError, ConnectionError):
        # The parent has stopped listening.
        return
    except PhotoRefused as refused:
        _tell(pipe, "refused", code=refused.code)
    except MemoryError:
        _tell(pipe, "refused", code="memory")
    except Exception as failed:  # noqa: BLE001 - whatever it is, the parent must hear of it; only its kind is told
        _tell(pipe, "bug", code=type(failed).__name__)
    finally:
        pipe.close()


def _make(pipe: Connection) -> Made:
    kind = pipe.recv_bytes().decode("ascii")
    stream = io.BytesIO()
    while part := pipe.recv_bytes():
        stream.write(part)
    stream.seek(0)
    return check_document(stream.getvalue()) if kind == PDF else shrink(stream, kind)


def _tell(pipe: Connection, answer: str, **facts: object) -> None:
    pipe.send_bytes(json.dumps({"answer": answer, **facts}).encode())


def _silence() -> None:
    # Decoders written in C complain to the terminal about odd files.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def limit_resources(memory: int, seconds: int) -> None:
    """Bounds this process where the system can; elsewhere the limits on pixels and the parent's clock hold."""
    if not sys.platform.startswith("linux"):
        return
    import resource  # noqa: PLC0415 - absent on Windows

    for kind, limit in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
