"""Playing a flowchart in virtual time: nothing is sent, nothing is stored, weeks pass in milliseconds."""
