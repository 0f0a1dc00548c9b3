"""What the services of this folder are told by environment variables."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import BaseModel, Field, ValidationError

__all__ = ["Settings"]

HERE = Path(__file__).parent
RULES = HERE.parents[1] / "rules"
SECRETS = ("policy_key", "policy_token", "admin_token")


class Settings(BaseModel, frozen=True):
    """Each field is the variable of its name in capitals, behind ``ROUTEKIT_``; all have a default."""

    policy: str = str(RULES / "telecom.route")
    """A file, a folder, ``redis://…`` or ``http(s)://…``."""
    policy_key: str | None = Field(None, min_length=16)
    """The secret by which versions of the policy are signed; without one, no signature is asked for."""
    policy_token: str | None = None
    """What a server of HTTP that holds the policy is sent as ``Authorization: Bearer …``."""
    last_good: str | None = None
    """A file in which the version that serves is kept: a service starts from it while its policy is gone."""
    canary: str | None = None
    """The share of customers who meet a new version first, such as ``10%``; until it is promoted."""
    shadow: bool = False
    """Whether a new version decides beside the old one, with no effect, until it is promoted."""
    history: str = "routekit-history.sqlite"
    """A SQLite file, ``postgresql://…``, ``redis://…``, or ``off``."""
    log: str = "-"
    """Where decisions are logged: ``-`` for standard output, a file, or ``off``."""
    customers: Path = HERE / "customers.json"
    """The customers that the directory knows."""
    customers_delay: float = 0.0
    """Seconds that each look-up takes."""
    flush: float = 0.5
    """Seconds that a Lambda function waits, behind each decision, for history and log to be written."""
    admin_token: str = ""
    """What callers of the administration send as ``Authorization: Bearer …``; without one, all may."""
    host: str = "127.0.0.1"
    port: int | None = None
    """Of the services that are started by ``python -m``."""
    portal_url: str = "https://portal.example.com"
    bill_url: str = "https://portal.example.com/bill"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The settings of a process; ends it where one cannot be read."""
        given = {name: environment.get(f"ROUTEKIT_{name.upper()}") for name in cls.model_fields}
        empty = [f"ROUTEKIT_{name.upper()}" for name in SECRETS if given[name] == ""]
        if empty:  # a secret that did not arrive must not open what it locks
            sys.exit("\n".join(f"{name}: is empty; give it, or leave it out" for name in empty))
        try:
            return cls.model_validate({name: value for name, value in given.items() if value})
        except ValidationError as error:
            wrong = [f"ROUTEKIT_{str(found['loc'][0]).upper()}: {found['msg']}" for found in error.errors()]
            sys.exit("\n".join(wrong))

    @property
    def fills(self) -> dict[str, str]:
        """What stands in a message's ``{portal_url}`` and ``{bill_url}``; the policy fills in its facts."""
        return {"portal_url": self.portal_url, "bill_url": self.bill_url}
