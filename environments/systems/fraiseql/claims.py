"""How statements about FraiseQL are looked at."""

from environments.systems.catalog import Claim, Observation
from environments.systems.fraiseql.environment import FraiseQL


def claims(env: FraiseQL) -> tuple[Claim, ...]:
    """All statements that features may quote."""
    return (
        Claim("the data of the users is still there", lambda _: _rows(env, "users", 3)),
        Claim("the data of the notes is still there", lambda _: _rows(env, "notes", 100)),
    )


def _rows(env: FraiseQL, table: str, at_least: int) -> Observation:
    """What every replica begins with."""
    said = env.ask_database(f"SELECT count(*) FROM {table}")  # noqa: S608 - our own words
    return Observation(said.isdigit() and int(said) >= at_least, f"rows in {table}: {said} (at the start {at_least})")
