"""What is measured, each beside a baseline in the same run."""
