"""What goes wrong in the field, group by group as in the design: each with fake providers, fake phones and a fake clock."""
