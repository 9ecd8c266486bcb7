"""The record as people and programs read it: lists, exports, evidence, metrics."""
