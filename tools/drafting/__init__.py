"""A new process from a page of text: its diagram, drawn and routed, and its forms.

Usage: python -m tools.drafting FILE.txt …     writes bpmn/<process>/<process>.bpmn and forms/

The page is a start: once drafted, the diagram and the forms are the source, and are edited as such.
How a page is written stands in book.py.
"""
