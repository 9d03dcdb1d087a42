"""Drawing flowcharts: one neutral graph, and the formats that are made out of it."""
