"""What a caller holds: a policy that was read, and the engine that decides by it."""
