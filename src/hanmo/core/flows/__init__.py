"""Writing in many steps: each flow is a deterministic generator of requests. It does no I/O; whoever drives it answers."""
