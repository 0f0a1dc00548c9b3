"""The command line as a process of its own: ``routekit``, or ``python -m routekit``."""

import os
import signal

__all__ = ["run"]

_INTERRUPTED = 130


def run() -> None:
    """Runs the command line; Ctrl-C ends it without a word from its first moment to its last."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))  # nothing is begun while modules load
    from routekit.cli.main import main

    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        main()
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    run()
