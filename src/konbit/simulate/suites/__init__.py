"""The tests that authors write for their flowcharts."""
