"""Long campaigns: `make soak`. A sample of each runs with the tests."""
