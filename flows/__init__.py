"""The flowcharts as Prefect flows, by phase: `flows.response.activation` is `definitions/response/activation.yaml`."""
