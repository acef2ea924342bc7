"""Where nbgrader's gradebook is: an SQLite file here, or a PostgreSQL database graders share."""

import contextlib
import glob
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbgrader.apps import NbGrader
from sqlalchemy import create_engine, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import NullPool
from traitlets import TraitError
from traitlets.config import Application, Config

from dlcourse.grading.records.late import LatePenalty
from dlcourse.grading.records.roster import Roster
from dlcourse.runtime import installation

SETTING = "course_roster.py: c.CourseDirectory.db_url"
LOCK = 0x646C636F  # "dlco": whoever holds this advisory lock of the database records in it
WAIT = 10  # seconds for a server to answer


def settle(config: Config, root: Path) -> None:
    """Complete nbgrader's configuration with the gradebook's address, and check what people wrote.

    Raises ValueError in one line. In a command of nbgrader that line is printed and the command
    ends with 2: after an error in its configuration, nbgrader would go on without any.
    """
    app = Application.instance() if Application.initialized() else None
    command = isinstance(app, NbGrader)
    _refresh(app)
    try:
        if glob.has_magic(str(root)):
            raise ValueError(
                f"{root}: nbgrader finds nothing below a name with [, * or ?; rename it"
            )
        url = config.CourseDirectory.get("db_url", f"sqlite:///{root}/grading/gradebook.db")
        config.CourseDirectory.db_url = locate(url)
        (root / "grading").mkdir(exist_ok=True)  # SQLite makes the gradebook, but not its folder
        Roster.read_class_list(config, root)
        Roster(config=config).check()
        LatePenalty.check(config)
        if command:
            reach(config.CourseDirectory.db_url)
    except (TraitError, ValueError) as error:
        if not command:
            raise ValueError(f"{error}") from None
        print(f"dlcourse: {error}", file=sys.stderr)
        raise SystemExit(2) from None


def locate(url: str) -> str:
    """Return a database's address as SQLAlchemy needs it; raise ValueError if it cannot be used.

    A password in it is refused: nbgrader prints the address, and git keeps course_roster.py.
    """
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError(f"{SETTING} is no address of a database") from None  # nor shown: see above
    if parts.password is not None or "password" in parts.query:
        raise ValueError(f"{SETTING}: leave the password out; ~/.pgpass is the place for it")
    if parts.drivername.partition("+")[0] not in ("postgresql", "postgres"):
        return url
    try:
        import psycopg  # noqa: F401
    except ImportError:  # also where it finds no libpq
        needed = f"psycopg[binary] is not installed; get it: {installation('postgres')}"
        raise ValueError(needed) from None
    parts = parts.set(drivername="postgresql+psycopg")
    if "connect_timeout" not in parts.query:
        parts = parts.update_query_dict({"connect_timeout": str(WAIT)})
    return parts.render_as_string().replace("%2F", "/")  # alembic reads % as something else


def is_shared(url: str) -> bool:
    """Say whether a gradebook is on a server, where others write into it, too."""
    return url.startswith("postgresql")


def reach(url: str) -> None:
    """Connect to a shared gradebook once; raise ValueError if that cannot be."""
    if is_shared(url):
        with explained():
            create_engine(url, poolclass=NullPool).connect().close()


@contextlib.contextmanager
def hold(url: str) -> Iterator[None]:
    """Be the only `dlcourse grade` in a shared gradebook, from whichever machine.

    The lock is the connection's, and ends with it, however that ends.
    """
    if not is_shared(url):
        yield
        return
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if not connection.scalar(select(func.pg_try_advisory_lock(LOCK))):
            raise ValueError("another `dlcourse grade` is at work in this gradebook")
        yield


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Turn the failure of a database into a ValueError of one line."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise ValueError(f"the gradebook cannot be used: {_shorten(error)}") from None


def _refresh(app: Any) -> None:
    """Let formgrader, if this is its server, see what others wrote, and get over a lost connection.

    It keeps one session for good; but it reads its configuration for each page.
    """
    settings = app.web_app.settings if hasattr(app, "web_app") else {}
    if book := settings.get("nbgrader_gradebook"):
        book.db.rollback()


def _shorten(error: DBAPIError) -> str:
    return " ".join(str(error.orig).split())[:300]
