"""Writes the files that repeat documented facts, from the seeds that hold each fact once."""
