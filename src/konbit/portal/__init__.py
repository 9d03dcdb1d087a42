"""The answer page: the one web page of Konbit that people outside see, opened with the link in a message."""
