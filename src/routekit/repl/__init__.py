"""A conversation with an author about one policy: facts in, decisions and reasons out."""

from routekit.repl.conversation import Answer, Conversation
from routekit.repl.session import Session

__all__ = ["Answer", "Conversation", "Session"]
