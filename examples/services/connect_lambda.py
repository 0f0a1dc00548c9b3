"""A Lambda function for Amazon Connect: a contact in, where it goes out.

    python -m examples.services.connect_lambda  # the same function, behind Lambda's protocol

In Lambda the handler is `examples.services.connect_lambda.handler`. What is made once, at the cold start,
stands outside it. Invoked with the parameters `decision` and `outcome`, as a disconnect flow does, it writes
down what became of an earlier contact. Behind the stream of contact records it writes down by itself when
each contact waited, was answered and ended.
"""

import json
import os
from collections.abc import Mapping
from functools import lru_cache

from examples.services.connect_event import answer_of, contact_of, parameters_of
from examples.services.connect_records import contact_records, events_of, is_stream
from examples.services.desk import Desk
from examples.services.lambda_server import serve
from examples.services.settings import Settings
from routekit import Policy
from routekit.intake.cells import Columns, columns_of

__all__ = ["handler"]

settings = Settings.from_environment()
QUEUES: Mapping[str, str] = json.loads(os.environ.get("CONNECT_QUEUES", "{}"))
"""The ARN of each queue, for the block "Transfer to queue"."""

desk = Desk(settings, key="customer.phone")
desk.open()


def handler(event: object, context: object) -> dict[str, str]:  # noqa: ARG001 - what Lambda calls
    """A flat map of texts, whatever the event: read in the flow as ``$.External.queue`` and so on."""
    if is_stream(event):
        happened = [one for record in contact_records(event) for one in events_of(record)]
        for one in happened:
            desk.router.happened(one.of, one.kind, at=one.at, queue=one.queue, agent=one.agent)
        desk.flush()
        return {"events": str(len(happened))}
    told = parameters_of(event)
    if "outcome" in told:
        desk.router.conclude(told.get("decision", ""), result=told["outcome"], note=told.get("note", ""))
        desk.flush()
        return {"decision": told.get("decision", "")}
    routed = desk.router.route_sync(contact_of(event, _columns(desk.serving.current.policy)))
    more = {
        "decision": routed.id,
        "queue_arn": QUEUES.get(routed.queue, ""),
        "say": desk.wording(routed, "voice") or "",
        "sms": desk.wording(routed, "sms") or "",
        "context": str(routed.context),
    }
    desk.flush()
    return answer_of(routed, more)


@lru_cache(maxsize=2)
def _columns(policy: Policy) -> Columns:
    return columns_of(policy.checked)


if __name__ == "__main__":
    serve(handler, settings.host, 9000 if settings.port is None else settings.port)
    desk.close()
