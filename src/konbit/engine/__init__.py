"""What happens next: `advance(plan, state, event)` gives a new state and effects. Pure: no clock, no I/O, no Prefect."""
