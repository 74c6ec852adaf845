"""Before the desk: the first start (how to begin, passphrase, recovery code), a restore, and the lock afterwards."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from gridworker.operations import session as sessions
from gridworker.operations.session import Session
from ui.fonts import NO_CHINESE_FONT, FontChoice
from ui.jobs import Jobs
from ui.start_choices import ALONE, RESTORE, ChoicesPage
from ui.theme import theme
from ui.widgets.states import Banner
from ui.widgets.texts import label

_WIDTH = 520


class StartWindow(QMainWindow):
    """One card in the middle of the window, a step at a time.

    A page is imported when it is shown: most people only ever see the lock, and joining alone brings all of HTTP along.

    Its pages call methods of it, never functions that hold it: a page that goes would let go of the window as the last
    one to hold it, and the window would delete the page, its child, a second time.
    """

    opened = Signal(object)
    """Session, when the person is ready to work."""

    def __init__(self, home: Path, jobs: Jobs, *, has_home: bool, font: FontChoice, locked: bool = False) -> None:
        super().__init__()
        self.setWindowTitle("网格台账")
        self.setMinimumSize(QSize(720, 560))
        self._session: Session | None = None
        self._handed_over = False
        self._way = ALONE
        self._home, self._jobs = home, jobs
        self._build(font)
        if has_home:
            self._show_lock(locked=locked)
        else:
            self._show_choices()

    def _build(self, font: FontChoice) -> None:
        root = QWidget()
        root.setObjectName("root")
        column = QVBoxLayout(root)
        column.setContentsMargins(24, 16, 24, 16)
        self.banner = Banner()
        column.addWidget(self.banner)
        column.addStretch(2)
        name = label("网格台账", "page-title")
        name.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(name)
        column.addSpacing(10)
        self._card = QFrame()
        self._card.setObjectName("card")
        self._card.setFixedWidth(theme.px(_WIDTH))
        inner = QVBoxLayout(self._card)
        inner.setContentsMargins(32, 26, 32, 26)
        self._stack = QStackedWidget()
        self._stack.setObjectName("paper")
        inner.addWidget(self._stack)
        line = QHBoxLayout()
        line.addStretch(1)
        line.addWidget(self._card)
        line.addStretch(1)
        column.addLayout(line)
        column.addStretch(3)
        if not font.family:
            self.banner.say(NO_CHINESE_FONT, tone="warn")
        # In large letters a small window cannot hold every page with all that may be said on it.
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(root)
        self.setCentralWidget(area)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close at once; an unlocked home that nobody took over is locked again."""
        if not self._handed_over:
            self._jobs.close()
            if self._session is not None:
                self._session.close()
        event.accept()

    def _show(self, page: QWidget) -> None:
        before = self._stack.currentWidget()
        self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)
        if before is not None:
            # The stack is as high as its highest page, so a page that is done goes.
            self._stack.removeWidget(before)
            before.deleteLater()
        page.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_choices(self) -> None:
        page = ChoicesPage()
        page.chosen.connect(self._go)
        self._show(page)
        page.stand_at(self._way)

    def _go(self, way: str) -> None:
        self._way = way
        QTimer.singleShot(0, self, self._show_restore if way == RESTORE else self._show_passphrase)

    def _show_passphrase(self) -> None:
        from ui.start_passphrase import PassphrasePage

        page = PassphrasePage(self._home, self._jobs)
        page.made.connect(self._show_recovery)
        page.left.connect(self._way_left)
        self._show(page)

    def _show_restore(self) -> None:
        from ui.start_restore import RestorePage

        page = RestorePage(self._home, self._jobs)
        page.opened.connect(self._unlocked)
        page.restored.connect(self._mending_left)
        page.left.connect(self._way_left)
        self._show(page)

    def _way_left(self) -> None:
        # A moment later: the page goes then, and its button is still at work now.
        QTimer.singleShot(0, self, self._show_choices)

    def _show_lock(self, *, locked: bool) -> None:
        from ui.start_lock import LockPage

        self.lock = LockPage(self._home, self._jobs, locked=locked)
        self.lock.opened.connect(self._unlocked)
        self.lock.recovery_wished.connect(self._show_mending)
        self._show(self.lock)

    def _show_mending(self, secret: str) -> None:
        from ui.start_mending import MendingPage

        page = MendingPage(self._home, secret, self._jobs)
        page.opened.connect(self._unlocked)
        page.left.connect(self._mending_left)
        self._show(page)

    def _mending_left(self) -> None:
        # A moment later: the page goes then, and its button or timer is still at work now.
        QTimer.singleShot(0, self, self._show_lock_again)

    def _show_lock_again(self) -> None:
        # Who comes back is asked; the keyring would only meet the damage again.
        self._show_lock(locked=True)

    def _show_recovery(self, made: tuple[Session, str]) -> None:
        self._session, code = made
        from ui.start_recovery import RecoveryPage

        page = RecoveryPage(code)
        page.kept.connect(self._show_beginnings)
        self._show(page)

    def _show_beginnings(self) -> None:
        if self._session is None:
            return
        if self._way == ALONE:
            self._open(self._session)
            return
        from ui.start_begin import BeginPage

        page = BeginPage(self._session, self._jobs, way=self._way)
        page.ready.connect(self._open)
        self._show(page)

    def _unlocked(self, session: Session) -> None:
        if not sessions.needs_passphrase(session):
            self._open(session)
            return
        self._session = session
        from ui.start_renew import RenewPage

        page = RenewPage(session, self._jobs)
        page.done.connect(self._renewed)
        self._show(page)

    def _renewed(self) -> None:
        if self._session is not None:
            self._open(self._session)

    def _open(self, session: Session) -> None:
        self._session = session
        self._handed_over = True
        self.opened.emit(session)
