"""Letters: templates, papers in PDF and DOCX, registers without gaps, verification."""
