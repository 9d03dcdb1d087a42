"""What helps authors: a first draft, one layout, differences in words, and which runs a change leaves alone."""
