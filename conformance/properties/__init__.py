"""Generated cases: each operation fuzzed by Schemathesis, and stories made by Hypothesis."""
