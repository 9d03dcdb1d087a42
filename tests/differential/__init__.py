"""The engine beside SpiffWorkflow: the same chart, run in both, ends with the same steps done."""
