"""Who the customers are: a JSON file in memory, in the place of the CRM that a real service asks."""

import asyncio
from pathlib import Path

from pydantic_core import from_json

__all__ = ["Directory"]

Customer = dict[str, object]


class Directory:
    """Customers by id and by phone number; each look-up takes ``delay`` seconds, as one over a network would.

    >>> directory = Directory(Path("examples/services/customers.json"))
    >>> customer = asyncio.run(directory.by_phone("+441632960006"))
    >>> customer and customer["id"]
    'c-1006'
    """

    def __init__(self, path: Path, delay: float = 0.0) -> None:
        """Reads the file; raises ``OSError`` and ``ValueError`` where that cannot be done."""
        customers: list[Customer] = from_json(path.read_bytes())
        self._by_id = {customer["id"]: customer for customer in customers}
        self._by_phone = {customer["phone"]: customer for customer in customers}
        self._delay = delay

    async def by_id(self, id: object) -> Customer | None:
        await asyncio.sleep(self._delay)
        return self._by_id.get(id)

    async def by_phone(self, phone: object) -> Customer | None:
        await asyncio.sleep(self._delay)
        return self._by_phone.get(phone)
