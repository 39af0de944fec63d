"""What was decided about who made a track: people's verdicts and the matcher's certain answers, never deleted.

The rule of what feeds what stands here and nowhere else:

- **Generation 0, a person's verdict, is a fact.** It outranks the matcher, names the plays of its track in the
  catalogue, and so speaks for other tracks, for names and their spellings, and for the model's weights.
- **Generation 1, an answer of the matcher, is an inference.** It is shown, exported and flagged, and is evidence
  for nothing: not for its own track, not for another, not for names, not for the model. So no inference can
  support itself or another one.
- **Undoing is adding.** A revert is an entry that names the entry it undoes; files are only ever added.

`entries.py` says what an entry is, `book.py` keeps them, `rule.py` says which are in force, `review.py` is what a
person decides by, `sheet.py` the same as a CSV file. Where verdicts enter the catalogue stands in
`catalogue/verdicts.py`, where they outrank the matcher in `matching/verdicts.py`.
"""
