"""What a resident says becomes a case or a topic; their titles stand where anybody reads them."""

from __future__ import annotations

import pytest

from gridworker.operations import transition
from gridworker.operations.save import save
from gridworker.operations.session import Session

SAID = "张三丰家楼上漏水，电话15400001234"


@pytest.mark.parametrize(
    ("event", "opened", "title", "kept"),
    [("whistle", "case", "title", "description"), ("to_topic", "deliberation", "topic", "discussion")],
)
def test_nothing_of_her_own_words_stands_in_a_public_title(
    session: Session, event: str, opened: str, title: str, kept: str
) -> None:
    """The title names the category alone; her words stay where they are masked."""
    opinion = save(session, "opinion", {"content": SAID, "category_code": "便民服务", "place": "3号楼"}).record
    transition.move(session, opinion.id, event, {})
    with session.store.read() as tx:
        after = tx.get("opinion", opinion.id)
        assert after is not None
        made = tx.get(opened, str(after.values[f"{opened}_id"]))
    assert made is not None
    assert (made.values[title], made.values[kept]) == ("居民反映：便民服务", SAID)
