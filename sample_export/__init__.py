"""A made-up FlareLane event export, for trying the project, testing it and timing it."""

from .generator import Record, SampleExportError, generate

__all__ = ["Record", "SampleExportError", "generate"]
