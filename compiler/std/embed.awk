# Writes a C table of the files named on the command line: string literals, a line at a time.
# -v folder=std -v header=std/std.h -v table=std_file
BEGIN { printf "#include \"%s\"\n\nconst StdFile %ss[] = {\n", header, table }
FNR == 1 {
    if (NR > 1) print "    },"
    name = FILENAME
    sub(/.*\//, "", name)
    printf "    {\"%s/%s\",\n", folder, name
    files++
}
{
    # a replacement's own backslashes mean other things in every awk
    n = split($0, part, /\\/)
    $0 = part[1]
    for (i = 2; i <= n; i++) $0 = $0 "\\\\" part[i]
    gsub(/"/, "\\\"")
    gsub(/\t/, "\\t")
    gsub(/\r/, "\\r")
    printf "     \"%s\\n\"\n", $0
}
END {
    print (files ? "    }," : "    {0, 0},")
    printf "};\n\nconst int %s_count = %d;\n", table, files
}
