"""A made-up FlareLane event export, for trying the project, testing it and timing it."""

from .generator import GENERATOR_VERSION, Record, SampleExportError, generate

__all__ = ["GENERATOR_VERSION", "Record", "SampleExportError", "generate"]
