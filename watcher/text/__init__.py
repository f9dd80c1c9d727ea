"""Plain text as the stages share it: sentences, words, folding. Pure, and below every stage."""
