"""What paper cannot show leaves the text; the rest stays."""

import pytest

from gridworker.reports.text import clean


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("一\r\n二\r三\u2028四", "一\n二\n三\n四"),
        ("一\t二\xa0三", "一 二 三"),
        ("\ufeff葛\U000e0100\u200b", "葛"),
        ("一\x00二", "一二"),
        ("一\ud800", "一\ufffd"),
        ("完\n\n", "完"),
        ("a\nb", "a\nb"),
        ("阿卜杜·热合曼　", "阿卜杜·热合曼　"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    """Controls, selectors and torn surrogates go; line breaks become one kind."""
    assert clean(text) == shown
