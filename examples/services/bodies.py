"""Bodies of requests, of no more than what is wanted."""

from starlette.exceptions import HTTPException
from starlette.requests import Request

__all__ = ["body_of"]


async def body_of(request: Request, most: int) -> bytes:
    """The body of a request; one of more bytes is refused with 413 before it is all there."""
    parts, length = [], 0
    async for part in request.stream():
        length += len(part)
        if length > most:
            raise HTTPException(413, f"the body has more than {most:,} bytes")
        parts.append(part)
    return b"".join(parts)
