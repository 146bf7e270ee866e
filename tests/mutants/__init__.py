"""The judge is judged: our simulator with one behaviour bent, and the cases that must notice."""
