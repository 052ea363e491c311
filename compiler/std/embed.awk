# Writes build/std.c: every file named on the command line as C string literals, a line at a time.
BEGIN { print "#include \"std/std.h\"\n\nconst StdFile std_files[] = {" }
FNR == 1 {
    if (NR > 1) print "    },"
    name = FILENAME
    sub(/.*\//, "", name)
    printf "    {\"std/%s\",\n", name
    files++
}
{
    gsub(/\\/, "\\\\")
    gsub(/"/, "\\\"")
    gsub(/\t/, "\\t")
    gsub(/\r/, "\\r")
    printf "     \"%s\\n\"\n", $0
}
END {
    print (files ? "    }," : "    {0, 0},")
    printf "};\n\nconst int std_file_count = %d;\n", files
}
