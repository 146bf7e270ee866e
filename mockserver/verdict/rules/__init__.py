"""The rules, a chapter in each module: what a good client does, as functions over what was seen."""
