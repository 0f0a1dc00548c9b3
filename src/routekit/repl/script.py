"""Lines that are piped in: a transcript, each line with its answer behind it."""

from collections.abc import Callable, Iterable

from routekit.repl.conversation import Conversation, goes_on
from routekit.repl.wording import visible

__all__ = ["PROMPT", "play"]

PROMPT, MORE = "> ", ". "


def play(conversation: Conversation, lines: Iterable[str], say: Callable[[str], None]) -> bool:
    """Answers all lines up to `quit`; whether all could be done.

    Each line is said as it would stand at a prompt, so that the output reads as the conversation it was.
    """
    all_done, begun = True, ""
    pending: list[str] = []
    for line in lines:
        typed = line.rstrip("\r\n")
        if not pending and not typed.strip():
            continue
        say(f"{MORE if pending else PROMPT}{visible(typed)}")
        pending.append(typed)
        begun = "\n".join(pending)
        if goes_on(begun):
            continue
        pending = []
        answer = conversation.answer(begun)
        all_done = all_done and answer.ok
        if answer.text:
            say(answer.text)
        if answer.leaves:
            return all_done
    if pending:
        answer = conversation.answer(begun)
        say(answer.text)
        return all_done and answer.ok
    return all_done
