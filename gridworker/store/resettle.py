"""Moving what was written alone to the grid and the person that a server knows."""

from __future__ import annotations

from gridworker.store.numbering import number
from gridworker.store.tables import quoted
from gridworker.store.transactions import WriteTx

_ACTOR = "actor"


def bring_along(tx: WriteTx, old_grid: str, new_grid: str, old_actor: str, new_actor: str) -> None:
    """What was written alone belongs to the granted grid and to the person the server knows, numbers as they were."""
    for table in tx.tables:
        tx.execute(f"UPDATE {table.name} SET grid_code = ? WHERE grid_code = ?", (new_grid, old_grid))
        for link in table.ledger.links:
            if link.to == _ACTOR and old_actor:
                column = quoted(link.key)
                statement = f"UPDATE {table.name} SET {column} = replace({column}, ?, ?) WHERE instr({column}, ?)"
                tx.execute(statement, (old_actor, new_actor, old_actor))
    tx.execute(
        "UPDATE outbox SET scope = ?, actor = ? WHERE status <> 'acked' AND scope = ?", (new_grid, new_actor, old_grid)
    )
    if old_actor:
        # An actor's id is a UUID, so its text stands for nothing else in what an operation says.
        for column in ('"set"', "elements", "command"):
            statement = f"UPDATE outbox SET {column} = replace({column}, ?, ?) WHERE status <> 'acked' AND scope = ?"
            tx.execute(statement, (old_actor, new_actor, new_grid))
        tx.execute("UPDATE history SET actor_id = ? WHERE actor_id = ?", (new_actor, old_actor))
        tx.execute("DELETE FROM people WHERE id = ?", (old_actor,))
    number(tx, new_grid)
