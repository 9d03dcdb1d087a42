-- One database for Konbit, whose journal is the truth, and one for Prefect, which may be emptied.
CREATE DATABASE konbit;
CREATE DATABASE prefect;
