"""What two settings do to a system's answers, beside what another seed does."""
