"""Runs on disk: a folder that can go on after an interruption, and the networks it becomes."""
