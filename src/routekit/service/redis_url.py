"""Addresses of Redis, looked at before anything is asked of them: a mistyped option is no outage."""

import re

__all__ = ["check_redis_url"]


def check_redis_url(url: str) -> None:
    """Raises ``ValueError``, without the address, which may hold a password, for one that cannot be.

    Nothing is connected.

    >>> check_redis_url("redis://localhost:6379/0?socket_timeout=1")
    >>> check_redis_url("redis://localhost:6379/0?socket_timout=1")
    Traceback (most recent call last):
    ValueError: the address of Redis has an option that there is not: `socket_timout`
    """
    from redis import ConnectionPool

    try:
        ConnectionPool.from_url(url).make_connection()
    except TypeError as error:
        option = re.search(r"keyword argument '(\w+)'", str(error))
        said = f": `{option[1]}`" if option else ""
        raise ValueError(f"the address of Redis has an option that there is not{said}") from None
    except ValueError:
        raise ValueError("the address of Redis is none: write redis://host:6379/0") from None
