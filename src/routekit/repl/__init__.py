"""A conversation with an author about one policy: facts in, decisions and reasons out.

It knows no terminal but in ``terminal``. ``conversation`` tells facts, commands and questions apart;
``session`` is what is being tried; ``versions`` reads the policy again when a file of it changes and keeps
the last good one. Values and expressions that are typed are read by the checker itself, so they mean what
they would mean in the policy. A command is a function and its row in ``commands``.
"""

from routekit.repl.conversation import Answer, Conversation
from routekit.repl.session import Session

__all__ = ["Answer", "Conversation", "Session"]
