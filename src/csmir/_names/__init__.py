"""What names mean: miRNAs of every form and release, species, symbols that spreadsheets damaged. Reads no data."""
