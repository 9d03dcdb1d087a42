"""A recorded run played again, as it was and as it might have been."""
