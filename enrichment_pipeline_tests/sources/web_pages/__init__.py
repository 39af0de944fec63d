"""Tests of the web pages: reading, judging, asking, exits and rendering."""
