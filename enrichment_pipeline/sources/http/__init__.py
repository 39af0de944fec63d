"""The one way out: cache, retries, pace, breaker and robots.txt around every request; knows no source."""
