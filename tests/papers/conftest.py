"""Printing takes LibreOffice and minutes: it is part of `make soak`, which sets TONGZE_PDF."""

import os

collect_ignore = [] if os.environ.get("TONGZE_PDF") else ["test_pdf.py"]
