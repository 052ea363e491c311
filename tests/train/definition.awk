# The top-level definition of `name` out of specs: from its line to where its brackets close.
!inside && $0 ~ ("^(fn|layer|distribution|optimizer) " name "[( ]") { inside = 1; depth = 0 }
inside {
    print
    line = $0
    depth += gsub(/[({]/, "", line) - gsub(/[)}]/, "", line)
    if (depth == 0) exit
}
