"""Many plays of one scenario: what is likely, how long it takes, who must not be missing."""
