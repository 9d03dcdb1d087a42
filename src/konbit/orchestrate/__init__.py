"""Running on Prefect, and the transaction that moves a run. The only package that imports Prefect."""
