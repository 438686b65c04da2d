"""The catalog: short modules, quizzes with an item bank, checklists and the skills they serve.

Content arrives as packs of plain files and is published as immutable versions addressed by hash. The catalog says what
can be learned and grades answers; it must not come to know who learns, when, or what they are paid.
"""
