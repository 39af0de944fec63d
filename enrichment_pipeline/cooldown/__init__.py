"""When to ask again for what was not found: schedule policy and state."""
