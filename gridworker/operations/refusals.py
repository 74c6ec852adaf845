"""A record that cannot be saved as it is, and why."""

from __future__ import annotations

from gridworker.errors import KnownError
from gridworker.ledger.facts import Problem
from gridworker.ledger.ledger import Ledger, errors_of


class SaveRefused(KnownError):
    """A record with errors; nothing was written and nothing typed is lost."""

    def __init__(self, ledger: Ledger, problems: list[Problem]) -> None:
        self.problems = problems
        said = "".join(problem.message for problem in errors_of(problems))
        super().__init__(f"{ledger.label}还不能保存：{said}", safe="填写的内容没有丢。")
