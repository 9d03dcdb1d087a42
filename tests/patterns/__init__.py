"""The workflow patterns of Russell, ter Hofstede, van der Aalst and Mulyar, each as a small chart that is run."""
