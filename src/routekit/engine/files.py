"""Files of policies, written in one step."""

import os
from pathlib import Path
from tempfile import mkstemp

__all__ = ["replace_file"]


def replace_file(path: Path, data: bytes) -> None:
    """Puts data into the place of a file's content, whole or not at all: nobody ever reads half of it.

    A link stays a link, and the file's mode stays. Raises ``OSError`` where that cannot be done.
    """
    target = path.resolve()
    if not os.access(target, os.W_OK):
        raise PermissionError(13, "permission denied")
    handle, name = mkstemp(dir=target.parent, prefix=f".{target.name}.")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        draft.chmod(target.stat().st_mode)
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
