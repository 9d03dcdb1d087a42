"""What tests and the demo run on: in-memory stores and real servers on loopback."""
