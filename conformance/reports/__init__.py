"""What becomes of a run's events: text, JUnit, JSON, HTML, CTRF. They only read."""
