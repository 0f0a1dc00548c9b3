"""What a routing service needs around the engine: customers, history, caps, live policies, an account."""
