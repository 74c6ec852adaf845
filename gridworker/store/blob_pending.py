"""Originals that wait to be made small: encrypted, whole, and found again after whatever ended the program.

An original is kept in parts, so that neither keeping nor handing it on ever holds all of it in memory.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from gridworker.identity import new_id
from gridworker.imaging.made import Made
from gridworker.store.blob_errors import BlobAbsent
from gridworker.store.blob_file import BlobFile
from gridworker.store.statements import Writes

PREFIX = "pending:"
WAITING, DONE, FAILED = "waiting", "done", "failed"
_COLUMNS = "id, kind, state, address, code, tries, since, settled"
_GIVEN = "IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True)
class Pending:
    """One photo on its way. `since` is the newest operation there was before it; `settled` that no record waits."""

    id: str
    kind: str
    state: str
    address: str
    code: str
    tries: int
    since: int
    settled: bool


class Originals:
    """The waiting originals in the photo file."""

    def __init__(
        self, file: BlobFile, now: Callable[[], int], put: Callable[[Writes, Made], str], fresh: set[str]
    ) -> None:
        self._file = file
        self._now = now
        self._put = put
        self._fresh = fresh

    def keep(self, kind: str, parts: Iterable[bytes], *, since: int) -> str:
        """Keeps an original as it comes; returns its id once it is on the disk."""
        identity = PREFIX + new_id()
        self._fresh.add(identity)
        with self._file.write() as tx:
            tx.execute(
                "INSERT INTO pending (id, kind, state, since, at) VALUES (?,?,?,?,?)",
                (identity, kind, WAITING, since, self._now()),
            )
            place = tx.one("SELECT last_insert_rowid()")
            for part in parts:
                tx.execute("INSERT INTO original (pending, part) VALUES (?,?)", (place[0] if place else 0, part))
        return identity

    def known(self, ids: Sequence[str]) -> dict[str, Pending]:
        """Those of some ids that this home knows."""
        with self._file.read() as tx:
            rows = tx.sql(f"SELECT {_COLUMNS} FROM pending WHERE id {_GIVEN}", [json.dumps(list(ids))])
        return {row[0]: _pending(row) for row in rows}

    def get(self, identity: str) -> Pending:
        """One photo on its way; raises BlobAbsent."""
        found = self.known([identity]).get(identity)
        if found is None:
            raise BlobAbsent
        return found

    def open(self) -> list[Pending]:
        """All that are not made small yet, or whose records have not heard of it, the oldest first."""
        with self._file.read() as tx:
            rows = tx.sql(f"SELECT {_COLUMNS} FROM pending WHERE settled = 0 ORDER BY row_id")
        return [_pending(row) for row in rows]

    def kept(self) -> list[Pending]:
        """All of which the original is still here, given up or not."""
        with self._file.read() as tx:
            rows = tx.sql(
                f"SELECT {_COLUMNS} FROM pending WHERE row_id IN (SELECT pending FROM original) ORDER BY row_id"
            )
        return [_pending(row) for row in rows]

    def bring(self, photo: Pending, parts: Iterable[bytes]) -> None:
        """Takes a photo on its way, or that is done, out of a backup; it is finished like any other."""
        self._fresh.add(photo.id)
        with self._file.write() as tx:
            tx.execute(
                "INSERT INTO pending (id, kind, state, address, since, at) VALUES (?,?,?,?,?,?)",
                (photo.id, photo.kind, photo.state, photo.address, photo.since, self._now()),
            )
            place = tx.one("SELECT last_insert_rowid()")
            for part in parts:
                tx.execute("INSERT INTO original (pending, part) VALUES (?,?)", (place[0] if place else 0, part))

    def parts(self, identity: str) -> Iterator[bytes]:
        """The original, part by part; no transaction stays open between two of them."""
        with self._file.read() as tx:
            places = tx.sql(
                "SELECT o.row_id FROM original o JOIN pending p ON p.row_id = o.pending WHERE p.id = ?"
                " ORDER BY o.row_id",
                [identity],
            )
        for (place,) in places:
            with self._file.read() as tx:
                row = tx.one("SELECT part FROM original WHERE row_id = ?", [place])
            if row is None:
                raise BlobAbsent
            yield bytes(row[0])

    def finish(self, identity: str, made: Made) -> str:
        """Puts the finished photo in the place of its original, in one transaction; its address."""
        with self._file.write() as tx:
            address = self._put(tx, made)
            self._end(tx, identity, DONE, address=address)
        return address

    def fail(self, identity: str, code: str, *, keep_original: bool = False) -> None:
        """Gives a photo up and keeps why; the original goes, unless another attempt could still succeed."""
        with self._file.write() as tx:
            self._end(tx, identity, FAILED, code=code, keep_original=keep_original)
            tx.execute("UPDATE pending SET settled = 1 WHERE id = ?", [identity])

    def retry(self, identity: str) -> None:
        """Puts a photo that was given up back among the waiting, where its original was kept."""
        with self._file.write() as tx:
            tx.execute(
                "UPDATE pending SET state = ?, code = '', tries = 0, settled = 0 WHERE id = ? AND state = ? AND EXISTS"
                " (SELECT 1 FROM original WHERE pending = pending.row_id)",
                (WAITING, identity, FAILED),
            )

    def count_try(self, identity: str) -> int:
        """Notes an attempt before it is made, so that one which takes the program down is counted too."""
        with self._file.write() as tx:
            tx.execute("UPDATE pending SET tries = tries + 1 WHERE id = ?", [identity])
            row = tx.one("SELECT tries FROM pending WHERE id = ?", [identity])
        return int(row[0]) if row else 0

    def take_back_try(self, identity: str) -> None:
        """An attempt that was stopped on purpose says nothing about the photo."""
        with self._file.write() as tx:
            tx.execute("UPDATE pending SET tries = max(0, tries - 1) WHERE id = ?", [identity])

    def settle(self, identity: str) -> None:
        """Notes that every record that named the photo on its way now names the photo."""
        with self._file.write() as tx:
            tx.execute("UPDATE pending SET settled = 1 WHERE id = ?", [identity])

    def put_back(self, rows: Iterable[Sequence[object]], parts: Iterable[tuple[int, bytes | None]]) -> None:
        """Takes over photos on their way from a damaged file; an original of which a part is gone is given up."""
        known = {row[0]: row for row in rows}
        with self._file.write() as tx:
            for row in known.values():
                tx.execute(f"INSERT INTO pending (row_id, {_COLUMNS}, at) VALUES (?,?,?,?,?,?,?,?,?,?)", row)
            for owner, part in parts:
                if part is None:
                    tx.execute("UPDATE pending SET state = ?, code = ? WHERE row_id = ?", (FAILED, "broken", owner))
                elif owner in known:
                    tx.execute("INSERT INTO original (pending, part) VALUES (?,?)", (owner, part))

    def old(self, before: int) -> list[str]:
        """The ids kept before a moment, none of those kept since the file was opened."""
        with self._file.read() as tx:
            rows = tx.sql("SELECT id FROM pending WHERE at < ?", [before])
        return [row[0] for row in rows if row[0] not in self._fresh]

    def remove(self, ids: Iterable[str], *, even_fresh: bool = False) -> None:
        """Forgets photos on their way, originals and all."""
        given = [json.dumps(sorted(set(ids) if even_fresh else set(ids) - self._fresh))]
        with self._file.write() as tx:
            tx.execute(f"DELETE FROM original WHERE pending IN (SELECT row_id FROM pending WHERE id {_GIVEN})", given)
            tx.execute(f"DELETE FROM pending WHERE id {_GIVEN}", given)

    def _end(
        self, tx: Writes, identity: str, state: str, *, address: str = "", code: str = "", keep_original: bool = False
    ) -> None:
        tx.execute("UPDATE pending SET state = ?, address = ?, code = ? WHERE id = ?", (state, address, code, identity))
        if not keep_original:
            tx.execute("DELETE FROM original WHERE pending IN (SELECT row_id FROM pending WHERE id = ?)", [identity])


def _pending(row: Sequence[object]) -> Pending:
    identity, kind, state, address, code, tries, since, settled = row
    return Pending(
        str(identity), str(kind), str(state), str(address), str(code), int(str(tries)), int(str(since)), bool(settled)
    )
